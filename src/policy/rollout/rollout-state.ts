/** In which state of a roll-out somebody is. Pure. */
import type { Organisation } from '../../records/organisation.ts';
import type { RolloutState } from '../../records/lists/rollout.ts';
import type { Enrolled } from '../../records/lists/person-entry.ts';
import type { Person } from '../../records/person.ts';
import { requiredFrom } from '../assurance.ts';

interface Asked {
  person: Pick<Person, 'role' | 'mfa' | 'mfaFrom' | 'graceExtension'> & { state: Enrolled };
  organisation: Pick<Organisation, 'mfa' | 'mfaFrom'>;
}

/** `changesAt`: when time alone makes it another one (milliseconds since the epoch); absent: never. */
export function rolloutState(
  { person, organisation }: Asked,
  now: number,
): { state: RolloutState; changesAt?: number } {
  if (person.state === 'strong') return { state: 'enrolled' };
  if (person.state === 'email') return { state: 'email' };
  const from = requiredFrom({ person, organisation });
  if (from === undefined) return { state: 'open' };
  return from > now ? { state: 'grace', changesAt: from } : { state: 'overdue' };
}
