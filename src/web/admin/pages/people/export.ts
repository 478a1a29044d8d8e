/** People → Export: whom the list shows, as a file that an import reads; written while it is sent. */
import { exportPeople } from '../../../../operations/people/import/export-people.ts';
import {
  PEOPLE_FORMATS,
  type PeopleFormat,
} from '../../../../operations/people/import/people-file.ts';
import { findPeople } from '../../../../operations/people/list/find-people.ts';
import { dayOf } from '../../../../text/day-of.ts';
import { valueOr } from '../../../signed-in/found.ts';
import type { AdminPage } from '../../page.ts';
import { PEOPLE } from '../../person.ts';
import { asked, EXPORT } from '../people.ts';

const TYPES: Readonly<Record<PeopleFormat, string>> = {
  csv: 'text/csv; charset=utf-8',
  jsonl: 'application/jsonl; charset=utf-8',
};

export const exportPage: AdminPage = {
  path: EXPORT,
  operation: 'person.list',
  section: 'people',
  fresh: false,

  async show(visit) {
    const { parts, performed, now } = visit;
    const { after: _after, before: _before, ...query } = asked(visit).query;
    const given = visit.ctx.URL.searchParams.get('format');
    const format = PEOPLE_FORMATS.find((one) => one === given) ?? 'csv';
    // What is refused is refused with a page, before the file begins.
    valueOr(await findPeople(parts, performed, { ...query, limit: 1 }), PEOPLE);
    return {
      file: exportPeople(parts, performed, query, format),
      type: TYPES[format],
      name: `people-${dayOf(now)}.${format}`,
    };
  },
};
