/** An application passcode as it is kept in its owner's document. All times are milliseconds since the epoch. */

/** What mail programs speak. Submission counts as smtp. */
export const PROTOCOLS = ['imap', 'pop3', 'smtp', 'sieve'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

export interface Passcode {
  id: string;
  /** Keyed hash of owner and letters. */
  hash: string;
  /** As its owner calls it. */
  name: string;
  protocols: Protocol[];
  /** Networks (CIDR) that it may be used from; empty: from anywhere. */
  networks: string[];
  createdAt: number;
  expiresAt: number | null;
}
