/** People → Export: whom the list shows, as a file that an import reads; written while it is sent. */
import { exportPeople } from '../../../../operations/people/import/export-people.ts';
import { findPeople } from '../../../../operations/people/list/find-people.ts';
import { valueOr } from '../../../signed-in/found.ts';
import { exportFile, formatIn } from '../../export-file.ts';
import type { AdminPage } from '../../page.ts';
import { PEOPLE } from '../../person.ts';
import { asked, EXPORT } from '../people.ts';

export const exportPage: AdminPage = {
  path: EXPORT,
  operation: 'person.list',
  section: 'people',
  fresh: false,

  async show(visit) {
    const { parts, performed, now } = visit;
    const { after: _after, before: _before, ...query } = asked(visit).query;
    const format = formatIn(visit.ctx.URL);
    // What is refused is refused with a page, before the file begins.
    valueOr(await findPeople(parts, performed, { ...query, limit: 1 }), PEOPLE);
    return exportFile('people', format, now, exportPeople(parts, performed, query, format));
  },
};
