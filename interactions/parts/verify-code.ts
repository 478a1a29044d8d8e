/**
 * The one box that takes a code of any factor that is due: it is tried as each of those that it can be. A
 * try is taken before anything is compared; what a wrong code was is said, as only somebody who knows
 * the password comes here, and it has cost a try.
 */
import { attempt, type Refusal, type Telling, type Try } from '../../src/throttling/attempt.ts';
import type { NotTaken } from '../../src/throttling/attempts.ts';
import { refusalNotice, type CodeNotice } from '../../src/factors/code-notice.ts';
import { clearedBy, counterOf } from '../../src/factors/counters.ts';
import { VERIFY, type FactorRefused, type FactorVerdict } from '../../src/factors/verify.ts';
import { tellSuspension } from '../../src/operations/factors/tell-suspension.ts';
import { FACTORS, compareLevels } from '../../src/policy/factors.ts';
import type { FactorId } from '../../src/records/factor-id.ts';
import type { Person } from '../../src/records/person.ts';
import { countedFor } from './counted-for.ts';
import type { CountersRead } from './counters-ahead.ts';
import { askedFor, performedIn, recordRefusal } from './report.ts';
import { addProven, trialOf } from './trial.ts';
import type { Visit } from '../step.ts';

export interface RefusedCode {
  problem: CodeNotice;
  status: number;
}
/** Of one that was accepted the proof is in the record; `next`: the visit as it goes on, where that is known. */
export type VerifiedCode = { refused: RefusedCode } | { refused?: never; next: Visit | undefined };

const FORMAT: RefusedCode = { problem: { code: 'code-format', values: {} }, status: 400 };

/** `page`: of which factor the page is that it was typed on; `ahead`: counters that have been read already. */
export async function verifyCode(
  visit: Visit,
  person: Person,
  { code, trust, page }: { code: string; trust: boolean; page: FactorId },
  ahead?: CountersRead,
): Promise<VerifiedCode> {
  const typed = typedCodes(visit, code);
  if (typed.length === 0) return { refused: FORMAT };
  const counted = await countedFor(visit, person.id);
  const factors = typed.map(({ factor }) => factor);
  const tries = typed.map(({ factor, given }): Try<FactorVerdict, Visit | undefined> => {
    const tried = { factor, trust, computer: counted.computer };
    return {
      counters: [counterOf(factor, counted)],
      compare: () => VERIFY[factor].compare(trialOf(visit, person, tried), given),
      accepted: (verdict, settle) => addProven(visit, verdict, tried, settle),
      clears: clearedBy(factor, counted),
    };
  });
  const wanted = factors.flatMap((id) => [counterOf(id, counted), ...clearedBy(id, counted)]);
  const isRead = wanted.every(({ id }) => ahead?.ids.has(id));
  const judged = (refused: readonly Refusal<FactorVerdict>[]): Judged =>
    judge(
      refused.flatMap((result, at) => ({ result, factor: factors[at] ?? page })),
      page,
    );
  const telling: Telling<FactorVerdict> = {
    async refused(refused) {
      const { reason, asked } = judged(refused);
      const { decision } = visit;
      const details = { asked, ...askedFor(decision) };
      await recordRefusal(visit, 'sign-in.factor', [reason, ...decision.reasons], { details });
    },
    suspended: () =>
      tellSuspension(visit.parts, performedIn(visit, person), person, { counted, factors }),
  };
  const known = isRead ? ahead?.known : undefined;
  const tried = await attempt(visit.parts.store, tries, visit.now, telling, known);
  return tried.accepted ? { next: tried.followed } : { refused: judged(tried.refused).told };
}

/** What it can be a code of, the weakest first. */
function typedCodes({ decision }: Visit, code: string): { factor: FactorId; given: string }[] {
  const due = decision.next === 'factor' ? decision.factors : [];
  return due
    .flatMap((factor) => {
      const given = VERIFY[factor].recognise?.(code);
      return given === undefined ? [] : [{ factor, given }];
    })
    .toSorted((a, b) => compareLevels(FACTORS[a.factor].level, FACTORS[b.factor].level));
}

interface Judged {
  told: RefusedCode;
  reason: string;
  /** Of which factor the page spoke; the code may have been meant for others as well. */
  asked: FactorId;
}
interface Tried {
  factor: FactorId;
  result: FactorRefused | NotTaken;
}

/**
 * What the page says, and what is recorded. A code that was recognised goes before one that is merely
 * wrong; else the page tells what became of its own kind of code.
 */
function judge(tried: readonly Tried[], page: FactorId): Judged {
  const compared = tried.filter(({ result }) => 'verdict' in result);
  const recognised = compared.find(
    ({ result }) => 'verdict' in result && result.verdict !== 'wrong',
  );
  const told = recognised ?? tried.find(({ factor }) => factor === page) ?? compared[0] ?? tried[0];
  if (!told) throw new Error('Nothing was tried.');
  const reason = reasonOf(recognised ?? compared[0] ?? told);
  return { told: notice(told), reason, asked: told.factor };
}

function notice({ factor, result }: Tried): RefusedCode {
  return 'verdict' in result
    ? { problem: VERIFY[factor].notice(result), status: 400 }
    : { problem: refusalNotice(result), status: 429 };
}

function reasonOf({ factor, result }: Tried): string {
  return 'verdict' in result ? `${FACTORS[factor].refusedAs}-${result.verdict}` : result.reason;
}
