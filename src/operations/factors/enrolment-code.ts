/**
 * The code that an administrator hands over at a reset: with the password alone, whoever has found
 * that out could set up a factor in the owner's place.
 */
import type { Person } from '../../records/person.ts';
import { randomBase32 } from '../../secrets/base32.ts';
import type { Vault } from '../../secrets/vault.ts';
import { inGroups } from '../../text/typed-code.ts';
import { tenCharacters, withoutL } from '../../factors/one-time-codes.ts';

const PURPOSE = 'enrolment code';
/** Milliseconds. */
export const VALID_FOR = 24 * 3600_000;

/** The code as it is handed over (two groups of five), and what is kept of it. `now`: milliseconds. */
export function newEnrolmentCode(
  vault: Vault,
  personId: string,
  now: number,
): { code: string; kept: NonNullable<Person['enrolmentCode']> } {
  const plain = randomBase32(10);
  const hash = vault.keep(PURPOSE, textOf(personId, plain));
  const kept = { hash, expiresAt: now + VALID_FOR };
  return { code: inGroups(plain, 5, '-'), kept };
}

/** Tries are counted by the caller. */
export function checkEnrolmentCode(
  vault: Vault,
  person: Pick<Person, 'id' | 'enrolmentCode'>,
  typed: string,
  now: number,
): 'accepted' | 'wrong' | 'expired' {
  const plain = tenCharacters(typed);
  const { enrolmentCode: kept } = person;
  if (plain === undefined || !kept) return 'wrong';
  if (!vault.comparer(PURPOSE, textOf(person.id, plain))(kept.hash)) return 'wrong';
  return kept.expiresAt <= now ? 'expired' : 'accepted';
}

function textOf(personId: string, code: string): string {
  return `${personId} ${withoutL(code)}`;
}
