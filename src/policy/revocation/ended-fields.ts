/**
 * What policy/revocation.ts says, as fields for the write that makes the change: what it ends, it ends
 * in that write, on every process at once.
 */
import { WHAT_ENDS, type Cause, type OrganisationCause, type PersonCause } from '../revocation.ts';
import type { Column } from './what-can-end.ts';
import type { Organisation } from '../../records/organisation.ts';
import type { Person } from '../../records/person.ts';

/** They end the code that was handed over after a reset: whoever was given it may be the reason. */
const RESET_CODE_ENDS = ['role-changed', 'locked-down', 'disabled', 'moved', 'restored'] as const;

export type Ended = Pick<Person, 'epoch' | 'trustEpoch' | 'consentEpoch'> &
  Partial<Pick<Person, 'passcodes' | 'pendingAuthenticator' | 'addressCheck' | 'enrolmentCode'>>;

/** Put behind the fields of the change itself. Sessions, grants, tokens, links and codes carry the epoch. */
export function endedBy(person: Person, ...causes: readonly PersonCause[]): Ended {
  const ends = (column: Column): boolean => causes.some((cause) => endsForAll(cause, column));
  return {
    epoch: person.epoch + (ends('sessions') ? 1 : 0),
    trustEpoch: person.trustEpoch + (ends('computers') ? 1 : 0),
    consentEpoch: person.consentEpoch + (ends('consents') ? 1 : 0),
    ...(ends('passcodes') ? { passcodes: [] } : {}),
    ...(ends('setUp') ? { pendingAuthenticator: null, addressCheck: null } : {}),
    ...(RESET_CODE_ENDS.some((cause) => causes.includes(cause)) ? withWorthlessCode(person) : {}),
  };
}

/** Whoever was reset enrols nothing without a code: it is made worthless, not taken away. */
function withWorthlessCode({ enrolmentCode }: Person): Pick<Ended, 'enrolmentCode'> {
  return enrolmentCode ? { enrolmentCode: { ...enrolmentCode, expiresAt: 0 } } : {};
}

/** The same for what an organisation's change ends for all of its people. */
export function endedInOrganisation(
  { trustEpoch }: Organisation,
  ...causes: readonly OrganisationCause[]
): Pick<Organisation, 'trustEpoch'> {
  const ends = causes.some((cause) => endsForAll(cause, 'computers'));
  return { trustEpoch: trustEpoch + (ends ? 1 : 0) };
}

/** Does it end for the whole person, so that raising an epoch ends it? */
function endsForAll(cause: Cause, column: Column): boolean {
  const reach = WHAT_ENDS[cause].ends[column];
  return reach === 'all' || reach === 'others';
}
