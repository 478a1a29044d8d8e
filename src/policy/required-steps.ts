/**
 * The one rule of what a sign-in needs next. Pure: everything it looks at is in the context, with
 * `now`. Every authorization goes through it, silent ones and refreshes too.
 */
import type { FactorId } from '../records/factor-id.ts';
import {
  FACTORS,
  compareLevels,
  enrolledFactors,
  hasTemporaryCode,
  isEnrolled,
  levelOf,
} from './factors.ts';
import { LEVELS, type Level, type Proof } from '../records/proof.ts';
import { authentication, shows, stateAs, type Authentication } from './amr.ts';
import type {
  AuthenticationContext,
  AuthenticationRequest,
  Decision,
  Offer,
} from './authentication-context.ts';
import {
  CONFIRM_AFTER,
  identifies,
  isFactor,
  missingProof,
  type MissingProof,
} from './fresh-proof.ts';
import {
  allowedFactors,
  mayEnrol,
  permittedFactors,
  requiredFrom,
  standingFloors,
  trustDays,
  type Floor,
  type Subject,
} from './assurance.ts';
import { shutOutBy } from './apps/who-may.ts';
import { NONE_KNOWN, NOT_CHECKABLE, whyUnmet } from './unmet.ts';

const NOT_OPEN = {
  organisation: 'client is not open to the organisation',
  groups: 'client is open to groups of the organisation that the person is not in',
  role: 'client is open to people with a role above member',
};
/** A code for today is typed and counted as one of these, and proves as much in a sign-in. */
export const TEMPORARY_AS = 'one-time-codes';
const UNCHECKED = 'the factor held can not be checked';

/** Decides the next step and says why. */
export function requiredSteps(situation: AuthenticationContext): Decision {
  const { who, request, client } = situation;
  if (asksForUnknownOnly(request))
    return { next: 'refuse', why: NONE_KNOWN, reasons: ['essential acr unknown'] };
  const proofs = countingProofs(situation);
  if (!who || !proofs.some(identifies))
    return {
      next: 'password',
      ...(request.enrol ? { toSetUp: [request.enrol] } : {}),
      reasons: ['no password proof that counts'],
    };
  const by = shutOutBy(client, who);
  if (by) return { next: 'not-open', by, reasons: [NOT_OPEN[by]] };
  const { floor, reasons } = strictestFloor(situation, who);
  const missing = request.fresh ? missingFrom(situation, who) : undefined;
  if (missing) return { ...missing, reasons: [...reasons, 'a fresh proof is asked for'] };
  const stated = state(request, proofs, floor);
  if (!stated) return stepUp(situation, who, floor, reasons);
  if (request.enrol) return askedSetUp(situation, who, request.enrol, reasons);
  const offer = postponable(situation, who);
  return { next: 'done', authentication: stated, ...(offer ? { offer } : {}), reasons };
}

/** The proofs that count for this request: young enough, and of what is still allowed and trusted. */
export function countingProofs(situation: AuthenticationContext): Proof[] {
  const { who, client, available, trusted } = situation;
  const allowed = who ? allowedFactors(who, available) : available;
  return youngProofs(situation).filter((proof) => {
    if (proof.method === 'password') return true;
    if (proof.method !== 'trusted-computer') return allowed.includes(proof.method);
    const accepted = who !== undefined && trustDays(who, client) > 0;
    return accepted && proof.computer !== undefined && trusted.includes(proof.computer);
  });
}

function youngProofs({ who, proofs, request, now }: AuthenticationContext): Proof[] {
  const oldest = request.maxAge === undefined ? -Infinity : now - request.maxAge * 1000;
  return proofs.filter(
    ({ at, method }) =>
      (at >= request.startedAt || (!request.forceLogin && at >= oldest)) &&
      !(isFactor(method) && who && FACTORS[method].isSuspended(who.person)),
  );
}

/** Is `level` enough for this person at this client, whatever a request adds? Used for refreshes. */
export function meetsStandingFloor(
  level: Level,
  {
    who,
    client,
    available,
    now,
  }: Pick<AuthenticationContext, 'client' | 'available' | 'now'> & { who: Subject },
): boolean {
  if (shutOutBy(client, who)) return false;
  const floors = standingFloors(who, client, available, now);
  return floors.every(({ floor }) => compareLevels(level, floor) >= 0);
}

function strictestFloor(
  { client, request, available, now }: AuthenticationContext,
  who: Subject,
): { floor: Level; reasons: string[] } {
  const floors = standingFloors(who, client, available, now);
  const asked = weakest(request.essentialAcr) ?? weakest(request.acrValues);
  if (asked) floors.push({ floor: asked, reason: 'request asks for acr' });
  const strictest = floors.reduce<Level>(
    (level, { floor }) => (compareLevels(floor, level) > 0 ? floor : level),
    'password',
  );
  return { floor: strictest, reasons: floors.map(told) };
}

function told({ floor, reason }: Floor): string {
  return `${reason} (${floor})`;
}

function state(
  request: AuthenticationRequest,
  proofs: readonly Proof[],
  floor: Level,
): Authentication | undefined {
  const best = authentication(proofs);
  if (!best || compareLevels(best.level, floor) < 0) return undefined;
  if (!request.essentialAcr) return best;
  return knownLevels(request.essentialAcr)
    .toReversed()
    .map((level) => stateAs(level, proofs))
    .find((stated) => stated !== undefined && shows(stated, floor));
}

/**
 * Something is missing: a factor that the person has, else one that can be enrolled, else never.
 * Where the person has a factor, only a fresh proof of the strongest one leads to another.
 */
function stepUp(
  situation: AuthenticationContext,
  who: Subject,
  floor: Level,
  reasons: string[],
): Decision {
  const { person } = who;
  const enough = allowedFactors(who, situation.available).filter(
    (id) => compareLevels(FACTORS[id].level, floor) >= 0,
  );
  const held = enrolledFactors(person);
  const isForToday = hasTemporaryCode(person, situation.now) && enough.includes(TEMPORARY_AS);
  const usable = enough.filter((id) => held.includes(id) || (isForToday && id === TEMPORARY_AS));
  const temporary = isForToday ? { temporary: true as const } : {};
  if (usable.length > 0) return { next: 'factor', factors: usable, ...temporary, reasons };

  const factors = enough.filter((id) => FACTORS[id].enrolStep !== null);
  if (factors.length === 0 || !mayEnrol(who))
    return refusal(situation, who, floor, [...reasons, 'no factor can meet it']);
  const missing = missingBeforeSetUp(situation, who);
  if (missing?.next === 'refuse')
    return refusal(situation, who, floor, [...reasons, UNCHECKED], NOT_CHECKABLE);
  if (missing) {
    const told = [...reasons, 'a fresh proof before another factor'];
    return { ...missing, toSetUp: factors, reasons: told };
  }
  return enrol(situation, who, factors, reasons);
}

function missingFrom(
  { available, now, ...situation }: AuthenticationContext,
  who: Subject,
): MissingProof | undefined {
  return missingProof(who, {
    proofs: youngProofs({ ...situation, available, now }),
    available,
    now,
  });
}

/** What has grown old while the set-up is open is judged by its age, the confirmation by when it was asked for. */
function missingBeforeSetUp(
  situation: AuthenticationContext,
  who: Subject,
): MissingProof | undefined {
  const since = situation.request.startedAt - CONFIRM_AFTER;
  const isConfirmed = youngProofs(situation).some(
    (proof) => identifies(proof) && proof.at >= since,
  );
  return isConfirmed ? missingFrom(situation, who) : { next: 'password' };
}

/** An administrator can help whoever has only a factor that would do and is barred. */
function refusal(
  situation: AuthenticationContext,
  who: Subject,
  floor: Level,
  reasons: string[],
  why = whyUnmet(who, situation.available, floor),
): Decision {
  const isBarred = permittedFactors(who, situation.available).some(
    (id) => FACTORS[id].isSuspended(who.person) && compareLevels(FACTORS[id].level, floor) >= 0,
  );
  return isBarred
    ? {
        next: 'factor-barred',
        reasons: [...reasons, 'the password was set by a link to that address'],
      }
    : { next: 'refuse', why, reasons };
}

/** The person wants it: after a fresh proof of the password and of the strongest factor that they have. */
function askedSetUp(
  situation: AuthenticationContext,
  who: Subject,
  factor: FactorId,
  reasons: string[],
): Decision {
  const { person } = who;
  const enrollable = allowedFactors(who, situation.available).filter(
    (id) => FACTORS[id].enrolStep !== null,
  );
  if (!enrollable.includes(factor) || !mayEnrol(who))
    return { next: 'refuse', reasons: [...reasons, 'the factor can not be set up'] };
  const told = [...reasons, 'a set-up was asked for'];
  // Whoever has none yet may take another one instead.
  const others = isEnrolled(person) ? [] : enrollable.filter((id) => id !== factor);
  const factors = [factor, ...others];
  const missing = missingBeforeSetUp(situation, who);
  if (missing?.next === 'refuse')
    return { next: 'refuse', why: NOT_CHECKABLE, reasons: [...told, UNCHECKED] };
  return missing
    ? { ...missing, toSetUp: factors, reasons: told }
    : enrol(situation, who, factors, told);
}

function enrol(
  situation: AuthenticationContext,
  who: Subject,
  factors: FactorId[],
  reasons: string[],
): Decision {
  if (needsEnrolmentCode(situation, who))
    return { next: 'enrolment-code', reasons: [...reasons, 'factors were reset'] };
  return { next: 'enrol', factors, reasons };
}

function needsEnrolmentCode(
  { enrolmentCodeShown }: AuthenticationContext,
  { person }: Subject,
): boolean {
  return person.enrolmentCode !== null && !enrolmentCodeShown;
}

/** A set-up that will be required, of somebody who has none and could make one now. */
function postponable(situation: AuthenticationContext, who: Subject): Offer | undefined {
  const { available, now } = situation;
  const until = requiredFrom(who);
  if (until === undefined || until <= now || isEnrolled(who.person)) return undefined;
  const factors = allowedFactors(who, available).filter((id) => FACTORS[id].enrolStep !== null);
  if (factors.length === 0) return undefined;
  const first = {
    ...(missingBeforeSetUp(situation, who) ? { password: true as const } : {}),
    ...(needsEnrolmentCode(situation, who) ? { enrolmentCode: true as const } : {}),
  };
  return { factors, until, ...first };
}

function asksForUnknownOnly({ essentialAcr }: AuthenticationRequest): boolean {
  return essentialAcr !== undefined && knownLevels(essentialAcr).length === 0;
}

function knownLevels(values: readonly string[] | undefined): Level[] {
  const levels = (values ?? []).map(levelOf).filter((level) => level !== undefined);
  return LEVELS.filter((level) => levels.includes(level));
}

function weakest(values: readonly string[] | undefined): Level | undefined {
  return knownLevels(values)[0];
}
