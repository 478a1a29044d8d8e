/** No policy leaves an administrator of the installation without a factor of level mfa. */
import { isLockedOut } from '../../policy/assurance.ts';
import { Problem } from '../../problem.ts';
import type { FactorId } from '../../records/factor-id.ts';
import { getOrganisation, type Organisation } from '../../records/organisation.ts';
import { getPerson, personCollection, type Person } from '../../records/person.ts';
import { entries } from '../../storage/pages.ts';
import type { Store } from '../../storage/store.ts';

/**
 * Problem `administrator-locked-out`, where an organisation permits these factors alone from now on. Of
 * its people as they are read now: of two changes at one moment, of it and of somebody in it, neither
 * sees the other.
 */
export async function checkOrganisationFactors(
  store: Pick<Store, 'get' | 'find'>,
  id: string,
  factors: FactorId[],
): Promise<void> {
  const before = await getOrganisation(store, id);
  if (!before) return;
  const query = { index: 'administrator', equals: 1 };
  const all = entries((after) => store.find(personCollection, { ...query, after }));
  for await (const entry of all) {
    const person = await getPerson(store, entry.id);
    if (person?.organisation !== id) continue;
    refuseLockOut([person, before], [person, { ...before, factors }]);
  }
}

/** The same of a person, who changes in the write that asks. `organisations`: as they were read before it. */
export function checkPersonFactors(
  before: Person,
  after: Person,
  organisations: ReadonlyMap<string, Organisation | undefined>,
): void {
  if (after.role !== 'administrator') return;
  // Moved by somebody else since.
  if (!organisations.has(before.organisation))
    throw new Problem('changed-meanwhile', { status: 409 });
  const [was, is] = [organisations.get(before.organisation), organisations.get(after.organisation)];
  if (was && is) refuseLockOut([before, was], [after, is]);
}

/** Whoever was locked out before is no reason to change nothing. */
function refuseLockOut(before: [Person, Organisation], after: [Person, Organisation]): void {
  const is = ([person, organisation]: [Person, Organisation]): boolean =>
    isLockedOut({ person, organisation });
  if (is(after) && !is(before)) throw new Problem('administrator-locked-out', { status: 409 });
}
