/**
 * One-time codes: ten backup codes of ten base32 characters (50 random bits each), every one used
 * once. They are kept sealed, as their owner may look at them again after a fresh proof; using one
 * is one conditional write of the person, which also ends the trust in every computer.
 */
import { randomBytes } from 'node:crypto';
import {
  changePerson,
  getPerson,
  type OneTimeCodeSet,
  type People,
  type Person,
} from '../records/person.ts';
import { endedBy } from '../policy/revocation/ended-fields.ts';
import { withMessages, type OutboxMessage } from '../outbox/message.ts';
import { randomBase32 } from '../secrets/base32.ts';
import { constantTimeEqual } from '../secrets/constant-time-equal.ts';
import type { Vault } from '../secrets/vault.ts';
import { inGroups, typedCode } from '../text/typed-code.ts';
import { ONE_TIME_CODES } from '../policy/factors.ts';

const LENGTH = 10;

/** At this number a new set is offered. */
export const FEW_CODES = 2;

export interface OneTimeParts {
  store: People;
  vault: Vault;
}

export type OneTimeVerdict =
  { verdict: 'accepted'; left: number } | { verdict: 'used' } | { verdict: 'wrong' };

/** A new set, sealed, and its codes in clear. */
export async function newOneTimeCodes(
  vault: Vault,
  now: number,
): Promise<{ set: OneTimeCodeSet; codes: string[] }> {
  const id = randomBytes(12).toString('base64url');
  const codes = Array.from({ length: ONE_TIME_CODES }, () => randomBase32(LENGTH));
  const sealed = await vault.seal('one-time codes', id, JSON.stringify(codes));
  return { set: { id, sealed, used: [], createdAt: now }, codes };
}

/** The codes of a set with what became of them, in groups of five characters. */
export async function readOneTimeCodes(
  vault: Vault,
  set: OneTimeCodeSet,
): Promise<{ code: string; used: boolean }[]> {
  const codes = await open(vault, set);
  return codes.map((code, at) => ({
    code: inGroups(code, 5, '-'),
    used: set.used.includes(at),
  }));
}

async function open(vault: Vault, { id, sealed }: OneTimeCodeSet): Promise<string[]> {
  return JSON.parse(await vault.open('one-time codes', id, sealed)) as string[];
}

export function codesLeft({ oneTimeCodes }: Pick<Person, 'oneTimeCodes'>): number {
  return oneTimeCodes ? ONE_TIME_CODES - oneTimeCodes.used.length : 0;
}

/** What was typed, if it can be a one-time code: 0, 1 and 8 are O, I and B. */
export function tenCharacters(text: string): string | undefined {
  const plain = typedCode(text).replaceAll('0', 'O').replaceAll('1', 'I').replaceAll('8', 'B');
  return /^[A-Z2-7]{10}$/u.test(plain) ? plain : undefined;
}

/** As codes are compared, which are read out and copied by hand: I and L count as one letter. */
export function withoutL(code: string): string {
  return code.replaceAll('L', 'I');
}

/**
 * Uses a code up: of two uses at once, one is accepted. `tell` makes what is recorded and mailed
 * about it, in the same write; `left`: how many codes there are afterwards.
 */
export async function spendOneTimeCode(
  parts: OneTimeParts,
  personId: string,
  code: string,
  tell: (left: number) => Promise<OutboxMessage[]>,
): Promise<OneTimeVerdict> {
  for (;;) {
    const person = await getPerson(parts.store, personId);
    const set = person?.oneTimeCodes;
    if (!person || !set) return { verdict: 'wrong' };
    const at = (await open(parts.vault, set)).findIndex((candidate) =>
      constantTimeEqual(withoutL(candidate), withoutL(code)),
    );
    if (at < 0) return { verdict: 'wrong' };
    if (set.used.includes(at)) return { verdict: 'used' };
    const left = codesLeft(person) - 1;
    const spent = await spend(parts.store, personId, set, at, await tell(left));
    if (spent) return { verdict: 'accepted', left };
  }
}

/** `false`: the set has changed since it was read, so that what is to be told would be wrong. */
async function spend(
  store: People,
  personId: string,
  read: OneTimeCodeSet,
  at: number,
  messages: readonly OutboxMessage[],
): Promise<boolean> {
  return changePerson(store, personId, (person) => {
    const set = person.oneTimeCodes;
    if (set?.id !== read.id || set.used.length !== read.used.length) return { result: false };
    const oneTimeCodes = { ...set, used: [...set.used, at] };
    return {
      set: {
        oneTimeCodes,
        ...endedBy(person, 'one-time-code-used'),
        ...withMessages(person, ...messages),
      },
      result: true,
    };
  });
}
