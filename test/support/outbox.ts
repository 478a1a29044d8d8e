/** Mails that nobody has taken yet, read out of the outbox: for servers whose mail server is not there. */
import { openMail, type Mail } from '../../src/mail/mail.ts';
import { mailCollection } from '../../src/mail/queue.ts';
import type { TestServer } from './server.ts';

/** For a server whose mails stay in the outbox: nobody listens there. */
export const NO_MAIL_SERVER = { LATCHKEY_MAIL_SMTP_URL: 'smtp://127.0.0.1:9' };

/** To that address, oldest first. */
export async function outboxOf(server: TestServer, address: string): Promise<Mail[]> {
  await server.settle();
  const { items } = await server.store.scan(mailCollection, { limit: 10_000 });
  const mails = await Promise.all(
    items
      .filter(({ value }) => value.sealed !== null)
      .toSorted((a, b) => a.value.orderedAt - b.value.orderedAt)
      .map(({ id, value }) => openMail(server.vault, { ...value, id, sealed: value.sealed ?? '' })),
  );
  return mails.filter(({ to }) => to === address);
}
