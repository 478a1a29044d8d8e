import { eventAbout, type Performed } from '../../audit/performed.ts';
import { withMessages } from '../../outbox/message.ts';
import { endedInOrganisation } from '../../policy/ended-fields.ts';
import { causesOfOrganisationChange } from '../../policy/policy-change.ts';
import { updateOrganisation, type Organisation } from '../../records/organisation.ts';
import { resultOf, type Result } from '../../result.ts';
import type { Store } from '../../storage/store.ts';
import { changes, type Changes } from '../changes.ts';
import { checkOrganisationFactors } from '../people/locked-out.ts';
import { permission } from '../permission.ts';
import { checkPolicy } from '../policy-input.ts';
import { organisationPolicyInput, type OrganisationPolicy } from './organisation-policy.ts';

export const changeOrganisationInput = organisationPolicyInput;

export interface ChangedOrganisation {
  organisation: Organisation;
  /** Empty: it was like that already, and nothing was written. */
  changed: Changes;
}

/** Changes its policy. Problems: `organisation-unknown`, `grace-past`, `factors-companion`, `administrator-locked-out`. */
export function changeOrganisation(
  { store }: { store: Pick<Store, 'get' | 'find' | 'update'> },
  performed: Performed,
  id: string,
  policy: OrganisationPolicy,
): Promise<Result<ChangedOrganisation>> {
  return resultOf(async () => {
    const may = await permission(store, performed, 'organisation.change');
    // Of another organisation nobody learns so much as whether it is there.
    may({ organisation: id });
    checkPolicy(policy, performed.now);
    if (policy.factors) await checkOrganisationFactors(store, id, policy.factors);
    return updateOrganisation(store, id, (organisation) => {
      const changed = changes(organisation, policy);
      if (Object.keys(changed).length === 0) return { result: { organisation, changed } };
      const content = { type: 'organisation.changed', organisation: id, details: changed } as const;
      const after = {
        ...organisation,
        ...policy,
        ...endedInOrganisation(organisation, ...causesOfOrganisationChange(organisation, policy)),
        ...withMessages(organisation, eventAbout(undefined, performed, content)),
      };
      return { set: after, result: { organisation: after, changed } };
    });
  });
}
