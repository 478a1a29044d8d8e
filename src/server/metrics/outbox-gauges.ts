/** How many mails wait, and how long the oldest one has: asked of the store when somebody looks. */
import { Gauge, type Registry } from 'prom-client';
import { queuedMails } from '../../mail/queue.ts';
import type { Store } from '../../storage/store.ts';
import { within } from '../../timing/within.ts';

export interface OutboxGauges {
  /** From now on this store is asked. `now`: milliseconds since the epoch. */
  watch(store: Pick<Store, 'find'>, now: () => number): void;
}

interface OutboxFigures {
  waiting: number;
  /** Seconds; 0 when none waits. */
  oldestAge: number;
}

/** Milliseconds that figures are good for, and that a scrape waits for new ones. */
const GOOD_FOR = 5_000;
const PATIENCE = 1_000;

/**
 * A store that fails or hangs leaves the gauges without a value, and the scrape whole: figures that
 * are not known must not look like an empty queue.
 */
export function outboxGauges(
  registry: Registry,
  clock = (): number => performance.now(),
): OutboxGauges {
  let latest: (() => Promise<OutboxFigures | undefined>) | undefined;
  const figures = async (): Promise<OutboxFigures | undefined> => latest?.();
  gauge(
    'latchkey_mail_outbox_waiting',
    'Mails in the queue, counted up to 500.',
    (known) => known.waiting,
  );
  gauge(
    'latchkey_mail_outbox_oldest_age_seconds',
    'Time that the oldest mail in the queue has been there.',
    (known) => known.oldestAge,
  );
  return {
    watch(store, now) {
      latest = remembered(() => ask(store, now), clock);
    },
  };

  function gauge(name: string, help: string, of: (known: OutboxFigures) => number): void {
    const shown: Gauge = new Gauge({
      registers: [registry],
      // They are the same in each process: one queue.
      aggregator: 'max',
      name,
      help,
      async collect() {
        const known = await figures();
        if (known) shown.set(of(known));
        else shown.remove();
      },
    });
    shown.remove();
  }
}

async function ask(store: Pick<Store, 'find'>, now: () => number): Promise<OutboxFigures> {
  const { count, oldest = now() } = await queuedMails(store);
  return { waiting: count, oldestAge: Math.max(0, (now() - oldest) / 1000) };
}

/** Asks at most once in a while, and never a second time while the first is not answered. */
export function remembered<T>(
  ask: () => Promise<T>,
  clock: () => number,
): () => Promise<T | undefined> {
  let asking: Promise<T | undefined> | undefined;
  let answeredAt = -Infinity;
  let answer: T | undefined;
  const askNow = async (): Promise<T | undefined> => {
    try {
      answer = await ask();
    } catch {
      // Its failure is in the store's own metrics.
      answer = undefined;
    }
    answeredAt = clock();
    asking = undefined;
    return answer;
  };
  return () => {
    if (clock() - answeredAt < GOOD_FOR) return Promise.resolve(answer);
    asking ??= askNow();
    return within(PATIENCE, asking, undefined);
  };
}
