/** Apps → the app → Who did: sign-ins to it, as the log has them. */
import { EVENTS_SHOWN } from '../../../../operations/audit/events-query.ts';
import { listEvents } from '../../../../operations/audit/list-events.ts';
import { valueOr } from '../../../signed-in/found.ts';
import { APPS, appAt, appFrame, appPath } from '../../apps/app.ts';
import { pathOf, type AdminPage } from '../../page.ts';
import { shownEvents } from '../../shown-events.ts';

export const appUsed: AdminPage = {
  path: `${APPS}/:client/used`,
  operation: 'audit.list',
  section: 'apps',
  fresh: false,

  async show(visit) {
    const seen = await appAt(visit, 'used');
    const { id } = seen.client;
    const { parts, performed, ctx } = visit;
    const after = ctx.URL.searchParams.get('after')?.slice(0, 2000) || undefined;
    const query = { client: id, type: 'sign-in.completed', limit: EVENTS_SHOWN } as const;
    const asked = { ...query, ...(after === undefined ? {} : { after }) };
    const page = valueOr(await listEvents(parts, performed, asked), appPath(id));
    const path = appPath(id, 'used');
    const context = {
      ...appFrame(visit, seen, 'used'),
      shown: await shownEvents(visit, page.events),
      log: `${pathOf('audit')}?${new URLSearchParams({ client: id })}`,
      first: after === undefined ? null : path,
      next: page.next === undefined ? null : `${path}?${new URLSearchParams({ after: page.next })}`,
    };
    return { show: 'admin/app-used', context };
  },
};
