/**
 * What was measured, once, on one machine: what the tables of docs/scaling.md are computed from. Two cores of a cloud
 * machine that were busy with other work, eight requests at once, the lower quartile of ten rounds: an idle machine
 * needs about half of it.
 */
import type { Kind } from '../simulate/day.ts';

export interface EngineCosts {
  /** CPU of the server for one, milliseconds; a sign-in is all of its pages, with the first code, without the hash. */
  cpu: Readonly<Record<Kind, number>>;
  /** CPU of the database for one, on top; none where it is in the server's own process. */
  database: Readonly<Record<Kind, number>>;
}

/** CPU of one password hash as it is configured (argon2id, 19 MiB, two passes), milliseconds. */
export const HASH_MS = 10;

export const SQLITE: EngineCosts = {
  cpu: { 'sign-in': 13, 'silent-sso': 3, refresh: 0.81, introspection: 0.52, passcode: 0.36 },
  database: { 'sign-in': 0, 'silent-sso': 0, refresh: 0, introspection: 0, passcode: 0 },
};

/** An operation of MongoDB on the machine that has the data: an assumption, milliseconds. */
const OPERATION = 0.1;

export const MONGODB: EngineCosts = {
  cpu: { 'sign-in': 42, 'silent-sso': 7.3, refresh: 3.9, introspection: 1.9, passcode: 1.3 },
  database: {
    'sign-in': 78 * OPERATION,
    'silent-sso': 14 * OPERATION,
    refresh: 8 * OPERATION,
    introspection: 4 * OPERATION,
    passcode: 3 * OPERATION,
  },
};

/** Bytes in the store, with indexes. */
export const BYTES = {
  /** Of a person with an authenticator and what lists them. */
  person: 3_400,
  /** What a person's day leaves behind for as long as it lives: sessions, grants, tokens. */
  living: 12_000,
  /** Of a person's day in the audit log, which is kept for a year. */
  audit: 2_500,
};
