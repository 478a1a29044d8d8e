/** `/admin/audit`: what happened, newest first, by what the address says; and the same as a file. */
import { EVENT_TYPES } from '../../../../audit/event.ts';
import { EVENTS_SHOWN } from '../../../../operations/audit/events-query.ts';
import { EVENT_FORMATS, eventFile } from '../../../../operations/audit/export-events.ts';
import { allEvents, listEvents } from '../../../../operations/audit/list-events.ts';
import { valueOr } from '../../../signed-in/found.ts';
import { exportFile, formatIn } from '../../export-file.ts';
import type { AdminPage } from '../../page.ts';
import { shownEvents } from '../../shown-events.ts';
import { AUDIT, filtersOf, hrefOf } from './filters.ts';

const list: AdminPage = {
  path: AUDIT,
  operation: 'audit.list',
  section: 'audit',
  fresh: false,

  async show(visit) {
    const { parts, performed } = visit;
    const { query, typed } = await filtersOf(visit);
    const page = valueOr(
      await listEvents(parts, performed, { ...query, limit: EVENTS_SHOWN }),
      AUDIT,
    );
    const context = {
      shown: await shownEvents(visit, page.events),
      filters: typed,
      isFiltered: Object.keys(typed).length > 0,
      types: EVENT_TYPES,
      files: EVENT_FORMATS.map((format) => ({
        format,
        href: hrefOf({ ...typed, format }, 'export'),
      })),
      first: query.after === undefined ? null : hrefOf(typed),
      next: page.next === undefined ? null : hrefOf({ ...typed, after: page.next }),
    };
    return { show: 'admin/audit', context };
  },
};

/** All of what is filtered, read as it is sent. */
const exported: AdminPage = {
  path: `${AUDIT}/export`,
  operation: 'audit.list',
  section: 'audit',
  fresh: false,

  async show(visit) {
    const { parts, performed, now } = visit;
    const { query } = await filtersOf(visit);
    const { after: _, ...all } = query;
    // What is refused is refused with a page, before the file begins.
    valueOr(await listEvents(parts, performed, { ...all, limit: 1 }), AUDIT);
    const format = formatIn(visit.ctx.URL);
    return exportFile('audit', format, now, eventFile(allEvents(parts, performed, all), format));
  },
};

export const auditPages: readonly AdminPage[] = [list, exported];
