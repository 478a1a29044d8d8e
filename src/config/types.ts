/** The types that a key can have: each says in words what it allows, and how a variable's text is read. */
import { isIP } from 'node:net';
import { z } from 'zod';
import { parseAddress, parseBlock } from '../net/address.ts';
import { isLoopback } from '../net/host.ts';
import { parseMailbox } from '../text/mailbox.ts';
import { isName, isPrintable } from '../text/printable.ts';

export interface ValueType<T extends z.ZodType = z.ZodType> {
  zod: T;
  /** What is allowed, in words; follows "Allowed:". */
  allowed: string;
  /** How the text of an environment variable becomes a value: as it is, 8080, true, or a,b. */
  reads: 'text' | 'number' | 'flag' | 'list';
  /** As a file it may have several lines. */
  lines?: boolean;
  /** A path of a file: relative ones are relative to the working directory. */
  isPath?: boolean;
}

/** A whole number; `unit` (such as "seconds") is named in what is allowed. */
export function whole(min: number, max: number, unit = ''): ValueType<z.ZodInt> {
  const what = unit ? `a whole number of ${unit}` : 'a whole number';
  return {
    zod: z.int().min(min).max(max),
    allowed: `${what} from ${min} to ${max}`,
    reads: 'number',
  };
}

export function oneOf<const T extends readonly [string, ...string[]]>(
  values: T,
): ValueType<z.ZodEnum<{ [K in T[number]]: K }>> {
  return { zod: z.enum(values), allowed: values.join(', '), reads: 'text' };
}

export const flag: ValueType<z.ZodBoolean> = {
  zod: z.boolean(),
  allowed: 'true or false',
  reads: 'flag',
};

export const filePath: ValueType<z.ZodString> = {
  zod: z.string().min(1),
  allowed: 'a path, relative to the working directory or absolute',
  reads: 'text',
  isPath: true,
};

export const issuer: ValueType<z.ZodString> = {
  zod: z.string().refine(isIssuer),
  allowed:
    'https://HOST or https://HOST:PORT in lower case, without path, query, fragment or slash at the end (a host name of its own: cookies, passkeys and /.well-known/ belong to the whole of a host); http:// for localhost, 127.0.0.1 and [::1] only',
  reads: 'text',
};

export const listenHost: ValueType<z.ZodString> = {
  zod: z.string().refine((host) => parseAddress(host) !== undefined || isHostName(host)),
  allowed: 'an IP address or a host name; 0.0.0.0 or :: for every network of the machine',
  reads: 'text',
};

export const mailAddress: ValueType<z.ZodString> = {
  zod: z.string().refine((text) => parseMailbox(text) !== undefined),
  allowed: 'an address such as login@example.org or Name <login@example.org>',
  reads: 'text',
};

/** What people read as a name: in a title, a subject, an entry of an app. */
export const brandName: ValueType<z.ZodString> = {
  zod: z.string().max(60).refine(isName),
  allowed: 'a name of at most 60 characters, in one line',
  reads: 'text',
};

export const oneLine: ValueType<z.ZodString> = {
  zod: z
    .string()
    .max(200)
    .refine((text) => text.trim() !== '' && isPrintable(text)),
  allowed: 'a text of at most 200 characters, in one line',
  reads: 'text',
};

export const colour: ValueType<z.ZodString> = {
  zod: z.string().regex(/^#(?:[\da-f]{3}|[\da-f]{6})$/iu),
  allowed: "a colour as on the web, such as '#0b5c8e' (in quotes in the file: # begins a comment)",
  reads: 'text',
};

export const webAddress: ValueType<z.ZodString> = {
  zod: z.string().max(500).refine(isWebAddress),
  allowed: 'an address that begins with https:// or http://',
  reads: 'text',
};

/** RFC 5321 §4.1.2 and §4.1.3. */
export const ehloName: ValueType<z.ZodString> = {
  zod: z.string().refine((text) => isHostName(text) || isAddressLiteral(text)),
  allowed: 'a host name, or an address such as [192.0.2.7] or [IPv6:2001:db8::7]',
  reads: 'text',
};

export const smtpUrl: ValueType<z.ZodString> = {
  zod: z.string().refine((text) => /^smtps?:\/\/[^/]/u.test(text) && URL.canParse(text)),
  allowed: 'smtp://USER:PASSWORD@HOST:PORT, or smtps:// for TLS from the first byte',
  reads: 'text',
};

/** Of mailboxes. */
export const domain: ValueType<z.ZodString> = {
  zod: z.string().refine((text) => isHostName(text) && text === text.toLowerCase()),
  allowed: 'a domain name in lower case',
  reads: 'text',
};

const SERVER_URL =
  /^([a-z\d]+):\/\/(?:[a-z\d](?:[a-z\d.-]{0,251}[a-z\d])?|\[[\da-f:]+\])(?::\d{1,5})?$/u;

/** A server for mail programs. `protocol`: `imap`; its name with an s is TLS from the first byte. */
export function serverUrl(protocol: string): ValueType<z.ZodString> {
  const isOne = (text: string): boolean => {
    const [, scheme] = SERVER_URL.exec(text) ?? [];
    return (scheme === protocol || scheme === `${protocol}s`) && URL.canParse(text);
  };
  return {
    zod: z.string().refine(isOne),
    allowed: `${protocol}://HOST:PORT for STARTTLS (plain on loopback), or ${protocol}s:// for TLS from the first byte; without :PORT, the usual one`,
    reads: 'text',
  };
}

export const mongodbUrl: ValueType<z.ZodString> = {
  zod: z
    .string()
    .refine((text) => /^mongodb(?:\+srv)?:\/\/[^/]+\/[\w-]{1,63}(?:\?.*)?$/u.test(text)),
  allowed:
    'mongodb://USER:PASSWORD@HOST:PORT,…/DATABASE?replicaSet=NAME, or mongodb+srv://USER:PASSWORD@HOST/DATABASE',
  reads: 'text',
};

export const encryptionKey: ValueType<z.ZodString> = {
  zod: z.string().refine((text) => text.trim().split(/\s+/u).every(isKey)),
  allowed: '32 random bytes as base64url; several, newest first, separated by spaces or lines',
  reads: 'text',
  lines: true,
};

/** Addresses of machines: `10.0.0.7`, `10.0.0.0/8`, `fd00::/8`. */
export const networks = list(
  (text) => parseBlock(text) !== undefined,
  'addresses or networks such as 10.0.0.7, 10.0.0.0/8 or fd00::/8',
);

export const hosts = list(
  isHost,
  'hosts as a request names them, in lower case: HOST or HOST:PORT',
);

export const origins = list(isOrigin, 'origins such as https://webmail.internal:8443');

function list(isItem: (text: string) => boolean, what: string): ValueType<z.ZodArray<z.ZodString>> {
  const zod = z.array(z.string().refine(isItem));
  return { zod, allowed: `a list of ${what}`, reads: 'list' };
}

/**
 * The issuer is compared character by character (OIDC Core §3.1.3.7), so only one way to write it is right.
 * It has no path: what else is on the host would share its origin, and with it the session's cookie
 * (`__Host-` cookies are for every path, RFC 6265bis §4.1.3.2), the pages and the passkeys.
 */
function isIssuer(text: string): boolean {
  if (!isOrigin(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || isLoopback(hostname);
}

function isOrigin(text: string): boolean {
  // To a URL a star is a letter; here it would be taken for a wildcard, and match nothing.
  if (text.includes('*')) return false;
  return /^https?:/u.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

/** Printed in mails too, so it is as it was written: nothing for a URL to put right. */
function isWebAddress(text: string): boolean {
  const url = /^https?:\/\/[^\s\p{C}"<>]+$/iu.test(text) ? URL.parse(text) : null;
  return url !== null && url.username === '' && url.password === '';
}

function isHost(text: string): boolean {
  const url = `http://${text}`;
  return !text.includes('*') && URL.canParse(url) && new URL(url).host === text;
}

function isHostName(text: string): boolean {
  return /^[a-z\d](?:[a-z\d.-]{0,251}[a-z\d])?$/iu.test(text);
}

function isAddressLiteral(text: string): boolean {
  const [, ipv6, address = ''] = /^\[(IPv6:)?([\da-f.:]+)\]$/iu.exec(text) ?? [];
  return isIP(address) === (ipv6 === undefined ? 4 : 6);
}

function isKey(text: string): boolean {
  return /^[\w-]{43}$/u.test(text);
}
