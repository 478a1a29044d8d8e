/**
 * A try of the code that proves a factor which is being set up. It proves nothing of what was guessed
 * at before: an accepted one gets its try back, and earlier failures stay.
 */
import type { AccountChangeParts } from '../account/account-changed.ts';
import { eventAbout, type Performed } from '../../audit/performed.ts';
import { counterOf } from '../../factors/counters.ts';
import type { Relay } from '../../outbox/relay.ts';
import type { FactorId } from '../../records/factor-id.ts';
import type { Person } from '../../records/person.ts';
import { attempt, type Attempted } from '../../throttling/attempt.ts';
import type { Counted } from '../../throttling/attempts.ts';
import type { Store } from '../../storage/store.ts';
import { tellSuspension } from './tell-suspension.ts';

export interface SetUpTryParts extends AccountChangeParts {
  store: Store;
  relay: Pick<Relay, 'soon' | 'refuse'>;
}

export async function trySetUpCode<V extends { verdict: string }>(
  parts: SetUpTryParts,
  performed: Performed,
  person: Person,
  { factor, counted, compare }: { factor: FactorId; counted: Counted; compare(): Promise<V> },
): Promise<Attempted<V>> {
  const one = { counters: [counterOf(factor, counted)], compare, clears: [] };
  return attempt(parts.store, [one], performed.now, {
    async refused([refused]) {
      if (!refused) return;
      const reason = 'verdict' in refused ? `code-${refused.verdict}` : refused.reason;
      await recordRefusedCode(parts, performed, person, { factor, reason });
    },
    suspended: () => tellSuspension(parts, performed, person, { counted, factors: [factor] }),
  });
}

export async function recordRefusedCode(
  { relay }: Pick<SetUpTryParts, 'relay'>,
  performed: Performed,
  person: Person,
  { factor, reason }: { factor: FactorId; reason: string },
): Promise<void> {
  const about = { type: 'code.refused', outcome: 'refused', reasons: [reason] } as const;
  const event = eventAbout(person, performed, { ...about, details: { factor } });
  await relay.refuse(event.event);
}
