/**
 * Where a request comes from when proxies pass it on. X-Forwarded-For is read from its end: each proxy
 * adds who asked it, and whatever is before the first address that is no proxy of ours can be made up.
 * `Forwarded` (RFC 7239) is not read: most proxies pass on the one that a client has sent.
 */
import { isWithin, parseAddress, type Address, type Block } from './address.ts';

export interface Origin {
  /** As it is recorded and counted: IPv4-mapped addresses as IPv4, without a zone. */
  address: string;
  /** An entry that one of our proxies has written and that is no address; the walk ended there. */
  unread?: string;
}

/** `peer`: the address at the other end of the connection. */
export function originOf(
  forwarded: string | undefined,
  peer: string,
  proxies: readonly Block[],
): Origin {
  const socket = parseAddress(peer);
  const itself = { address: socket?.toString() ?? peer };
  if (!forwarded?.trim() || !socket || !isWithin(socket, proxies)) return itself;
  for (const entry of forwarded.split(',').toReversed()) {
    const address = addressIn(entry.trim());
    if (!address) return { ...itself, unread: entry.trim() };
    if (!isWithin(address, proxies)) return { address: address.toString() };
  }
  return itself;
}

/** Does one of our proxies pass this on? What only they may say is to be believed then. */
export function isPassedOn(peer: string, proxies: readonly Block[]): boolean {
  const socket = parseAddress(peer);
  return socket !== undefined && isWithin(socket, proxies);
}

/**
 * In the forms that proxies write: `203.0.113.7`, `203.0.113.7:4711` (Azure Application Gateway),
 * `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:4711`, and these in quotes.
 */
function addressIn(entry: string): Address | undefined {
  const text = /^"(.*)"$/u.exec(entry)?.[1] ?? entry;
  const [, version6, version4] = /^(?:\[(.*:.*)\]|([\d.]+))(?::\d{1,5})?$/u.exec(text) ?? [];
  return parseAddress(version6 ?? version4 ?? text);
}
