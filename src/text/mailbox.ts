/** A mailbox as people write it: `login@example.org`, or a name with the address in angle brackets. */
import { isPrintable } from './printable.ts';

export interface Mailbox {
  /** As people should read it, without the quotes of RFC 5322 §3.2.4; '' for none. */
  name: string;
  address: string;
}

/** Characters of a name. */
const LONGEST_NAME = 100;
/** RFC 5321 §4.1.2 (dot-string), RFC 6531: nothing that a header would have to quote. */
const ADDRESS = /^[^\s\p{C}<>@,;:"()[\]\\]+@[^\s\p{C}<>@,;:"()\\]+$/u;

/**
 * Undefined for what is none. The name is whatever stands before the last `<`, commas, colons and
 * brackets included: it is a name, and no list or group (RFC 5322 §3.4) is read out of it.
 */
export function parseMailbox(text: string): Mailbox | undefined {
  const [, written = '', bracketed] = /^(.*)<([^<>]*)>$/su.exec(text.trim()) ?? [];
  const address = bracketed ?? text;
  const name = unquoted(written.trim());
  if (!ADDRESS.test(address) || name.length > LONGEST_NAME || !isPrintable(name)) return undefined;
  return { name, address };
}

/** Whoever knows mail may have written the quotes. */
function unquoted(name: string): string {
  const [, inside] = /^"((?:[^"\\]|\\.)*)"$/su.exec(name) ?? [];
  return inside === undefined ? name : inside.replaceAll(/\\(.)/gsu, '$1');
}

/** `al•••@e•••.org`: enough to recognise one's own address by. */
export function maskAddress(address: string): string {
  const at = address.lastIndexOf('@');
  const [name, domain] = [address.slice(0, at), address.slice(at + 1)];
  const dot = domain.lastIndexOf('.');
  const [host, end] = dot > 0 ? [domain.slice(0, dot), domain.slice(dot)] : [domain, ''];
  const mask = (text: string, shown: number): string =>
    `${[...text].slice(0, Math.min(shown, [...text].length - 1)).join('')}•••`;
  return `${mask(name, 2)}@${mask(host, 1)}${end}`;
}
