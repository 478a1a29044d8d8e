/** What the pages with the one box for codes share: the other ways, the offer of trust, the submission. */
import { z } from 'zod';
import type { FactorId } from '../../src/records/factor-id.ts';
import { FACTORS } from '../../src/policy/factors.ts';
import { secondOfStep } from '../../src/factors/totp.ts';
import { parseFields, text, type Fields } from '../../src/web/forms.ts';
import type { Notice } from '../../src/web/pages.ts';
import { daysOfTrust } from './computer.ts';
import type { CountersRead } from './counters-ahead.ts';
import { verifyCode } from './verify-code.ts';
import { otherWays } from './other-ways.ts';
import type { Answer, Visit } from '../step.ts';

const form = z.object({ code: text(64), trust: text(3) });

interface Beside {
  /** What the page says besides. */
  more?: object;
  /** As the step has begun it. */
  ahead?: Promise<CountersRead | undefined> | undefined;
}

/** Checks what was typed into the box of `factor`'s page. */
export async function submitCode(
  visit: Visit,
  factor: FactorId,
  fields: Fields,
  { more, ahead }: Beside = {},
): Promise<Answer> {
  const { person } = visit;
  if (!person) return { next: true };
  const parsed = parseFields(form, fields);
  if (!parsed.ok)
    return codePage(
      visit,
      factor,
      { problem: { code: 'code-format', values: {} }, status: 400 },
      more,
    );
  const { code, trust } = parsed.values;
  const given = { code, trust: trust === 'yes', page: factor };
  const verified = await verifyCode(visit, person, given, await ahead);
  if (verified.refused) return codePage(visit, factor, verified.refused, more);
  return { next: verified.next ?? true };
}

export function codePage(
  visit: Visit,
  factor: FactorId,
  said: { problem: Notice | null; status: number } = { problem: null, status: 200 },
  more: object = {},
): Answer {
  const context = {
    login: visit.person?.login ?? '',
    problem: said.problem,
    errors: {},
    second: secondOfStep(visit.now),
    others: otherWays(visit, factor),
    trustDays: FACTORS[factor].mayTrust ? daysOfTrust(visit) : 0,
    ...more,
  };
  return { show: `interactions/${factor}`, context, status: said.status };
}
