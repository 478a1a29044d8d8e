/** People → the person → Lock down: everything in one act, when somebody else may be in the account. */
import {
  LOCK_DOWN_UNTIL,
  lockDownInput,
  lockDownPerson,
} from '../../../../operations/people/security/lock-down-person.ts';
import { listFactors } from '../../../../policy/enrolled-factors.ts';
import type { Problem } from '../../../../problem.ts';
import { parseFields } from '../../../forms.ts';
import { changedMeanwhile } from '../../../signed-in/found.ts';
import type { Answer } from '../../../signed-in/page.ts';
import { requireMay, type AdminPage, type AdminVisit } from '../../page.ts';
import { offered, PEOPLE, personFrame, personOf, personPath, targetOf } from '../../person.ts';

interface Shown {
  errors?: Record<string, string>;
  problem?: Problem | null;
  status?: number;
}

export const lockDownPage: AdminPage = {
  path: `${PEOPLE}/:id/lock-down`,
  operation: 'person.lock-down',
  section: 'people',
  fresh: true,

  show: async (visit) => question(visit, visit.held['until'] ?? LOCK_DOWN_UNTIL[0], {}),

  async submit(visit, fields) {
    const { until = '' } = fields;
    const parsed = parseFields(lockDownInput, { until });
    if (!parsed.ok) return question(visit, until, { errors: parsed.errors, status: 400 });
    const { parts, performed } = visit;
    const { person } = (await personOf(visit)).who;
    const back = personPath(person.id, 'security');
    const done = await lockDownPerson(parts, performed, person.id, parsed.values);
    if (!done.ok && done.problem.code === 'changed-meanwhile') throw changedMeanwhile(back);
    if (!done.ok)
      return question(visit, until, { problem: done.problem, status: done.problem.status });
    const what = `person-lock-down-${parsed.values.until}`;
    return { to: back, said: { what, values: { name: person.name } } };
  },
};

/** What ends, and for whom. */
async function question(visit: AdminVisit, until: string, shown: Shown): Promise<Answer> {
  const { errors = {}, problem = null, status = 200 } = shown;
  const found = await personOf(visit);
  const { person } = found.who;
  const back = personPath(person.id);
  requireMay(visit, 'person.lock-down', targetOf(person), back);
  const context = {
    ...personFrame(visit, found, 'security'),
    counts: {
      sessions: found.sessions,
      computers: found.computers,
      passcodes: person.passcodes.length,
    },
    factors: listFactors(person)
      .filter(({ factor }) => factor !== 'one-time-codes')
      .reduce((count, { items }) => count + items.length, 0),
    passwordSet: person.passwordHash !== null,
    choices: LOCK_DOWN_UNTIL,
    until,
    reset:
      offered(visit, person, [
        { page: 'reset', operation: 'person.reset-factors', applies: true },
      ])[0]?.href ?? null,
    back,
    errors,
    problem,
  };
  return { show: 'admin/person-lock-down', context, status };
}
