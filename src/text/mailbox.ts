/** A mailbox as people write it: `login@example.org`, or a name with the address in angle brackets. */
import { fold } from './fold.ts';
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

/**
 * As mailboxes are compared: a domain has many spellings, and what is before it may be in quotes (RFC 5321 §4.1.2). Mail
 * goes to the same place by all of them.
 */
export function asMailbox(address: string): string {
  const folded = fold(address);
  const at = folded.lastIndexOf('@');
  const [local, domain] = [folded.slice(0, Math.max(at, 0)), folded.slice(at + 1)];
  return `${unquoted(local)}@${asDomain(domain) ?? domain}`;
}

/** Units of UTF-16, as DNS has it. */
const LONGEST_DOMAIN = 253;

/** Of small letters and digits, and under letters alone: no number. */
const PLAIN = /^(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)+[a-z]{2,63}$/u;

/**
 * As it is compared: the ASCII form (UTS #46), in lower case and without a last dot. Undefined: no domain
 * that addresses can be in, but one label, a number, or what DNS cannot hold (RFC 1035 §2.3.4).
 */
export function asDomain(written: string): string | undefined {
  // As nearly all are written: what is read below is the same.
  if (written.length <= LONGEST_DOMAIN && PLAIN.test(written) && !written.includes('xn--'))
    return written;
  const url = `http://${fold(written)}/`;
  // Nothing that would end the host (WHATWG URL §4.4).
  if (/[\s/?#@:\\[\]%]/u.test(fold(written)) || !URL.canParse(url)) return undefined;
  const ascii = new URL(url).hostname.replace(/\.$/u, '');
  const labels = ascii.split('.');
  const isWellFormed =
    ascii.length <= LONGEST_DOMAIN &&
    labels.length > 1 &&
    labels.every((label) => /^(?!-)[a-z\d-]{1,63}(?<!-)$/u.test(label)) &&
    !/^\d+$/u.test(labels.at(-1) ?? '');
  return isWellFormed ? ascii : undefined;
}
