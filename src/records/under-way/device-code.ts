/**
 * A device that waits for somebody to sign in on another one (RFC 8628): what it shows, what it polls with,
 * and what was decided. One document, so that a decision and a redemption are one conditional write each.
 */
import { outboxIndex, type MessageCarrier } from '../../outbox/message.ts';
import { collection } from '../../storage/store.ts';
import type { StoredModel } from '../stored-model.ts';

/** Seconds that a code can be entered and redeemed (RFC 8628 §3.2). */
export const DEVICE_CODE_LIFETIME = 600;
/** Seconds that it is kept beyond that: the device and whoever types it late are told that it has expired. */
export const DEVICE_CODE_KEPT = 600;

export interface StoredDeviceCode extends StoredModel, MessageCarrier {
  /** Keyed hash of the code that the device shows. */
  userCode: string;
  /** Milliseconds since the epoch. */
  askedAt: number;
  /** The browser that has gone on with it, as its sign-in has it; absent: none has. */
  browser?: string;
  /** Of a device that polls: when last, milliseconds since the epoch. */
  polledAt?: number;
  /** Seconds that it was told to leave between two polls; absent: as at the start. */
  interval?: number;
}

/** Under the keyed hash of what the device polls with. */
export const deviceCodeCollection = collection<StoredDeviceCode>('device_code', {
  key: 'hash',
  indexes: { userCode: ({ userCode }) => userCode, postings: outboxIndex },
});

/** Has somebody allowed or refused it, or the library found why it can't be? */
export function isDecided({ payload, consumed }: StoredDeviceCode): boolean {
  return (
    consumed !== undefined || payload.accountId !== undefined || payload['error'] !== undefined
  );
}

/** `now`: milliseconds since the epoch. */
export function isExpired({ askedAt }: StoredDeviceCode, now: number): boolean {
  return now - askedAt >= DEVICE_CODE_LIFETIME * 1000;
}

/** No code that the library makes has a colon. */
const HANDLE = 'key:';

/** In place of what the device polls with, for our pages alone: they know the document's key only. */
export const deviceCodeHandle = (key: string): string => `${HANDLE}${key}`;

/** Undefined: it is no handle. */
export function handledKey(id: string): string | undefined {
  return id.startsWith(HANDLE) ? id.slice(HANDLE.length) : undefined;
}
