/** What a change of policy is, as a cause of what ends (revocation.ts). Pure. */
import type { Organisation, OrganisationMfa } from '../records/organisation.ts';
import type { Person, PersonMfa } from '../records/person.ts';
import type { FactorId } from '../records/factor-id.ts';
import { fold } from '../text/fold.ts';
import type { OrganisationCause, PersonCause } from './revocation.ts';

type PersonPolicy = Pick<Person, 'mfa' | 'factors' | 'trustedDays' | 'role' | 'organisation'> &
  Partial<Pick<Person, 'login' | 'email'>>;
type OrganisationPolicy = Pick<Organisation, 'mfa' | 'factors' | 'trustedDays'>;

const STRICTNESS: Readonly<Record<OrganisationMfa | PersonMfa, number>> = {
  off: 0,
  inherit: 0,
  optional: 1,
  available: 1,
  required: 2,
};

/** `set`: what is different afterwards. */
export function causesOfPersonChange(
  before: PersonPolicy,
  set: Partial<PersonPolicy>,
): PersonCause[] {
  const after = { ...before, ...set };
  return [
    ...(after.role === before.role ? [] : (['role-changed'] as const)),
    ...(after.organisation === before.organisation ? [] : (['moved'] as const)),
    ...(isSameName(after.email, before.email) ? [] : (['mailbox-changed'] as const)),
    ...(isSameName(after.login, before.login) ? [] : (['renamed'] as const)),
    ...(after.mfa === 'inherit' && before.mfa !== 'inherit' ? (['person-mfa-off'] as const) : []),
    ...(isTighter(before, after) ? (['person-tightened'] as const) : []),
  ];
}

export function causesOfOrganisationChange(
  before: OrganisationPolicy,
  set: Partial<OrganisationPolicy>,
): OrganisationCause[] {
  const after = { ...before, ...set };
  return [
    ...(after.mfa === 'off' && before.mfa !== 'off' ? (['organisation-mfa-off'] as const) : []),
    ...(isTighter(before, after) ? (['organisation-tightened'] as const) : []),
  ];
}

function isSameName(one: string | undefined, other: string | undefined): boolean {
  return fold(one ?? '') === fold(other ?? '');
}

interface Asked {
  mfa: OrganisationMfa | PersonMfa;
  /** Null: no fewer than the organisation's. */
  factors: readonly FactorId[] | null;
  /** Null: no fewer than the organisation's. */
  trustedDays: number | null;
}

function isTighter(before: Asked, after: Asked): boolean {
  const days = (asked: Asked): number => asked.trustedDays ?? Infinity;
  return (
    STRICTNESS[after.mfa] > STRICTNESS[before.mfa] ||
    takesAway(before.factors, after.factors) ||
    days(after) < days(before)
  );
}

function takesAway(before: Asked['factors'], after: Asked['factors']): boolean {
  if (after === null) return false;
  return before === null || before.some((id) => !after.includes(id));
}

/** Ids of the organisations that an app was open to; null: all. Is one of them shut out now? */
export function shutsOut(
  before: readonly string[] | null,
  after: readonly string[] | null,
): boolean {
  if (after === null) return false;
  return before === null || before.some((id) => !after.includes(id));
}
