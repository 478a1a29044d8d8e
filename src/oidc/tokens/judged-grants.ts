/**
 * Codes and refresh tokens are used up by one conditional write each, whose verdict is the answer. The library waits
 * for it before it issues; here what it issues is signed and saved while that write is under way, where it is a round trip
 * (MongoDB): one less. Nobody is told of it before the verdict: of one that goes against the request nothing is left but
 * tokens that no one has, mostly under a grant that is gone, until they expire. Events (`grant.success`) come after it.
 */
import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import instance from 'oidc-provider/lib/helpers/weak_cache.js';
import type { DeferredWrites } from '../adapters/deferred-writes.ts';

export function judgeGrants(
  provider: Provider,
  { deferredWrites }: { deferredWrites: Pick<DeferredWrites, 'judged'> },
): void {
  const { grantTypeHandlers } = instance(provider);
  for (const [type, answer] of grantTypeHandlers)
    grantTypeHandlers.set(type, async (ctx: KoaContextWithOIDC) => {
      try {
        await answer(ctx);
      } finally {
        // Of what the library refuses afterwards too: what was used up is used up before anybody hears of it.
        await deferredWrites.judged(ctx);
      }
    });
}
