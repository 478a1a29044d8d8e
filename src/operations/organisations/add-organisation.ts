import { boundedText } from '../input.ts';
import type { z } from 'zod';
import { eventAbout, type Performed } from '../../audit/performed.ts';
import { withMessages } from '../../outbox/message.ts';
import { Problem } from '../../problem.ts';
import {
  newOrganisation,
  organisationCollection,
  type Organisation,
} from '../../records/organisation.ts';
import { resultOf, type Result } from '../../result.ts';
import type { Change, Store } from '../../storage/store.ts';
import { permission } from '../permission.ts';
import { checkPolicy } from '../policy-input.ts';
import { checkDomains, domainsInput, withDomains } from './organisation-domains.ts';
import { organisationPolicyInput } from './organisation-policy.ts';

export const addOrganisationInput = organisationPolicyInput.extend({
  name: boundedText,
  /** Made from the name unless told. */
  id: boundedText.optional(),
  domains: domainsInput.exactOptional(),
  mfa: organisationPolicyInput.shape.mfa.unwrap().default('required'),
});
export type NewOrganisationInput = z.output<typeof addOrganisationInput>;

/**
 * Makes an organisation with its policy. The id of one that was removed is free. Problems: `organisation-taken`, `organisation-id-format`, `name-format`,
 * `grace-past`, `factors-companion`, `domain-format`, `domain-taken`.
 */
export function addOrganisation(
  { store }: { store: Pick<Store, 'get' | 'update'> },
  performed: Performed,
  input: NewOrganisationInput,
): Promise<Result<Organisation>> {
  return resultOf(async () => {
    const may = await permission(store, performed, 'organisation.add');
    may({});
    checkPolicy(input, performed.now);
    const domains = checkDomains(input.domains ?? []);
    const made = newOrganisation({ ...input, domains }, performed.now);
    const { id } = made;
    const content = { type: 'organisation.added', organisation: id } as const;
    const added = eventAbout(undefined, performed, content);
    const act = { owner: id, before: [], after: domains };
    return withDomains(store, act, performed.now, () =>
      store.update(organisationCollection, id, (there): Change<Organisation, Organisation> => {
        if (there && !there.gone) throw new Problem('organisation-taken', { values: { id } });
        const put = { ...made, ...withMessages(there ?? {}, added) };
        return { put, result: put };
      }),
    );
  });
}
