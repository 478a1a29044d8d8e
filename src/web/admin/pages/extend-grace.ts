/** People → the person → Security: the day from which a second factor is required of them, put off once. */
import { z } from 'zod';
import {
  extendGrace,
  LONGEST_EXTENSION,
  LONGEST_REASON,
} from '../../../operations/rollout/extend-grace.ts';
import { startOfDay } from '../../../text/day-of.ts';
import { parseFields, text, type Fields } from '../../forms.ts';
import type { Answer } from '../../signed-in/page.ts';
import { errorsOf, type Errors } from '../errors.ts';
import { requireMay, type AdminPage, type AdminVisit } from '../page.ts';
import { PEOPLE, personFrame, personOf, personPath, targetOf } from '../person.ts';

const form = z.object({
  until: text(100)
    .transform((typed) => typed.trim())
    .refine((typed) => startOfDay(typed) !== undefined, 'date-format'),
  reason: text(2000).pipe(z.string().trim().min(1, 'required')),
});

const FIELD_OF: Readonly<Record<string, string>> = {
  'reason-format': 'reason',
  'reason-missing': 'reason',
};

export const extendGracePage: AdminPage = {
  path: `${PEOPLE}/:id/extend-grace`,
  operation: 'person.extend-grace',
  section: 'people',
  fresh: true,
  show: (visit) => formPage(visit, visit.held, {}),
  async submit(visit, fields) {
    const parsed = parseFields(form, fields);
    if (!parsed.ok) return formPage(visit, fields, parsed.errors, 400);
    const { parts, performed } = visit;
    const { person } = (await personOf(visit)).who;
    const { until: day, reason } = parsed.values;
    const until = startOfDay(day) ?? 0;
    const done = await extendGrace(parts, performed, person.id, { until, reason });
    if (!done.ok) {
      const { problem } = done;
      const told =
        problem.code === 'grace-past'
          ? { until: 'date-past' }
          : errorsOf(problem, 'until', (code) => FIELD_OF[code]);
      return formPage(visit, fields, told, problem.status);
    }
    const said = { what: 'person-grace-extended', values: { name: person.name, until } };
    return { to: personPath(person.id, 'security'), said };
  },
};

async function formPage(
  visit: AdminVisit,
  fields: Fields,
  errors: Errors,
  status = 200,
): Promise<Answer> {
  const shown = await personOf(visit);
  const { person } = shown.who;
  const back = personPath(person.id, 'security');
  requireMay(visit, 'person.extend-grace', targetOf(person), back);
  const context = {
    ...personFrame(visit, shown, 'security'),
    from: shown.requiredFrom,
    isDue: shown.requiredFrom !== null && shown.requiredFrom <= visit.now,
    until: fields['until'] ?? '',
    reason: fields['reason'] ?? '',
    days: LONGEST_EXTENSION,
    most: LONGEST_REASON,
    back,
    errors,
  };
  return { show: 'admin/person-extend-grace', context, status };
}
