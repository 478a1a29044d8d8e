/**
 * Connections to allowed addresses only. Every address that a name has is judged before a packet is
 * sent, and Node connects to those very addresses: whatever the name resolves to afterwards (DNS
 * rebinding) plays no part. Each connection is judged anew.
 */
import { lookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { parseAddress, type Address } from './address.ts';

/** Asks for all addresses of a name. */
export type Resolver = (
  name: string,
  done: (error: Error | null, found: readonly LookupAddress[]) => void,
) => void;

export const systemResolver: Resolver = (name, done) => lookup(name, { all: true }, done);

export interface Guard {
  /** Throws when the host of a URL is an address that is not allowed: Node looks up names only. */
  check(host: string): void;
  /** Fails when one of the name's addresses is not allowed, or can't be read, or there is none. */
  lookup: LookupFunction;
}

export function createGuard(isAllowed: (address: Address) => boolean, resolve: Resolver): Guard {
  const fault = (host: string, found: readonly string[]): Error | null => {
    const wrong = found.find((text) => {
      const address = parseAddress(text);
      return address === undefined || !isAllowed(address);
    });
    if (wrong !== undefined) return new Error(`${host} is at ${wrong}, which may not be called`);
    return found.length === 0 ? new Error(`${host} has no address`) : null;
  };
  return {
    check(host) {
      const plain = host.replaceAll(/^\[|\]$/gu, '');
      const error = isIP(plain) === 0 ? null : fault(host, [plain]);
      if (error) throw error;
    },
    lookup(name, { all }, done) {
      resolve(name, (failure, found) => {
        const addresses = failure ? [] : [...found];
        const error =
          failure ??
          fault(
            name,
            addresses.map(({ address }) => address),
          );
        // Node asks for all of them to try one after the other (RFC 8305).
        if (all) done(error, error ? [] : addresses);
        else done(error, (error ? undefined : addresses[0]?.address) ?? '', addresses[0]?.family);
      });
    },
  };
}
