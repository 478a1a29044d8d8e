/** People → the person → Activity: what happened to them, newest first. */
import { listEventsAbout } from '../../../operations/audit/list-events.ts';
import { valueOr } from '../../signed-in/found.ts';
import { hasRowFor, pathOf, type AdminPage } from '../page.ts';
import { PEOPLE, personFrame, personOf, personPath } from '../person.ts';
import { shownEvents } from '../shown-events.ts';

export const personActivity: AdminPage = {
  path: `${PEOPLE}/:id/activity`,
  operation: 'person.list-activity',
  section: 'people',
  fresh: false,

  async show(visit) {
    const shown = await personOf(visit);
    const { parts, performed, ctx } = visit;
    const { id } = shown.who.person;
    const here = personPath(id, 'activity');
    const after = ctx.URL.searchParams.get('after') ?? undefined;
    const page = valueOr(await listEventsAbout(parts, performed, id, after), here);
    const log = `${pathOf('audit')}?${new URLSearchParams({ person: id })}`;
    const context = {
      ...personFrame(visit, shown, 'activity'),
      shown: await shownEvents(visit, page.events),
      log: hasRowFor(visit.person, 'audit.list') ? log : null,
      first: after === undefined ? null : here,
      next: page.next === undefined ? null : `${here}?${new URLSearchParams({ after: page.next })}`,
    };
    return { show: 'admin/person-activity', context };
  },
};
