/** People → the person → Mails: what was sent to them, and what the mail server answered. */
import { lastInvitation, listMails } from '../../../../operations/people/security/list-mails.ts';
import type { Person } from '../../../../records/person.ts';
import { valueOr } from '../../../signed-in/found.ts';
import type { AdminPage, AdminVisit } from '../../page.ts';
import { offered, PEOPLE, personFrame, personOf, personPath } from '../../person.ts';

export const mailsPage: AdminPage = {
  path: `${PEOPLE}/:id/mails`,
  operation: 'person.list-mails',
  section: 'people',
  fresh: false,

  async show(visit) {
    const shown = await personOf(visit);
    const { person } = shown.who;
    const { parts, performed, ctx } = visit;
    const after = ctx.URL.searchParams.get('after') ?? undefined;
    const page = valueOr(await listMails(parts, performed, person.id, after), PEOPLE);
    const here = personPath(person.id, 'mails');
    const context = {
      ...personFrame(visit, shown, 'mails'),
      mails: page.mails,
      sends: parts.config.mail.smtp_url !== undefined,
      invitation: await invitationOf(visit, person),
      first: after === undefined ? null : here,
      next: page.next === undefined ? null : `${here}?${new URLSearchParams({ after: page.next })}`,
    };
    return { show: 'admin/person-mails', context };
  },
};

/** How far somebody has come who has set no password yet; null: they have, or nobody can invite them. */
export async function invitationOf(visit: AdminVisit, person: Person) {
  if (person.passwordHash !== null || !person.active || person.service) return null;
  const { parts, performed, now } = visit;
  const mail = valueOr(await lastInvitation(parts, performed, person.id), PEOPLE);
  const [again = null] = offered(visit, person, [
    { page: 'invite', operation: 'person.send-link', applies: true },
  ]);
  const until = mail?.notAfter ?? null;
  const isOver = until !== null && until <= now;
  const state = mail === null ? 'none' : isOver ? 'over' : mail.state;
  return { state, at: mail?.orderedAt ?? null, until, answer: mail?.answer ?? null, again };
}
