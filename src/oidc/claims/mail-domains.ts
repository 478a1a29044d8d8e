/**
 * The domains of organisations, cached: `email_verified` needs them with every answer that has it. A change
 * is seen within half a second, on every process.
 */
import { LRUCache } from 'lru-cache';
import { getOrganisation } from '../../records/organisation.ts';
import type { Store } from '../../storage/store.ts';

export interface MailDomains {
  /** Null: nobody has said any (records/organisation.ts). None of an organisation that is gone. */
  of(organisation: string): Promise<readonly string[] | null>;
}

/** Milliseconds that they may be stale. */
const FRESH = 500;
const MOST = 1000;

export function createMailDomains(store: Pick<Store, 'get'>, now: () => number): MailDomains {
  const cached = new LRUCache<string, { at: number; domains: readonly string[] | null }>({
    max: MOST,
  });
  return {
    async of(organisation) {
      const at = now();
      const known = cached.get(organisation);
      if (known && Math.abs(at - known.at) < FRESH) return known.domains;
      const found = await getOrganisation(store, organisation);
      const domains = found ? found.domains : [];
      cached.set(organisation, { at, domains });
      return domains;
    },
  };
}
