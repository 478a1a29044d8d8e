/** Signing out, as it is recorded. Listeners run inside the request: this one never throws. */
import type { KoaContextWithOIDC } from 'oidc-provider';
import { newEvent } from '../../audit/event.ts';
import type { Relay } from '../../outbox/relay.ts';
import { requestOrigin } from '../../net/request-origin.ts';
import type { RequestPeople } from '../adapters/request-people.ts';

export function recordSignOut(parts: {
  people: RequestPeople;
  relay: Pick<Relay, 'record' | 'later'>;
  /** Milliseconds since the epoch. */
  now(): number;
}): (ctx: KoaContextWithOIDC) => void {
  const record = async (ctx: KoaContextWithOIDC): Promise<void> => {
    const id = ctx.oidc.session?.accountId;
    const person = id === undefined ? undefined : await parts.people.get(ctx, id);
    if (!person) return;
    const origin = requestOrigin(ctx, ctx.oidc.client?.clientId ?? null);
    await parts.relay.record(newEvent({ type: 'sign-out', at: parts.now(), origin, person }));
  };
  return (ctx) => parts.relay.later(() => record(ctx));
}
