/**
 * The code for today of somebody who has left their phone at home: handed over by whoever looks after them,
 * and good for signing in with the password until the day is over. It stands in for an authenticator in a
 * sign-in, and is no fresh proof: nothing of the account is changed by it (policy/fresh-proof.ts).
 */
import { withMessages, type OutboxMessage } from '../../outbox/message.ts';
import { hasTemporaryCode } from '../../policy/factors.ts';
import { changePerson, type People, type Person } from '../../records/person.ts';
import { randomBase32 } from '../../secrets/base32.ts';
import type { Vault } from '../../secrets/vault.ts';
import { inGroups } from '../../text/typed-code.ts';
import { withoutL } from '../one-time-codes.ts';

/** The code in two groups of five, and what is kept of it. `expiresAt`: milliseconds since the epoch. */
export function newTemporaryCode(
  vault: Vault,
  { id, epoch }: Pick<Person, 'id' | 'epoch'>,
  expiresAt: number,
): { code: string; kept: NonNullable<Person['temporaryCode']> } {
  const plain = randomBase32(10);
  const kept = { hash: vault.keep(PURPOSE, textOf(id, plain)), expiresAt, epoch, uses: 0 };
  return { code: inGroups(plain, 5, '-'), kept };
}

/**
 * Counts one use of it, in one conditional write; false: it is not that one, or no longer good. Tries are
 * counted by the caller. `now`: milliseconds since the epoch.
 */
export async function useTemporaryCode(
  { store, vault }: { store: People; vault: Vault },
  { id }: Pick<Person, 'id'>,
  typed: string,
  { now, messages }: { now: number; messages: readonly OutboxMessage[] },
): Promise<boolean> {
  const isOne = vault.comparer(PURPOSE, textOf(id, typed));
  return changePerson(store, id, (person) => {
    const { temporaryCode: kept } = person;
    const isIt = kept !== undefined && kept !== null && isOne(kept.hash);
    if (!isIt || !hasTemporaryCode(person, now)) return { result: false };
    const temporaryCode = { ...kept, uses: kept.uses + 1 };
    return { set: { temporaryCode, ...withMessages(person, ...messages) }, result: true };
  });
}

const PURPOSE = 'temporary code';

function textOf(id: string, code: string): string {
  return `${id} ${withoutL(code)}`;
}
