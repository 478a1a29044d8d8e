/** An app got tokens for somebody: which day that was is written down once a day, after the answer. */
import { LRUCache } from 'lru-cache';
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { Relay } from '../../outbox/relay.ts';
import { appUseId, recordAppUse, type NoteAppUse } from '../../records/lists/app-use.ts';
import { countAnew } from '../../records/lists/rollout.ts';
import { getPerson } from '../../records/person.ts';
import type { Store } from '../../storage/store.ts';
import { dayOf } from '../../text/day-of.ts';

interface NoteParts {
  store: Pick<Store, 'get' | 'update'>;
  relay: Pick<Relay, 'sometime'>;
}

/** Uses that a process remembers: those cost the store nothing. */
const MOST = 10_000;

export function createNoteAppUse({ store, relay }: NoteParts): NoteAppUse {
  const noted = new LRUCache<string, string>({ max: MOST });
  return (use) => {
    const key = `${appUseId(use)} ${use.byPassword ? 'password' : ''}`;
    const day = dayOf(use.at);
    if (noted.get(key) === day) return;
    noted.set(key, day);
    // Not at once: what the next answer takes must not tell that there was something to write.
    relay.sometime(async () => {
      try {
        if (!(await recordAppUse(store, use))) return;
        const person = await getPerson(store, use.person);
        if (person) await countAnew(store, person.organisation);
      } catch (error) {
        noted.delete(key);
        throw error;
      }
    });
  };
}

/** For `grant.success`. A refresh is a use as well. */
export function watchAppUse(
  note: NoteAppUse,
  now: () => number,
): (ctx: KoaContextWithOIDC) => void {
  return ({ oidc: { client, entities } }) => {
    const person = entities.Account?.accountId;
    if (client && person !== undefined) note({ person, client: client.clientId, at: now() });
  };
}
