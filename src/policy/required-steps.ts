/**
 * The one rule of what a sign-in needs next. Pure: everything it looks at is in the situation, with
 * `now`. Every authorization goes through it, silent ones and refreshes too.
 */
import type { Organisation } from '../accounts/organisation.ts';
import type { Person } from '../accounts/person.ts';
import {
  FACTORS,
  FACTOR_IDS,
  LEVELS,
  compareLevels,
  heldFactors,
  levelOf,
  type FactorId,
  type Level,
  type Proof,
} from '../factors/factor.ts';
import { authentication, stateAs, type Authentication } from '../oidc/amr.ts';

/** What the relying party asks for in this request. */
export interface AuthenticationRequest {
  /** Voluntary `acr_values`; unknown ones are ignored, the weakest known one is a floor. */
  acrValues: readonly string[];
  /** Values of an essential `acr` claim (OIDC Core §5.5.1.1), or undefined when it is not essential. */
  essentialAcr: readonly string[] | undefined;
  /** Seconds (OIDC Core §3.1.2.1), or undefined. */
  maxAge: number | undefined;
  /** `prompt=login`: only proofs made for this request count. */
  forceLogin: boolean;
  /** When the request came (milliseconds since the epoch): what is proven for it stays young enough for it. */
  startedAt: number;
}

export interface Situation {
  /** Undefined until the password has told who it is. */
  who: { person: Person; organisation: Organisation } | undefined;
  client: { requireAcr: Level | null };
  request: AuthenticationRequest;
  proofs: readonly Proof[];
  /** Milliseconds since the epoch. */
  now: number;
}

export type NextStep =
  | { next: 'password' }
  | { next: 'factor'; factors: FactorId[] }
  | { next: 'enrol'; factors: FactorId[] }
  | { next: 'done'; authentication: Authentication }
  /** No sign-in of this person can meet the request (`unmet_authentication_requirements`). */
  | { next: 'refuse' };

export type Decision = NextStep & { reasons: string[] };

/** Decides the next step and says why. */
export function requiredSteps(situation: Situation): Decision {
  const { who, request } = situation;
  if (asksForUnknownOnly(request)) return { next: 'refuse', reasons: ['essential acr unknown'] };
  const proofs = countingProofs(situation);
  if (!who || !proofs.some((proof) => proof.method === 'password')) {
    return { next: 'password', reasons: ['no password proof that counts'] };
  }
  const { floor, reasons } = strictestFloor(situation, who);
  const stated = state(request, proofs, floor);
  if (stated) return { next: 'done', authentication: stated, reasons };
  return stepUp(who, floor, reasons);
}

/** The proofs that are young enough for this request. */
export function countingProofs({ proofs, request, now }: Situation): Proof[] {
  const oldest = request.maxAge === undefined ? -Infinity : now - request.maxAge * 1000;
  return proofs.filter(
    ({ at }) => at >= request.startedAt || (!request.forceLogin && at >= oldest),
  );
}

/** Is `level` enough for this person at this client, whatever a request adds? Used for refreshes. */
export function meetsStandingFloor(
  level: Level,
  who: { person: Person; organisation: Organisation },
  client: { requireAcr: Level | null },
): boolean {
  return standingFloors(who, client).every(({ floor }) => compareLevels(level, floor) >= 0);
}

interface Floor {
  floor: Level;
  reason: string;
}

function standingFloors(
  { person, organisation }: { person: Person; organisation: Organisation },
  client: { requireAcr: Level | null },
): Floor[] {
  const floors: Floor[] = [];
  if (person.role === 'administrator') floors.push({ floor: 'email', reason: 'administrator' });
  if (organisation.mfa === 'required')
    floors.push({ floor: 'email', reason: 'organisation requires MFA' });
  if (person.mfa === 'required')
    floors.push({ floor: 'email', reason: 'MFA required for the person' });
  if (heldFactors(person).length > 0)
    floors.push({ floor: 'email', reason: 'a factor is enrolled' });
  if (client.requireAcr) floors.push({ floor: client.requireAcr, reason: 'client requires acr' });
  return floors;
}

function strictestFloor(
  { client, request }: Situation,
  who: { person: Person; organisation: Organisation },
): { floor: Level; reasons: string[] } {
  const floors = standingFloors(who, client);
  const asked = weakest(request.essentialAcr) ?? weakest(request.acrValues);
  if (asked) floors.push({ floor: asked, reason: 'request asks for acr' });
  const strictest = floors.reduce<Level>(
    (level, { floor }) => (compareLevels(floor, level) > 0 ? floor : level),
    'password',
  );
  return { floor: strictest, reasons: floors.map(({ floor, reason }) => `${reason} (${floor})`) };
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
    .find((stated) => stated !== undefined);
}

/** Something is missing: a factor that the person has, else one that can be enrolled, else never. */
function stepUp(
  { person, organisation }: { person: Person; organisation: Organisation },
  floor: Level,
  reasons: string[],
): Decision {
  const enough = FACTOR_IDS.filter((id) => compareLevels(FACTORS[id].level, floor) >= 0);
  const held = heldFactors(person);
  const usable = enough.filter((id) => held.includes(id));
  if (usable.length > 0) return { next: 'factor', factors: usable, reasons };

  const mayEnrol = held.length === 0 && !(organisation.mfa === 'off' && person.mfa === 'inherit');
  const enrollable = enough.filter((id) => FACTORS[id].enrolStep !== null);
  if ((mayEnrol || person.role === 'administrator') && enrollable.length > 0) {
    return { next: 'enrol', factors: enrollable, reasons };
  }
  return { next: 'refuse', reasons: [...reasons, 'no factor can meet it'] };
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
