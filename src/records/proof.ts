/** What a sign-in has proven, as it is kept with the sign-in and its session. */
import type { FactorId } from './factor-id.ts';

/** Assurance levels, weakest first: what `acr` says (policy/factors.ts). */
export const LEVELS = ['password', 'trusted', 'email', 'mfa', 'phr'] as const;
export type Level = (typeof LEVELS)[number];

/** How a person can prove something in a sign-in. */
export type Method = 'password' | 'trusted-computer' | FactorId;

/** What a sign-in leaves behind: which proof, and when (milliseconds since the epoch). */
export interface Proof {
  method: Method;
  at: number;
  /** Of a trusted computer that stood in: its id. */
  computer?: string;
  /** Of a passkey: RFC 8176 value for where its key is kept, when that is known. */
  key?: 'hwk' | 'swk';
  /** By a code for today that was handed over: it signs in, and changes nothing. */
  temporary?: true;
}
