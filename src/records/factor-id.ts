/** Also the basenames of a factor's rule, step, page and tests. */
export type FactorId = 'totp' | 'passkey' | 'email-code' | 'one-time-codes';
