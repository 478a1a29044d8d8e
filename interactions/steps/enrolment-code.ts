/** After a reset: the code that the administrator has handed over, before anything is set up anew. */
import { z } from 'zod';
import {
  ONE_TIME_RULE,
  enrolmentCodeCounter,
  forgiveAttempts,
  takeAttempt,
} from '../../src/throttling/attempts.ts';
import { refusalNotice } from '../../src/factors/code-notice.ts';
import { checkEnrolmentCode } from '../../src/operations/factors/enrolment-code.ts';
import { tenCharacters } from '../../src/factors/one-time-codes.ts';
import { parseFields, text } from '../../src/web/forms.ts';
import type { Notice } from '../../src/web/pages.ts';
import { daysToPostpone } from '../parts/other-ways.ts';
import { changeVisit, recordRefusal } from '../parts/report.ts';
import type { Answer, Step, Visit } from '../step.ts';

const form = z.object({ code: text(64) });

export const enrolmentCode: Step = {
  name: 'enrolment-code',

  async show(visit) {
    return page(visit, null);
  },

  async submit(visit, fields) {
    const parsed = parseFields(form, fields);
    const { person, parts, now } = visit;
    if (!person) return { next: true };
    if (!parsed.ok || tenCharacters(parsed.values.code) === undefined)
      return page(visit, 'enrolment-code-format', 400);
    const counter = enrolmentCodeCounter(person.id);
    const taken = await takeAttempt(parts.store, counter, ONE_TIME_RULE, now);
    if (!taken.taken) {
      await recordRefusal(visit, 'code.refused', [taken.reason]);
      return page(visit, refusalNotice(taken), 429);
    }
    const verdict = checkEnrolmentCode(parts.vault, person, parsed.values.code, now);
    if (verdict !== 'accepted') {
      await recordRefusal(visit, 'code.refused', [`enrolment-code-${verdict}`]);
      return page(visit, `enrolment-code-${verdict}`, 400);
    }
    await forgiveAttempts(parts.store, counter, ONE_TIME_RULE, taken.failures, now);
    // It stays good until a factor is active, which spends it: closing the tab loses nothing.
    await changeVisit(visit, (record) => ({ ...record, enrolmentCodeShown: true }));
    return { next: true };
  },
};

function page(visit: Visit, said: Notice | string | null, status = 200): Answer {
  const problem = typeof said === 'string' ? { code: said, values: {} } : said;
  const login = visit.person?.login ?? '';
  const context = { problem, errors: {}, login, postpone: daysToPostpone(visit) };
  return { show: 'interactions/enrolment-code', context, status };
}
