/** Domains that organisations have, each one organisation's (unique-names.ts). */
import { z } from 'zod';
import { asDomain } from '../../text/mailbox.ts';
import { Problem } from '../../problem.ts';
import { domainCollection, getOrganisation, type DomainClaim } from '../../records/organisation.ts';
import { boundedText } from '../input.ts';
import { withNames, type NameKind, type NamesOfAct, type NameStore } from '../unique-names.ts';

/** Of one organisation. */
export const MOST_DOMAINS = 100;

export const domainsInput = z.array(boundedText).max(MOST_DOMAINS);

/** As they are kept, each once. Problem `domain-format`. */
export function checkDomains(written: readonly string[]): string[] {
  const domains = written.map((one) => {
    const domain = asDomain(one);
    if (domain === undefined) throw new Problem('domain-format', { values: { domain: one } });
    return domain;
  });
  return [...new Set(domains)].toSorted();
}

export const domainNames: NameKind<DomainClaim> = {
  collection: domainCollection,
  ownerOf: ({ organisation }) => organisation,
  claimed: (organisation, by) => ({ organisation, ...by }),
  async owned(store, id) {
    const organisation = await getOrganisation(store, id);
    return organisation && { names: organisation.domains ?? [] };
  },
  taken: (domain) => new Problem('domain-taken', { status: 409, values: { domain } }),
};

/** Around the write that gives and takes them. Problem `domain-taken`. */
export function withDomains<R>(
  store: NameStore,
  act: NamesOfAct,
  now: number,
  write: () => Promise<R>,
): Promise<R> {
  return withNames(store, domainNames, act, now, write);
}
