/** A mail to whoever asks for it, by the way that every mail goes: does the mail server take it? */
import { eventAbout, type Performed } from '../../audit/performed.ts';
import type { Config } from '../../config/schema.ts';
import type { Notices } from '../../mail/notices.ts';
import type { MailQueue } from '../../mail/queue.ts';
import type { Relay } from '../../outbox/relay.ts';
import { Problem } from '../../problem.ts';
import { getPerson, type People } from '../../records/person.ts';
import { resultOf, type Result } from '../../result.ts';
import { NOT_THEIRS } from '../people/administer.ts';
import { permission } from '../permission.ts';

export interface TestMailParts {
  store: Pick<People, 'get'>;
  config: Pick<Config, 'mail'>;
  notices: Pick<Notices, 'about'>;
  mailQueue: Pick<MailQueue, 'order'>;
  relay: Pick<Relay, 'record'>;
}

/** Answers the mail's id, by which the queue says what came of it. Problems: `no-mail-server` (409), those of who may. */
export function sendTestMail(
  { store, config, notices, mailQueue, relay }: TestMailParts,
  performed: Performed,
): Promise<Result<string>> {
  return resultOf(async () => {
    const may = await permission(store, performed, 'mail.send-test');
    may({});
    const person = await getPerson(store, performed.actor.id ?? '');
    if (!person) throw new Problem('not-allowed', { status: 403 });
    const notice = { template: 'test', values: NOT_THEIRS, to: person.email } as const;
    const [made] = await notices.about(person, performed, notice);
    if (config.mail.smtp_url === undefined || !made)
      throw new Problem('no-mail-server', { status: 409 });
    await mailQueue.order(made.mail);
    await relay.record(eventAbout(person, performed, { type: 'mail.tested' }).event);
    return made.mail.id;
  });
}
