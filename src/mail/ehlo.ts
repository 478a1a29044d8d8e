/** Who we say that we are to a mail server (RFC 5321 §4.1.1.1). */
import { parseAddress } from '../net/address.ts';

/** What is true wherever a server runs, and all that one without a public name can say (RFC 5321 §4.1.4). */
const UNNAMED = '[127.0.0.1]';

/**
 * The host of the issuer, as that has a public name: relays refuse machines that say they were their own
 * loopback. An address becomes a literal (§4.1.3). `localhost` and a name without a dot are no domain
 * names (§2.3.5), and say nothing about us.
 */
export function ehloName(issuer: string): string {
  const host = new URL(issuer).hostname.replace(/^\[(.*)\]$/u, '$1').replace(/\.$/u, '');
  const address = parseAddress(host);
  if (address) return `[${address.kind() === 'ipv6' ? 'IPv6:' : ''}${address.toString()}]`;
  const isDomain = host.includes('.') && !host.endsWith('.localhost');
  return isDomain ? host : UNNAMED;
}
