/** Waiting. */
import { setTimeout as after } from 'node:timers/promises';

/** Milliseconds to wait for. */
export type Pause = (ms: number) => Promise<void>;

/** So long at least: a timer counts from where its turn of the event loop began, and may be early. */
export const pauseFor: Pause = async (ms) => {
  const until = performance.now() + ms;
  for (let left = ms; left > 0; left = until - performance.now()) await after(Math.ceil(left));
};
