/**
 * How often a device may ask (RFC 8628 §3.5). Each poll that comes too soon makes the interval 5 seconds
 * longer; the verdict is one conditional write, so that it holds over several processes.
 */
import type { Change, Store } from '../../storage/store.ts';
import {
  deviceCodeCollection,
  isDecided,
  type StoredDeviceCode,
} from '../../records/under-way/device-code.ts';

/** Seconds. */
export const POLL_INTERVAL = 5;
const LONGER = 5;
export const LONGEST_INTERVAL = 60;
/** Milliseconds by which a poll may come early: one that keeps time must not be slowed by the network. */
const EARLY = 1000;

/** `true`: it came too soon. What is decided is answered at once. `now`: milliseconds since the epoch. */
export function pollsTooSoon(
  store: Pick<Store, 'update'>,
  key: string,
  now: number,
): Promise<boolean> {
  return store.update(deviceCodeCollection, key, (code): Change<StoredDeviceCode, boolean> => {
    if (!code || isDecided(code)) return { result: false };
    const { polledAt, interval = POLL_INTERVAL } = code;
    // Either way: a clock that was set back must not stop it for hours.
    const since = Math.abs(now - (polledAt ?? -Infinity));
    if (since >= interval * 1000 - EARLY) return { put: { ...code, polledAt: now }, result: false };
    const longer = Math.min(interval + LONGER, LONGEST_INTERVAL);
    // Whoever goes on like that costs no further write.
    if (longer === interval) return { result: true };
    return { put: { ...code, interval: longer }, result: true };
  });
}
