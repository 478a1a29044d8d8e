/** What was measured, once, on one machine: what the tables of docs/scaling.md are computed from. */
import type { Kind } from '../simulate/day.ts';

export interface EngineCosts {
  /** CPU of the server for one, milliseconds; a sign-in is all of its pages, with the first code, without the hash. */
  cpu: Readonly<Record<Kind, number>>;
  /** CPU of the database for one, on top; none where it is in the server's own process. */
  database: Readonly<Record<Kind, number>>;
}

/** CPU of one password hash as it is configured (argon2id, 19 MiB, two passes), milliseconds. */
export const HASH_MS = 0;

export const SQLITE: EngineCosts = {
  cpu: { 'sign-in': 0, 'silent-sso': 0, refresh: 0, introspection: 0, passcode: 0 },
  database: { 'sign-in': 0, 'silent-sso': 0, refresh: 0, introspection: 0, passcode: 0 },
};

export const MONGODB: EngineCosts = {
  cpu: { 'sign-in': 0, 'silent-sso': 0, refresh: 0, introspection: 0, passcode: 0 },
  database: { 'sign-in': 0, 'silent-sso': 0, refresh: 0, introspection: 0, passcode: 0 },
};

/** Bytes in the store, with indexes. */
export const BYTES = {
  /** Of a person with an authenticator and what lists them. */
  person: 0,
  /** What a person's day leaves behind for as long as it lives: sessions, grants, tokens. */
  living: 0,
  /** Of a person's day in the audit log, which is kept for a year. */
  audit: 0,
};
