/** Signals that end a process which does not listen to them, and must not end a server. */
import type { World } from './world.ts';

/** What is done on each, once there is something to do it with; until then nothing is. */
export interface HeardSignals {
  /** SIGHUP: the configuration has changed. */
  reload?: (() => void) | undefined;
  /** SIGUSR2: the log is to say more, or no longer. */
  debug?: (() => void) | undefined;
}

export function hearSignals({ signals }: Pick<World, 'signals'>): HeardSignals {
  const heard: HeardSignals = {};
  signals?.on('SIGHUP', () => heard.reload?.());
  signals?.on('SIGUSR2', () => heard.debug?.());
  return heard;
}
