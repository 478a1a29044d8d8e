/**
 * Application passcodes: sixteen random capital letters for a mail program that can't show a login
 * page. This folder owns how they are made and checked, and what is known of their use. They are part of their owner's document, as keyed hashes: 75 random bits need no slow one.
 */
import { randomBytes, randomInt } from 'node:crypto';
import type { Passcode, Protocol } from '../records/passcode.ts';
import type { Person } from '../records/person.ts';
import { blockText, isWithin, parseAddress, parseBlock, type Block } from '../net/address.ts';
import type { Vault } from '../secrets/vault.ts';
import { inGroups, typedCode } from '../text/typed-code.ts';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const LENGTH = 16;

export const MOST_PASSCODES = 25;
export const MOST_NETWORKS = 10;

/** A new passcode, and its letters in groups of four, which are nowhere else afterwards. */
export function newPasscode(
  vault: Vault,
  person: string,
  given: Pick<Passcode, 'name' | 'protocols' | 'networks' | 'expiresAt'>,
  now: number,
): { passcode: Passcode; letters: string } {
  const id = randomBytes(12).toString('base64url');
  const text = Array.from({ length: LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join('');
  const hash = vault.keep('passcode', `${person} ${text}`);
  const passcode = { ...given, id, hash, createdAt: now };
  return { passcode, letters: inGroups(text, 4, ' ') };
}

/** What was typed, if it can be a passcode. */
export function sixteenLetters(text: string): string | undefined {
  const plain = typedCode(text);
  return /^[A-Z]{16}$/u.test(plain) ? plain : undefined;
}

/** How a mail program comes: null where the mail server doesn't say. */
export interface MailAccess {
  protocol: Protocol | null;
  address: string | null;
}

export type PasscodeVerdict =
  | { verdict: 'accepted'; passcode: Passcode }
  | { verdict: 'refused'; passcode: Passcode; reason: 'expired' | 'protocol' | 'network' }
  | { verdict: 'unknown' };

/** Pure but for the hash. What the mail server doesn't say is not allowed. */
export function judgePasscode(
  vault: Vault,
  { id, passcodes }: Pick<Person, 'id' | 'passcodes'>,
  letters: string,
  { protocol, address }: MailAccess,
  now: number,
): PasscodeVerdict {
  const isRight = vault.comparer('passcode', `${id} ${letters}`);
  const passcode = passcodes.find(({ hash }) => isRight(hash));
  if (!passcode) return { verdict: 'unknown' };
  const refused = (reason: 'expired' | 'protocol' | 'network'): PasscodeVerdict => ({
    verdict: 'refused',
    passcode,
    reason,
  });
  if (passcode.expiresAt !== null && passcode.expiresAt <= now) return refused('expired');
  if (!protocol || !passcode.protocols.includes(protocol)) return refused('protocol');
  if (!isAllowed(passcode.networks, address)) return refused('network');
  return { verdict: 'accepted', passcode };
}

function isAllowed(networks: readonly string[], from: string | null): boolean {
  if (networks.length === 0) return true;
  const address = parseAddress(from ?? '');
  return address !== undefined && isWithin(address, blocksOf(networks));
}

function blocksOf(networks: readonly string[]): Block[] {
  return networks.map(parseBlock).filter((block) => block !== undefined);
}

/** `192.0.2.7/32` or `2001:db8::/32` as it is kept, or undefined for what is no network. */
export function parseNetwork(text: string): string | undefined {
  const block = parseBlock(text);
  return block && blockText(block);
}

/** Leading bits that count, at the least: ten of what is wider would be as good as everywhere. */
export const LEAST_BITS = { ipv4: 8, ipv6: 16 } as const;

/** Does the network leave anybody out who matters? What is none does not. */
export function isLimit(text: string): boolean {
  const block = parseBlock(text);
  return block !== undefined && block[1] >= LEAST_BITS[block[0].kind()];
}
