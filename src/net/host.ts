/** Hosts as requests name them: when two spellings are the same host, and when a request names none. */
import type { IncomingMessage } from 'node:http';
import { parseAddress } from './address.ts';

/** uri-host [ ":" port ] (RFC 9110 §7.2, RFC 3986 §3.2.2), so no user, no path, no blank. */
const HOST = /^(\[[\da-f:.]+\]|(?:[\w.~!$&'()*+,;=-]|%[\da-f]{2})+)(?::(\d*))?$/iu;

/**
 * One spelling for all that are equivalent (RFC 9110 §4.2.3): case, a default port, percent-encoding
 * and the notation of an address make no difference. A dot at the end does: to browsers that is another
 * origin. `defaultPorts`: those that are left out. Undefined for what makes no URL.
 */
export function normalHost(host: string, defaultPorts: readonly number[]): string | undefined {
  const [, name, port = ''] = HOST.exec(host) ?? [];
  if (name === undefined) return undefined;
  const plain = name.startsWith('[') ? addressIn(name) : decoded(name).toLowerCase();
  if (plain === undefined) return undefined;
  return port === '' || defaultPorts.includes(Number(port)) ? plain : `${plain}:${Number(port)}`;
}

function addressIn(name: string): string | undefined {
  const address = parseAddress(name.slice(1, -1));
  return address && `[${address.toString()}]`;
}

function decoded(name: string): string {
  const character = (encoded: string): string =>
    String.fromCharCode(Number.parseInt(encoded.slice(1), 16));
  return name.replaceAll(/%[\da-f]{2}/giu, character);
}

/**
 * Is the host this machine itself? `localhost`, a name below it (RFC 6761 §6.3), or a loopback address,
 * with brackets or without.
 */
export function isLoopback(host: string): boolean {
  const address = parseAddress(host.replace(/^\[(.*)\]$/u, '$1'));
  return address?.range() === 'loopback' || /^(?:.+\.)?localhost$/iu.test(host);
}

/**
 * Is the request ambiguous about where it goes? We are no proxy, so its target is a path (RFC 9112
 * §3.2.1), and there are not two Host lines, of which others may read the other one (§3.2).
 */
export function isAmbiguous({ url, rawHeaders }: IncomingMessage): boolean {
  const hosts = rawHeaders.filter(
    (name, at) => at % 2 === 0 && name.length === 4 && name.toLowerCase() === 'host',
  );
  return url?.startsWith('/') !== true || hosts.length > 1;
}
