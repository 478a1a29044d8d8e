/** After a reset: the code that the administrator has handed over, before anything is set up anew. */
import { z } from 'zod';
import { attempt, type Refusal } from '../../../src/throttling/attempt.ts';
import { ONE_TIME_RULE, enrolmentCodeCounter } from '../../../src/throttling/attempts.ts';
import { refusalNotice } from '../../../src/factors/code-notice.ts';
import { checkEnrolmentCode } from '../../../src/operations/factors/enrolment-code.ts';
import { tenCharacters } from '../../../src/factors/one-time-codes.ts';
import { parseFields, text } from '../../../src/web/forms.ts';
import type { Notice } from '../../../src/web/pages.ts';
import { daysToPostpone } from '../../parts/other-ways.ts';
import { previousOf } from '../../parts/previous-page.ts';
import { changeVisit, recordRefusal } from '../../parts/report.ts';
import type { Answer, Step, Visit } from '../../step.ts';

const form = z.object({ code: text(64) });

export const enrolmentCode: Step = {
  name: 'enrolment-code',

  async show(visit) {
    return codePage(visit, null);
  },

  async submit(visit, fields) {
    const parsed = parseFields(form, fields);
    const { person, parts, now } = visit;
    if (!person) return { next: true };
    if (!parsed.ok || tenCharacters(parsed.values.code) === undefined)
      return codePage(visit, 'enrolment-code-format', 400);
    const counter = { id: enrolmentCodeCounter(person.id), rule: ONE_TIME_RULE };
    const compare = async (): Promise<Verdict> => ({
      verdict: checkEnrolmentCode(parts.vault, person, parsed.values.code, now),
    });
    const tried = await attempt(
      parts.store,
      [{ counters: [counter], compare, clears: [counter] }],
      now,
      {
        async refused([refused]) {
          const details = { asked: 'enrolment-code' };
          await recordRefusal(visit, 'code.refused', [reasonOf(refused)], { details });
        },
      },
    );
    if (!tried.accepted) return refusedPage(visit, tried.refused[0]);
    // It stays good until a factor is active, which spends it: closing the tab loses nothing.
    await changeVisit(visit, (record) => ({ ...record, enrolmentCodeShown: true }));
    return { next: true };
  },
};

type Verdict = { verdict: 'accepted' } | { verdict: 'wrong' | 'expired' };
type Refused = Refusal<Verdict> | undefined;

function refusedPage(visit: Visit, refused: Refused): Answer {
  return refused && 'reason' in refused
    ? codePage(visit, refusalNotice(refused), 429)
    : codePage(visit, reasonOf(refused), 400);
}

function reasonOf(refused: Refused): string {
  if (refused && 'reason' in refused) return refused.reason;
  return `enrolment-code-${refused?.verdict ?? 'wrong'}`;
}

function codePage(visit: Visit, said: Notice | string | null, status = 200): Answer {
  const problem = typeof said === 'string' ? { code: said, values: {} } : said;
  const login = visit.person?.login ?? '';
  const previous = previousOf(visit, enrolmentCode.name);
  const context = { problem, errors: {}, login, previous, postpone: daysToPostpone(visit) };
  return { show: 'interactions/enrolment-code', context, status };
}
