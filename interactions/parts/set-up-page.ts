/**
 * A proof can grow old while somebody is still in a set-up (installing an app takes its time). Password
 * and factor are asked for again then, and the set-up goes on at the page that it was at.
 */
import type { FactorId } from '../../src/records/factor-id.ts';
import { FACTORS } from '../../src/policy/factors.ts';
import type { SetUpPage } from '../../src/records/sign-in.ts';
import type { Decision } from '../../src/policy/authentication-context.ts';
import type { Fields } from '../../src/web/forms.ts';
import { changeVisit } from './report.ts';
import type { Visit } from '../step.ts';

/** Characters of a name that is kept on the way. */
const LONGEST_NAME = 60;

/** The factors that could be set up if the proofs for it had not grown old. */
function waiting(decision: Decision): readonly FactorId[] {
  if (decision.next === 'done') return decision.offer?.password ? decision.offer.factors : [];
  return 'toSetUp' in decision ? (decision.toSetUp ?? []) : [];
}

/** Keeps the page of a set-up that is not due, as its person has to prove something first. */
export async function keepSetUpPage(visit: Visit, step: string, fields: Fields): Promise<void> {
  const { record, person, decision, page } = visit;
  const waits = waiting(decision).some((id) => FACTORS[id].enrolStep === step);
  if (record.state !== 'open' || !person || !waits) return;
  const name = (fields['name'] ?? typedName(visit, step)).slice(0, LONGEST_NAME);
  const setUpPage = { person: person.id, step, page: page.slice(0, LONGEST_NAME), name, due: true };
  await changeVisit(visit, (current) => ({ ...current, setUpPage }));
}

/** The page to go back to, once, where its step is due now; undefined: none. */
export async function takeSetUpPage(
  visit: Visit,
  due: readonly string[],
): Promise<SetUpPage | undefined> {
  const { setUpPage } = visit.record;
  if (!setUpPage?.due || setUpPage.person !== visit.person?.id) return undefined;
  if (!due.includes(setUpPage.step)) return undefined;
  await changeVisit(visit, (record) => ({ ...record, setUpPage: { ...setUpPage, due: false } }));
  return setUpPage;
}

/** What was typed as the name of the new factor before the proof was asked for. */
export function typedName({ record, person }: Visit, step: string): string {
  const { setUpPage } = record;
  return setUpPage?.step === step && setUpPage.person === person?.id ? setUpPage.name : '';
}
