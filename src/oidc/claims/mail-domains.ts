/**
 * The domains of organisations, cached: `email_verified` needs them with every answer that has it. A change
 * is seen within half a second, on every process.
 */
import { LRUCache } from 'lru-cache';
import { domainCollection, getOrganisation } from '../../records/organisation.ts';
import type { Store } from '../../storage/store.ts';

export interface MailDomains {
  /** Null: nobody has said any (records/organisation.ts). None of an organisation that is gone. */
  of(organisation: string): Promise<readonly string[] | null>;
  /** Has another organisation the domain? Of those alone that are asked for an organisation without any. */
  isElsewhere(domain: string, organisation: string): Promise<boolean>;
}

/** Milliseconds that they may be stale. */
const FRESH = 500;
const MOST = 1000;

export function createMailDomains(store: Pick<Store, 'get'>, now: () => number): MailDomains {
  const cached = new LRUCache<string, { at: number; domains: readonly string[] | null }>({
    max: MOST,
  });
  const holders = new LRUCache<string, { at: number; holder: string }>({ max: MOST });
  const of: MailDomains['of'] = async (organisation) => {
    const at = now();
    const known = cached.get(organisation);
    if (known && Math.abs(at - known.at) < FRESH) return known.domains;
    const found = await getOrganisation(store, organisation);
    const domains = found ? found.domains : [];
    cached.set(organisation, { at, domains });
    return domains;
  };
  /** Empty: nobody has claimed it. */
  const holderOf = async (domain: string): Promise<string> => {
    const at = now();
    const known = holders.get(domain);
    if (known && Math.abs(at - known.at) < FRESH) return known.holder;
    const holder = (await store.get(domainCollection, domain))?.organisation ?? '';
    holders.set(domain, { at, holder });
    return holder;
  };
  return {
    of,
    async isElsewhere(domain, organisation) {
      const holder = domain === '' ? '' : await holderOf(domain);
      if (holder === '' || holder === organisation) return false;
      return (await of(holder))?.includes(domain) === true;
    },
  };
}
