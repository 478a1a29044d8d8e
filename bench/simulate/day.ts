/**
 * A working day of an organisation, as a list of what its people and their programs ask for, and when. Pure: the
 * same seed makes the same day.
 */
export type Kind = 'sign-in' | 'silent-sso' | 'refresh' | 'introspection' | 'passcode';

export interface Asked {
  /** Seconds since midnight. */
  at: number;
  kind: Kind;
  /** The number of whoever asks. */
  person: number;
}

/** Seconds. */
const MINUTE = 60;
const HOUR = 3600;

/** The day that is lived through, from its first person to its last. */
export const BEGINS = 6 * HOUR;
export const ENDS = 20 * HOUR;
/** People come then, two thirds of them within half an hour of it. */
export const COMING = { mean: 8.75 * HOUR, deviation: 0.5 * HOUR };
export const STAYING = { mean: 8.5 * HOUR, deviation: HOUR };
/** After lunch all computers wake up at once, and every app that has a refresh token uses it. */
export const STORM = { from: 13 * HOUR, to: 13 * HOUR + MINUTE };
/** The server is killed then. */
export const OUTAGE = 15 * HOUR;

/** Of one person in a day. */
export const EACH = {
  /** Apps that are opened after the sign-in. */
  opened: 6,
  /** Seconds between two refreshes of an app; as long as an access token lives. */
  refresh: HOUR,
  /** A mail program looks for mail, and what it brings is checked. */
  passcode: 20,
  /** An API asks about the token that it was given. */
  introspection: 10,
} as const;

/** In the order of the day. */
export function dayOf(people: number, seed = 1): Asked[] {
  const random = randomFrom(seed);
  const all: Asked[] = [];
  for (let person = 0; person < people; person += 1) all.push(...daysWorkOf(person, random));
  return all.toSorted((one, other) => one.at - other.at);
}

/** By the sign-in, somebody is there; until they go, everything else happens. */
function daysWorkOf(person: number, random: () => number): Asked[] {
  const normal = ({ mean, deviation }: typeof COMING): number => mean + deviation * bell(random);
  const from = between(normal(COMING), BEGINS, 11 * HOUR);
  const to = between(from + normal(STAYING), from + HOUR, ENDS);
  const asked = (kind: Kind, at: number): Asked => ({ at, kind, person });
  const spread = (kind: Kind, count: number): Asked[] =>
    Array.from({ length: count }, () => asked(kind, from + random() * (to - from)));
  const refreshes: Asked[] = [];
  for (let at = from + EACH.refresh; at < to; at += EACH.refresh)
    refreshes.push(asked('refresh', at));
  const isAtLunch = from < STORM.from && to > STORM.to;
  const woken = STORM.from + random() * (STORM.to - STORM.from);
  return [
    asked('sign-in', from),
    ...spread('silent-sso', EACH.opened),
    ...refreshes,
    ...(isAtLunch ? [asked('refresh', woken)] : []),
    ...spread('passcode', EACH.passcode),
    ...spread('introspection', EACH.introspection),
  ];
}

export interface Stretch {
  name: string;
  /** Seconds since midnight; it ends where the next one begins. */
  from: number;
}

/** What is told apart. The outage, and the return from it, begin and end when they do. */
export const STRETCHES: readonly Stretch[] = [
  { name: 'early', from: BEGINS },
  { name: 'morning peak', from: 8 * HOUR },
  { name: 'forenoon', from: 9.5 * HOUR },
  { name: 'refresh storm', from: STORM.from },
  { name: 'afternoon', from: STORM.to + 10 * MINUTE },
  { name: 'outage', from: OUTAGE },
  { name: 'return', from: OUTAGE },
  { name: 'late', from: 16.5 * HOUR },
];

function between(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}

/** The standard normal distribution (Box and Muller). */
function bell(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** From 0 to 1 (mulberry32): what is measured twice should be the same day. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
