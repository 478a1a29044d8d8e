/** One attribute as it is typed, at the command line and in the console. Pure. */
import type { AttributeValue } from '../../records/profile.ts';

/** `form`: it is not written so; `json`: what comes after `:=` is no value of an attribute. */
export type ReadAttribute =
  { name: string; value: AttributeValue | null } | { fault: 'form' | 'json' };

/** `NAME=TEXT`, `NAME:=JSON` for a number, true, false or a list of texts, `NAME=` to take it away. */
export function readAttribute(typed: string): ReadAttribute {
  const at = typed.indexOf('=');
  if (at < 1) return { fault: 'form' };
  const text = typed.slice(at + 1).trim();
  if (typed[at - 1] !== ':')
    return { name: typed.slice(0, at).trim(), value: text === '' ? null : text };
  const value = fromJson(text);
  return value === undefined ? { fault: 'json' } : { name: typed.slice(0, at - 1).trim(), value };
}

function fromJson(json: string): AttributeValue | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined;
  }
  const isTexts = Array.isArray(value) && value.every((one) => typeof one === 'string');
  const isOne = ['string', 'number', 'boolean'].includes(typeof value);
  return isTexts || isOne ? (value as AttributeValue) : undefined;
}

/** What is read back as the same. */
export function attributeLine(name: string, value: AttributeValue): string {
  const plain = typeof value === 'string' && value !== '' && value.trim() === value;
  return plain ? `${name}=${value}` : `${name}:=${JSON.stringify(value)}`;
}
