/**
 * What organisation, person and client ask of every sign-in, whatever a request adds: which factors
 * count, for how many days a computer may stand in, from when a factor is required. Pure.
 */
import type { Organisation } from '../records/organisation.ts';
import type { Person } from '../records/person.ts';
import { FACTOR_IDS, type FactorId } from '../records/factor-id.ts';
import type { Level } from '../records/proof.ts';
import { RANK } from './access.ts';
import type { OpenApp } from './apps/who-may.ts';
import { FACTORS, compareLevels, enrolledFactors, isEnrolled } from './factors.ts';

export interface Subject {
  person: Person;
  organisation: Organisation;
}

/** What a client asks of the people who sign in to it, and who they may be (who-may.ts). */
export interface ClientPolicy extends OpenApp {
  /** The weakest sign-in that it accepts, whatever a request says. */
  requireAcr: Level | null;
  /** Does it accept a trusted computer in place of a second factor? */
  acceptTrust: boolean;
  /** Of the scopes of resources that a request asks for, or a token has. */
  scopeFloors?: readonly Floor[];
}

/** A level that is asked for, and why. */
export interface Floor {
  floor: Level;
  reason: string;
}

/** Can somebody sign in at all, whatever is asked of them? `now`: milliseconds since the epoch. */
export function isActive(
  { active, activeUntil }: Pick<Person, 'active' | 'activeUntil'>,
  now: number,
): boolean {
  return active && now < (activeUntil ?? Infinity);
}

/** The factors that installation, organisation and person all allow. */
export function permittedFactors(
  { person, organisation }: Subject,
  available: readonly FactorId[],
): FactorId[] {
  return available.filter(
    (id) => organisation.factors.includes(id) && (person.factors?.includes(id) ?? true),
  );
}

/** The factors that the person may use: those that are permitted, and barred by nothing that happened. */
export function allowedFactors(who: Subject, available: readonly FactorId[]): FactorId[] {
  return permittedFactors(who, available).filter((id) => !FACTORS[id].isSuspended(who.person));
}

/** Days for which a computer may stand in for a second factor; 0: it may not. */
export function trustDays({ person, organisation }: Subject, client: ClientPolicy): number {
  if (!client.acceptTrust) return 0;
  return Math.min(organisation.trustedDays, person.trustedDays ?? Infinity);
}

/** Whoever may see or change what belongs to others always needs a second factor, whatever else is said. */
export function hasDuties({ role }: Pick<Person, 'role'>): boolean {
  return RANK[role] > 0;
}

/**
 * Would policy leave somebody who administrates the installation without a factor of level mfa: none of
 * theirs is permitted any more, or none that they could set up?
 */
export function isLockedOut(who: Subject): boolean {
  const isStrong = (id: FactorId): boolean =>
    !FACTORS[id].secondaryOnly && compareLevels(FACTORS[id].level, 'mfa') >= 0;
  const permitted = permittedFactors(who, FACTOR_IDS).filter(isStrong);
  const own = enrolledFactors(who.person).filter(isStrong);
  const administrates = who.person.role === 'administrator' && who.person.active;
  return administrates && !permitted.some((id) => own.length === 0 || own.includes(id));
}

/** What says whether a factor is required, and from when. */
interface Asking {
  person: Pick<Person, 'role' | 'mfa' | 'mfaFrom' | 'graceExtension' | 'service'>;
  organisation: Pick<Organisation, 'mfa' | 'mfaFrom'>;
}

/** May the person enrol a factor at all? */
export function mayEnrol({ person, organisation }: Asking): boolean {
  if (person.service) return false;
  return hasDuties(person) || organisation.mfa !== 'off' || person.mfa !== 'inherit';
}

/** From when a factor is required (milliseconds since the epoch; 0: always has been); undefined: it is not. */
export function requiredFrom({ person, organisation }: Asking): number | undefined {
  if (hasDuties(person)) return 0;
  // Nobody is there who could set one up.
  if (person.service) return undefined;
  const dates = [
    ...(organisation.mfa === 'required' ? [organisation.mfaFrom ?? 0] : []),
    ...(person.mfa === 'required' ? [person.mfaFrom ?? 0] : []),
  ];
  return dates.length > 0 ? putOff(person, Math.min(...dates)) : undefined;
}

/** A day from which a factor is required, or the later one that somebody has given the person. */
function putOff({ graceExtension }: Pick<Person, 'graceExtension'>, from: number): number {
  return Math.max(from, graceExtension?.until ?? 0);
}

/** Does somebody have to have a second factor now, so that it can't be switched off? */
export function isRequiredNow(who: Subject, now: number): boolean {
  const from = requiredFrom(who);
  return from !== undefined && from <= now;
}

/** The floors that stand for every request of this person at this client. */
export function standingFloors(
  who: Subject,
  client: ClientPolicy,
  available: readonly FactorId[],
  now: number,
): Floor[] {
  const { person, organisation } = who;
  const floor = secondFactorFloor(who, client, available);
  const due = (from: number | null): boolean => putOff(person, from ?? 0) <= now;
  const floors: Floor[] = [];
  if (hasDuties(person)) floors.push({ floor, reason: person.role });
  if (organisation.mfa === 'required' && due(organisation.mfaFrom))
    floors.push({ floor, reason: 'organisation requires MFA' });
  if (person.mfa === 'required' && due(person.mfaFrom))
    floors.push({ floor, reason: 'MFA required for the person' });
  if (isEnrolled(person)) floors.push({ floor, reason: 'a factor is enrolled' });
  if (client.requireAcr) floors.push({ floor: client.requireAcr, reason: 'client requires acr' });
  floors.push(...(client.scopeFloors ?? []));
  return floors;
}

/** What "a second factor" means at the least, where one is asked for without naming a level. */
function secondFactorFloor(
  who: Subject,
  client: ClientPolicy,
  available: readonly FactorId[],
): Level {
  if (trustDays(who, client) > 0) return 'trusted';
  const levels = permittedFactors(who, available).map((id) => FACTORS[id].level);
  const weakest = levels.toSorted(compareLevels)[0] ?? 'mfa';
  return compareLevels(weakest, 'mfa') < 0 ? weakest : 'mfa';
}

/** Of the person's own factors, allowed by now or not; `password`: they have none. */
export function strongestLevel(person: Person): Level {
  const own = enrolledFactors(person).filter((id) => !FACTORS[id].secondaryOnly);
  return own.reduce<Level>(
    (level, id) => (compareLevels(FACTORS[id].level, level) > 0 ? FACTORS[id].level : level),
    'password',
  );
}

/** The person's factors of the strongest level that they hold, allowed by now or not. */
export function strongestHeld(person: Person): FactorId[] {
  const top = strongestLevel(person);
  return enrolledFactors(person).filter((id) => compareLevels(FACTORS[id].level, top) >= 0);
}
