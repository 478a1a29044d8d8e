/** Of a person: what they would be asked now, what was decided when they wanted in, and where the two differ. */
import { ACCOUNT_CLIENT } from '../../../../oidc/clients/own/own-clients.ts';
import { addressText } from '../../../../net/address.ts';
import { shownNames } from '../../../../oidc/clients/client-names.ts';
import { listSignIns } from '../../../../operations/audit/list-sign-ins.ts';
import { explainSignIn } from '../../../../operations/explain-sign-in.ts';
import type { Moment, SignInAttempt } from '../../../../audit/sign-in-attempts.ts';
import type { ExplainedStep } from '../../../../policy/explain.ts';
import { ACR, FACTORS } from '../../../../policy/factors.ts';
import { FACTOR_IDS } from '../../../../records/factor-id.ts';
import { LEVELS } from '../../../../records/proof.ts';
import { browserName } from '../../../../text/browser-name.ts';
import { remembering } from '../../../../timing/remembering.ts';
import { valueOr } from '../../../signed-in/found.ts';
import { wordsOf } from '../../event-words.ts';
import type { AdminVisit } from '../../page.ts';
import { PEOPLE } from '../../person.ts';

/** Of a sign-in to the account pages, which are open to everybody. */
export async function stepsOf({ parts, performed }: AdminVisit, id: string) {
  const asked = await explainSignIn(parts, performed, id, { client: ACCOUNT_CLIENT });
  return valueOr(asked, PEOPLE).steps.map(stepShown);
}

/** The last ones, each with what would be asked now where that is another. */
export async function signInsOf(visit: AdminVisit, id: string) {
  const { parts, performed } = visit;
  const attempts = valueOr(await listSignIns(parts, performed, id), PEOPLE);
  const appOf = remembering(shownNames(parts.store));
  const stepsNow = askedNow(visit, id);
  return Promise.all(
    attempts.map(async (attempt) => {
      const { at, client, address, userAgent, ending, moments, decided } = attempt;
      const now = (await stepsNow(attempt)) ?? [];
      return {
        at,
        ending,
        app: client === null ? null : ((await appOf(client)) ?? client),
        where: [userAgent === null ? '' : browserName(userAgent), addressText(address)].filter(
          (word) => word !== '',
        ),
        moments: moments.map((moment, at) => momentShown(moment, moments.slice(0, at))),
        now: decided && now.length > 0 && isOther(decided, now) ? now.map(stepShown) : null,
      };
    }),
  );
}

/** Of the same app, asked for the same; undefined: it is gone, or nothing had been decided. */
function askedNow({ parts, performed }: AdminVisit, id: string) {
  const explained = remembering(async (asked: string) => {
    const [client = '', acrValues = ''] = asked.split('\n');
    const now = await explainSignIn(parts, performed, id, { client, acrValues });
    return now.ok ? now.value.steps : null;
  });
  return async ({ client, decided }: SignInAttempt): Promise<ExplainedStep[] | null> =>
    client && decided ? explained(`${client}\n${acrIn(decided.reasons)}`) : null;
}

/** That the app asked for then. */
function acrIn(reasons: readonly string[]): string {
  const [, level] = reasons.flatMap((reason) => ASKED.exec(reason) ?? []);
  const known = LEVELS.find((one) => one === level);
  return known === undefined ? '' : ACR[known];
}
const ASKED = /^request asks for acr \((\w+)\)$/u;

/** Is what was decided last not what it would be now: another step, of other factors, or for other reasons? */
function isOther(
  { step, factors, reasons }: NonNullable<SignInAttempt['decided']>,
  now: readonly ExplainedStep[],
): boolean {
  const same = now.find((one) => one.step === step);
  if (!same) return true;
  const isAnother = step !== 'password' && !isSameSet(factors, same.factors);
  return isAnother || !isSameSet(lasting(reasons), lasting(same.reasons));
}

/** Those that are not of one request, without how much of it. */
function lasting(reasons: readonly string[]): string[] {
  return wordsOf({ details: {}, reasons }).reasons.filter((key) => !OF_ONE.has(key));
}
const OF_ONE: ReadonlySet<string> = new Set(['fresh', 'cancelled', 'set-up']);

function isSameSet(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((value) => other.includes(value));
}

function stepShown({ step, factors, reasons }: ExplainedStep) {
  return {
    step,
    factors: factors.map((factor) => FACTORS[factor].label),
    // Those that have words of their own (`person.why`); others are plain from the step.
    reasons: wordsOf({ details: {}, reasons }).reasons,
  };
}

function momentShown({ kind, methods, reasons, asked, times }: Moment, before: readonly Moment[]) {
  // Of a wrong one the first says what was wrong with it, the others why it was asked for.
  const isWrong = kind === 'wrong';
  const isTold = isWrong && before.some((earlier) => earlier.asked !== null);
  const why = wordsOf({ details: {}, reasons: isWrong ? reasons.slice(0, 1) : reasons });
  return {
    kind: kind === 'refused' && why.reasons.includes('cancelled') ? 'cancelled' : kind,
    methods: labelsOf(methods),
    times,
    reasons: why.reasons.filter((key) => key !== 'cancelled'),
    recorded: why.recorded.filter((reason) => reason !== NOBODY_YET),
    asked: asked && !isTold ? { step: asked.step, factors: labelsOf(asked.factors) } : null,
    askedFor: isWrong && !isTold ? wordsOf({ details: {}, reasons: reasons.slice(1) }).reasons : [],
  };
}

/** Of any first step: nothing that has to be told. */
const NOBODY_YET = 'no password proof that counts';

/** Of a factor, that of its table; the others have words of their own. What an older or newer version calls otherwise has none. */
function labelsOf(methods: readonly string[]): string[] {
  return methods.flatMap((method) => {
    const factor = FACTOR_IDS.find((id) => id === method);
    if (factor !== undefined) return [FACTORS[factor].label];
    return OTHER_METHODS.has(method) ? [method] : [];
  });
}
const OTHER_METHODS: ReadonlySet<string> = new Set(['password', 'trusted-computer']);
