/** The verification of a secondary address as it is kept in its person's document. */
import type { SentCode } from './sent-code.ts';

/** One at a time, in the person's document: beginning another ends it. */
export interface AddressCheck {
  /** As `canonicalAddress` writes it. */
  address: string;
  /** Hash of the browser's own secret. */
  browser: string;
  /** Of the person when it was begun: whatever ends what was issued ends this too. */
  epoch: number;
  /** Oldest first; only the newest works. */
  codes: SentCode[];
}
