/** What a person has of the factors, and their fields without some of it: over the table, for every door. Pure. */
import { FACTOR_IDS, type FactorId } from '../records/factor-id.ts';
import type { Person } from '../records/person.ts';
import { allowedFactors, type Subject } from './assurance.ts';
import { FACTORS, enrolledFactors, isEnrolled, type FactorItem } from './factors.ts';

/** One authenticator, passkey …: a factor, and which one of it. */
export interface OneFactor {
  factor: FactorId;
  id: string;
}

/** What a person has of each factor, in the order of the table; empty where there is nothing of it. */
export function listFactors(person: Person): { factor: FactorId; items: FactorItem[] }[] {
  return FACTOR_IDS.map((factor) => ({ factor, items: FACTORS[factor].list(person) }));
}

/** Undefined: it is not this person's, or no longer. */
export function findFactor(person: Person, { factor, id }: OneFactor): FactorItem | undefined {
  return FACTORS[factor].list(person).find((item) => item.id === id);
}

/** Has the person as many of it as they may have? */
export function isFull(person: Person, factor: FactorId): boolean {
  return FACTORS[factor].list(person).length >= FACTORS[factor].most;
}

/** The fields without that one, or without all of the factor (`id` null). What only comes along goes with the last. */
export function withoutFactor(
  person: Person,
  { factor, id }: { factor: FactorId; id: string | null },
  now: number,
): Partial<Person> {
  const fields = FACTORS[factor].without(person, id, now);
  return isEnrolled({ ...person, ...fields }) ? fields : { ...fields, ...secondary(person, now) };
}

/** The fields without any factor. */
export function withoutFactors(person: Person, now: number): Partial<Person> {
  return withoutAllOf(FACTOR_IDS, person, now);
}

function secondary(person: Person, now: number): Partial<Person> {
  const along = FACTOR_IDS.filter((id) => FACTORS[id].secondaryOnly);
  return withoutAllOf(along, person, now);
}

function withoutAllOf(ids: readonly FactorId[], person: Person, now: number): Partial<Person> {
  const fields = ids.map((id) => FACTORS[id].without(person, null, now));
  return Object.assign({}, ...fields) as Partial<Person>;
}

/** Is nothing left by which they could sign in, were it gone? Without it, two-step authentication is off. */
export function isLastFactor(
  who: Subject,
  one: { factor: FactorId; id: string | null },
  available: readonly FactorId[],
): boolean {
  const rest = { ...who.person, ...FACTORS[one.factor].without(who.person, one.id, 0) };
  const allowed = allowedFactors(who, available);
  return !enrolledFactors(rest).some((id) => !FACTORS[id].secondaryOnly && allowed.includes(id));
}

/** Since when the person has had a second factor (milliseconds since the epoch); null: they have none. */
export function enrolledSince(person: Person): number | null {
  const times = listFactors(person).flatMap(({ factor, items }) =>
    FACTORS[factor].secondaryOnly ? [] : items.map(({ createdAt }) => createdAt),
  );
  return times.length > 0 ? Math.min(...times) : null;
}

/**
 * Since when the person has each factor, by the names that data have for it: a list where there may be
 * several, else a time or null. All in milliseconds since the epoch.
 */
export function factorDates(
  person: Person,
): Record<string, { name: string; created_at: number }[] | number | null> {
  return Object.fromEntries(
    listFactors(person).map(({ factor, items }) => {
      const { most, shownAs } = FACTORS[factor];
      const list = items.map(({ name, createdAt }) => ({ name, created_at: createdAt }));
      return [shownAs, most > 1 ? list : (items[0]?.createdAt ?? null)];
    }),
  );
}
