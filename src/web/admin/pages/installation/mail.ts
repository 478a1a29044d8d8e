/** `/admin/mail`: what waits for the mail server, what it said no to, and a mail to try it with. */
import { listMailQueue } from '../../../../operations/mail/list-mail-queue.ts';
import { sendTestMail } from '../../../../operations/mail/send-test-mail.ts';
import { valueOr } from '../../../signed-in/found.ts';
import { ask } from '../../confirm.ts';
import { pathOf, type AdminPage, type AdminVisit } from '../../page.ts';

const MAIL = pathOf('mail');

const mails: AdminPage = {
  path: MAIL,
  operation: 'mail.list',
  section: 'mail',
  fresh: false,

  async show(visit) {
    const { parts, performed } = visit;
    const shown = valueOr(await listMailQueue(parts, performed), MAIL);
    const context = {
      ...shown,
      test: shown.server === null ? null : `${MAIL}/test`,
      tested: await tested(visit),
      action: MAIL,
    };
    return { show: 'admin/mail', context };
  },
};

/** What came of the one that the address names. */
async function tested({ ctx, parts }: AdminVisit) {
  const id = ctx.URL.searchParams.get('test');
  if (id === null || !/^[\w-]{22}$/u.test(id)) return null;
  const known = await parts.mailQueue.status(id);
  if (!known) return null;
  const { pathname, search } = ctx.URL;
  return { ...known, look: `${pathname}${search}` };
}

const test: AdminPage = {
  path: `${MAIL}/test`,
  operation: 'mail.send-test',
  section: 'mail',
  fresh: true,

  show: (visit) => Promise.resolve(ask('mail-test', questionOf(visit))),

  async submit(visit) {
    const { parts, performed } = visit;
    const sent = await sendTestMail(parts, performed);
    if (!sent.ok) return ask('mail-test', questionOf(visit), sent.problem);
    return { to: `${MAIL}?${new URLSearchParams({ test: sent.value })}` };
  },
};

const questionOf = ({ person: { email } }: AdminVisit) => ({ back: MAIL, values: { email } });

export const mailPages: readonly AdminPage[] = [mails, test];
