/** What was mailed to somebody, and what became of it: the kind, the time, and the mail server's answer. */
import type { Performed } from '../../../audit/performed.ts';
import type { MailTemplate } from '../../../mail/mail.ts';
import {
  mailCollection,
  mailsAbout,
  type MailState,
  type QueuedMail,
} from '../../../mail/queue.ts';
import { resultOf, type Result } from '../../../result.ts';
import { fromCursor } from '../../../storage/pages.ts';
import type { Entry, Store } from '../../../storage/store.ts';
import { reach } from '../../permission.ts';
import { readAdministered } from '../administer.ts';

export interface ListedMail {
  id: string;
  template: MailTemplate;
  /** Milliseconds since the epoch. */
  orderedAt: number;
  /** The address, masked. */
  to: string;
  state: MailState;
  /** The mail server's last word, such as `550 5.1.1`; null: it has not said anything. */
  answer: string | null;
  /** Of no use after that (milliseconds since the epoch); null: it has no end. */
  notAfter: number | null;
}

export interface MailPage {
  mails: ListedMail[];
  /** Give this as `after` for older ones; absent on the last page. Opaque. */
  next?: string;
}

/** Of a page. */
const MAILS = 25;

/**
 * The newest first, as far back as they are kept; a page may be short, or empty, and have a next one. `id`: subject identifier. Problems: `not-found`, `person-unknown`
 * for the operator, and those of who may.
 */
export function listMails(
  { store }: { store: Pick<Store, 'get' | 'find'> },
  performed: Performed,
  id: string,
  after?: string,
): Promise<Result<MailPage>> {
  return resultOf(async () => {
    const isSeen = await seenBy(store, performed, id);
    const query = { ...mailsAbout(id), limit: MAILS };
    const { items, next } = await fromCursor(after, (from) =>
      store.find(mailCollection, { ...query, after: from }),
    );
    return { mails: items.filter(isSeen).map(listed), ...(next === undefined ? {} : { next }) };
  });
}

/** Mails of somebody among which their invitation is looked for: it is one of the first that they get. */
const LOOKED_AT = 50;

/** The last link that was mailed to them, if it is among the newest mails. Problems as above. */
export function lastInvitation(
  { store }: { store: Pick<Store, 'get' | 'find'> },
  performed: Performed,
  id: string,
): Promise<Result<ListedMail | null>> {
  return resultOf(async () => {
    const isSeen = await seenBy(store, performed, id);
    const { items } = await store.find(mailCollection, { ...mailsAbout(id), limit: LOOKED_AT });
    const found = items.filter(isSeen).find(({ value }) => value.template === 'invitation');
    return found ? listed(found) : null;
  });
}

/** Of mails of another organisation that they were in before, those learn who reach it alone. */
async function seenBy(
  store: Pick<Store, 'get'>,
  performed: Performed,
  id: string,
): Promise<(mail: Entry<QueuedMail>) => boolean> {
  await readAdministered(store, performed, 'person.list-mails', id);
  const own = await reach(store, performed, 'person.list-mails', undefined);
  return ({ value: { organisation = own } }) => own === null || organisation === own;
}

function listed({ id, value }: Entry<QueuedMail>): ListedMail {
  const { template, orderedAt, to = '', state, answer, notAfter } = value;
  return { id, template, orderedAt, to, state, answer, notAfter };
}
