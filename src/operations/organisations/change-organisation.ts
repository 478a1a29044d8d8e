import type { z } from 'zod';
import { Problem } from '../../problem.ts';
import { isName } from '../../text/printable.ts';
import { boundedText } from '../input.ts';
import { eventAbout, type Performed } from '../../audit/performed.ts';
import { withMessages } from '../../outbox/message.ts';
import { endedInOrganisation } from '../../policy/revocation/ended-fields.ts';
import { causesOfOrganisationChange } from '../../policy/policy-change.ts';
import {
  getOrganisation,
  updateOrganisation,
  type Organisation,
} from '../../records/organisation.ts';
import { resultOf, type Result } from '../../result.ts';
import type { Store } from '../../storage/store.ts';
import { checkSeen, type Seen } from '../as-seen.ts';
import { changes, type Changes } from '../changes.ts';
import { checkOrganisationFactors } from '../people/locked-out.ts';
import { permissions } from '../permission.ts';
import { checkPolicy } from '../policy-input.ts';
import { checkDomains, domainsInput, withDomains } from './organisation-domains.ts';
import {
  appChanges,
  appsAfter,
  checkApps,
  checkSeenApps,
  organisationAppsInput,
} from './organisation-apps.ts';
import { organisationDigest } from './organisation-digest.ts';
import { organisationPolicyInput } from './organisation-policy.ts';

export const changeOrganisationInput = organisationPolicyInput.extend({
  name: boundedText.transform((name) => name.trim()).exactOptional(),
  /** Instead of those that it had. */
  domains: domainsInput.exactOptional(),
  apps: organisationAppsInput.exactOptional(),
});
export type OrganisationChange = z.output<typeof changeOrganisationInput>;

export interface ChangeOrganisationParts {
  store: Pick<Store, 'get' | 'getMany' | 'find' | 'update'>;
}

export interface ChangedOrganisation {
  organisation: Organisation;
  /** Empty: it was like that already, and nothing was written. */
  changed: Changes;
}

/**
 * Changes its name, policy and domains, and who of it may use which app; its id stays. Problems:
 * `organisation-unknown`, `name-format`, `grace-past`, `factors-companion`, `administrator-locked-out`,
 * `domain-format`, `domain-taken`, `changed-meanwhile` (409), `client-unknown`, `client-built-in`, `group-unknown`, `organisation-apps`.
 * `basis`: what it has to be like still, as whoever changes it has looked at it: of all of it (organisation-digest.ts)
 * or of some fields.
 */
export function changeOrganisation(
  { store }: ChangeOrganisationParts,
  performed: Performed,
  id: string,
  input: OrganisationChange,
  basis?: string | Seen,
): Promise<Result<ChangedOrganisation>> {
  return resultOf(async () => {
    const may = await permissions(store, performed);
    // Of another organisation nobody learns so much as whether it is there.
    may('organisation.change')({ organisation: id });
    checkPolicy(input, performed.now);
    if (input.name !== undefined && !isName(input.name)) throw new Problem('name-format');
    await checkApps(store, id, input.apps ?? []);
    if (input.factors) await checkOrganisationFactors(store, id, input.factors);
    const asSeen = unchangedSince(basis);
    if (!input.domains) return write(store, performed, id, input, asSeen);
    may('organisation.change-domains')({ organisation: id });
    const domains = checkDomains(input.domains);
    return changeWithDomains(store, performed, id, { ...input, domains }, asSeen);
  });
}

/** Problem `changed-meanwhile`. Undefined: whatever it is like. */
export function unchangedSince(
  basis: string | Seen | undefined,
): (organisation: Organisation) => void {
  return (organisation) => {
    if (typeof basis === 'object') return checkSeen(organisation, basis);
    if (basis !== undefined && organisationDigest(organisation) !== basis)
      throw new Problem('changed-meanwhile', { status: 409 });
  };
}

type ChangeStore = Pick<Store, 'get' | 'update'>;

async function changeWithDomains(
  store: ChangeStore,
  performed: Performed,
  id: string,
  input: OrganisationChange & { domains: string[] },
  asSeen: (organisation: Organisation) => void,
): Promise<ChangedOrganisation> {
  const before = (await getOrganisation(store, id))?.domains ?? [];
  const act = { owner: id, before, after: input.domains };
  // What is claimed is what was not there: of a list that is another one by then it is not known.
  const check = (organisation: Organisation): void => {
    asSeen(organisation);
    if (JSON.stringify(organisation.domains ?? []) !== JSON.stringify(before))
      throw new Problem('changed-meanwhile', { status: 409 });
  };
  return withDomains(store, act, performed.now, () => write(store, performed, id, input, check));
}

function write(
  store: ChangeStore,
  performed: Performed,
  id: string,
  { apps = [], ...input }: OrganisationChange,
  check: (organisation: Organisation) => void = () => undefined,
): Promise<ChangedOrganisation> {
  return updateOrganisation(store, id, (organisation) => {
    check(organisation);
    checkSeenApps(organisation, apps);
    const changed = { ...changes(organisation, input), ...appChanges(organisation, apps) };
    if (Object.keys(changed).length === 0) return { result: { organisation, changed } };
    const content = { type: 'organisation.changed', organisation: id, details: changed } as const;
    const after = {
      ...organisation,
      ...input,
      ...appsAfter(organisation, apps, performed.now),
      ...endedInOrganisation(organisation, ...causesOfOrganisationChange(organisation, input)),
      ...withMessages(organisation, eventAbout(undefined, performed, content)),
    };
    return { set: after, result: { organisation: after, changed } };
  });
}
