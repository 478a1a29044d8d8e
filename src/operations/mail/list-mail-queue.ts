/** What waits to be handed over to the mail server, and what it said no to: never whom a mail is for, which is sealed. */
import type { Performed } from '../../audit/performed.ts';
import type { Config } from '../../config/schema.ts';
import { mailCollection, queuedMails, type QueuedMail } from '../../mail/queue.ts';
import { resultOf, type Result } from '../../result.ts';
import type { Store } from '../../storage/store.ts';
import { permission } from '../permission.ts';

export type ListedMail = Pick<
  QueuedMail,
  'template' | 'state' | 'orderedAt' | 'attempts' | 'nextAt' | 'answer'
> & { id: string };

export interface MailQueueShown {
  /** Host and port; null: there is no mail server. */
  server: string | null;
  from: string;
  /** Those that wait, up to a bound. `oldest`: when it was ordered. */
  count: number;
  oldest: number | null;
  /** Those that come up next. */
  waiting: ListedMail[];
  /** Refused or given up within a week, newest first. */
  faults: ListedMail[];
}

/** Mails of a list. */
const MOST = 25;

/** Problems: those of who may. */
export function listMailQueue(
  { store, config }: { store: Pick<Store, 'get' | 'find'>; config: Pick<Config, 'mail'> },
  performed: Performed,
): Promise<Result<MailQueueShown>> {
  return resultOf(async () => {
    const may = await permission(store, performed, 'mail.list');
    may({});
    const { smtp_url: url, from } = config.mail;
    const [queue, waiting, faults] = await Promise.all([
      queuedMails(store),
      listed(store, { index: 'due', from: 0 }),
      listed(store, { index: 'fault', descending: true }),
    ]);
    const { count, oldest = null } = queue;
    return {
      server: url === undefined ? null : new URL(url).host,
      from,
      count,
      oldest,
      waiting,
      faults,
    };
  });
}

async function listed(
  store: Pick<Store, 'find'>,
  query: { index: string; from?: number; descending?: boolean },
): Promise<ListedMail[]> {
  const { items } = await store.find(mailCollection, { ...query, limit: MOST });
  return items.map(({ id, value: { template, state, orderedAt, attempts, nextAt, answer } }) => ({
    id,
    template,
    state,
    orderedAt,
    attempts,
    nextAt,
    answer,
  }));
}
