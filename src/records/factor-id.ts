/** The factors by the names that documents keep, in the order in which they are offered. What each is: policy/factors.ts. */
export const FACTOR_IDS = ['totp', 'passkey', 'email-code', 'one-time-codes'] as const;
export type FactorId = (typeof FACTOR_IDS)[number];
