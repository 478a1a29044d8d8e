/** The verification of a secondary address: a code by mail, good in the browser that asked for it. */
import type { SentCode } from '../factors/email-code.ts';
import type { Person } from './person.ts';

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

/** The one that is open now; undefined: there is none, or it has ended. */
export function openCheck({ addressCheck, epoch }: Person): AddressCheck | undefined {
  return addressCheck?.epoch === epoch ? addressCheck : undefined;
}
