/** The domains of organisations: `email_verified` needs them with every answer that has it. */
import { domainCollection } from '../../records/organisation.ts';
import type { Store } from '../../storage/store.ts';
import { halfSecond } from '../../timing/half-second.ts';
import type { ReadOrganisation } from '../clients/known-organisations.ts';

export interface MailDomains {
  /** Null: nobody has said any (records/organisation.ts). None of an organisation that is gone. */
  of(organisation: string): Promise<readonly string[] | null>;
  /** Has another organisation the domain? Of those alone that are asked for an organisation without any. */
  isElsewhere(domain: string, organisation: string): Promise<boolean>;
}

export function createMailDomains(parts: {
  store: Pick<Store, 'get'>;
  organisation: ReadOrganisation;
  /** Milliseconds since the epoch. */
  now(): number;
}): MailDomains {
  const of: MailDomains['of'] = async (id) => {
    const found = await parts.organisation(id);
    return found ? found.domains : [];
  };
  /** Empty: nobody has claimed it. */
  const read = async (domain: string): Promise<string> =>
    (await parts.store.get(domainCollection, domain))?.organisation ?? '';
  const holderOf = halfSecond({ read, now: parts.now, most: 1000 });
  return {
    of,
    async isElsewhere(domain, organisation) {
      const holder = domain === '' ? '' : await holderOf(domain);
      if (holder === '' || holder === organisation) return false;
      return (await of(holder))?.includes(domain) === true;
    },
  };
}
