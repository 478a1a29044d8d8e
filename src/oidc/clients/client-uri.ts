/**
 * The URIs of a client. The library compares them character by character (RFC 9700 §4.1.3), so one
 * is registered only as browsers write it: nothing in it may be read in two ways.
 */
import { Problem } from '../../problem.ts';
import type { ClientKind } from '../../records/client.ts';

export const LONGEST = 2000;
/** Narrower than isLoopback: what the library takes for a loopback address of a native app (RFC 8252 §7.3, §8.3). */
const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * https; http on loopback only (RFC 8252 §7.3); a reverse-domain scheme for native apps (§7.1).
 * Problem `redirect-uri-invalid` with the reason.
 */
export function checkClientUri(uri: string, kind: ClientKind): string {
  const reason = faultOf(uri, kind);
  if (reason !== undefined) throw refuse(uri, reason);
  return uri;
}

/** All of them, each once; two that browsers write alike are one. */
export function checkClientUris(uris: readonly string[], kind: ClientKind): string[] {
  const seen = new Set<string>();
  for (const uri of uris) {
    const { href } = new URL(checkClientUri(uri, kind));
    if (seen.has(href)) throw refuse(uri, 'it is given twice');
    seen.add(href);
  }
  return [...uris];
}

function refuse(uri: string, reason: string): Problem {
  return new Problem('redirect-uri-invalid', { values: { uri: shown(uri), reason } });
}

/** What would be no character of its own on a terminal is shown by its code. */
function shown(uri: string): string {
  const escaped = uri.replaceAll(/[\p{C}\p{Z}]/gu, (character) =>
    character === ' ' ? ' ' : `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
  return escaped.length > 300 ? `${escaped.slice(0, 300)}…` : escaped;
}

function faultOf(uri: string, kind: ClientKind): string | undefined {
  return characterFault(uri) ?? shapeFault(uri) ?? schemeFault(new URL(uri), kind);
}

/** RFC 3986 §2. The first ones are named, since they are what people try. */
function characterFault(uri: string): string | undefined {
  if (uri.length > LONGEST) return `it is longer than ${LONGEST} characters`;
  if (/[\s\p{Cc}]/u.test(uri)) return 'blanks and control characters are not allowed';
  if (uri.includes('\\')) return 'a backslash is not allowed: browsers take it for a slash';
  if (uri.includes('*')) return 'there are no wildcards (*): each URI is registered in full';
  if (uri.includes('#')) return 'a fragment (#…) is not allowed';
  if (/\P{ASCII}/u.test(uri))
    return 'only ASCII is allowed: a host in its xn-- form, the rest percent-encoded';
  if (!/^[\w.~:/?[\]@!$&'()+,;=%-]*$/u.test(uri))
    return 'it has a character that a URI cannot have unless percent-encoded';
  if (/%(?![\da-f]{2})/iu.test(uri)) return 'a percent sign must begin two hexadecimal digits';
  if (/%(?:[01][\da-f]|7f)/iu.test(uri))
    return 'percent-encoded control characters are not allowed';
  return undefined;
}

function shapeFault(uri: string): string | undefined {
  if (!URL.canParse(uri)) return 'not an absolute URI';
  const { href, username, password, pathname } = new URL(uri);
  const [, authority = ''] = /^[^:]*:\/\/([^/?]*)/u.exec(uri) ?? [];
  if (username !== '' || password !== '' || authority.includes('@'))
    return 'a user name or password is not allowed';
  if (authority.includes('%')) return 'a host is not percent-encoded';
  if (/%(?:2e|2f|5c)/iu.test(pathname))
    return 'dots, slashes and backslashes are not percent-encoded in a path';
  // "https://app.example" is what its app sends; a browser's own spelling of it has a slash.
  const isBareOrigin = `${uri}/` === href;
  return href === uri || isBareOrigin ? undefined : `browsers write it as ${href}`;
}

function schemeFault({ protocol, hostname }: URL, kind: ClientKind): string | undefined {
  const isLocal = LOOPBACK.has(hostname);
  // What another program of the device could answer is no address that an app has claimed (RFC 8252 §7.2).
  if (protocol === 'https:')
    return kind === 'native' && isLocal
      ? 'native apps listen at loopback addresses on http (RFC 8252 §7.3)'
      : undefined;
  if (protocol === 'http:')
    return isLocal ? undefined : 'http is for loopback addresses only; use https';
  if (kind === 'native' && protocol.slice(0, -1).includes('.')) return undefined;
  return 'the scheme must be https (native apps: also a scheme such as com.example.app)';
}
