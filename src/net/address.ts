/**
 * IP addresses and blocks of them. This folder owns what is known of the network: who is asking, and
 * whom we may call. Nothing outside of this file parses an address.
 */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

export type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** A network: an address in it, and the number of leading bits that count. */
export type Block = readonly [address: Address, bits: number];

/**
 * An address in the usual notation. An IPv4-mapped one (RFC 4291 §2.5.5.2) is the IPv4 address, and the
 * zone (RFC 4007 §11) of an IPv6 address is left out. Undefined for whatever else.
 */
export function parseAddress(text: string): Address | undefined {
  const plain = text.includes(':') ? text.replace(/%[^%]+$/u, '') : text;
  // The library also reads octal, hexadecimal and short forms, in which one address looks like another.
  if (isIP(plain) === 0 || IPV4_COMPATIBLE.test(plain)) return undefined;
  return ipaddr.process(plain);
}

/** Deprecated (RFC 4291 §2.5.5.1), and another address to the library than to the system. */
const IPV4_COMPATIBLE = /^::\d+\./u;

/** `192.0.2.7` (one address), `192.0.2.0/24` or `2001:db8::/32`; undefined for what is none. */
export function parseBlock(text: string): Block | undefined {
  const [, plain = '', length] = /^([\da-f:.]+)(?:\/(\d{1,3}))?$/iu.exec(text) ?? [];
  const address = parseAddress(plain);
  if (!address) return undefined;
  const most = address.kind() === 'ipv4' ? 32 : 128;
  const mapped = address.kind() === 'ipv4' && plain.includes(':');
  const bits = length === undefined ? most : Number(length) - (mapped ? 96 : 0);
  return bits >= 0 && bits <= most ? [address, bits] : undefined;
}

/** `192.0.2.0/24`. */
export function blockText([address, bits]: Block): string {
  return `${address.toString()}/${bits}`;
}

export function isWithin(address: Address, blocks: readonly Block[]): boolean {
  return blocks.some(
    ([network, bits]) => network.kind() === address.kind() && address.match(network, bits),
  );
}

/**
 * Can the address be somebody's in the public internet? By the IANA registries of special-purpose
 * addresses (RFC 6890), which the library has. Of IPv6 only 2000::/3 is given out (RFC 4291 §2.4); an
 * IPv4 address that is translated by NAT64 (RFC 6052) is judged as what it is.
 */
export function isPublic(address: Address): boolean {
  if (address instanceof ipaddr.IPv4) return address.range() === 'unicast';
  if (isWithin(address, NAT64)) return isPublic(new ipaddr.IPv4(address.toByteArray().slice(-4)));
  return isWithin(address, GLOBAL_IPV6) && address.range() === 'unicast';
}

const NAT64: readonly Block[] = [[ipaddr.parse('64:ff9b::'), 96]];
const GLOBAL_IPV6: readonly Block[] = [[ipaddr.parse('2000::'), 3]];

/** What addresses are counted by: IPv4 whole, IPv6 by /64, as one customer has at least that much. */
export function addressBlock(text: string): string {
  const address = parseAddress(text);
  return address instanceof ipaddr.IPv6 ? groups(address, 4) : (address?.toString() ?? text);
}

/**
 * As people are shown it, in one notation wherever it stands, so that they can compare: whole, without a
 * zone, an IPv6 address in its short form (RFC 5952), a mapped one as IPv4; '' for what is no address.
 */
export function addressText(text: string | null): string {
  return parseAddress(text ?? '')?.toString() ?? '';
}

/** The first groups of an IPv6 address, without leading zeros. */
function groups({ parts }: ipaddr.IPv6, count: number): string {
  return parts
    .slice(0, count)
    .map((part) => part.toString(16))
    .join(':');
}
