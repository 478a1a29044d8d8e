/** Notices that the machine's clock was set: what waits for a time may then come early or late. */
import type { Logger } from 'pino';

export interface ClockWatch {
  /** Compares; by itself every five seconds. */
  look(): void;
  close(): void;
}

export interface ClockWatchParts {
  log: Pick<Logger, 'warn'>;
  /** Milliseconds since the epoch: the clock that can be set. */
  now(): number;
  /** Milliseconds since any moment: a clock that only goes on. */
  steady(): number;
  /** `seconds`: below 0 where the clock was set back. */
  jumped?(seconds: number): void;
}

/** Milliseconds. A clock that is kept right by small steps (NTP slews 0.5 ms a second) is none that was set. */
const [EVERY, JUMP] = [5_000, 2_000];

/** The process doesn't wait for it. */
export function watchClock({ log, now, steady, jumped }: ClockWatchParts): ClockWatch {
  let offset = now() - steady();
  const look = (): void => {
    const before = offset;
    offset = now() - steady();
    if (Math.abs(offset - before) < JUMP) return;
    const seconds = Math.round((offset - before) / 1000);
    log.warn({ seconds }, 'the clock of this machine was set, or the machine has slept');
    jumped?.(seconds);
  };
  const timer = setInterval(look, EVERY).unref();
  return { look, close: () => clearInterval(timer) };
}
