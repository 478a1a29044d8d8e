/** The outside world of a program: what it is started with, and where it says something. */
import type { Pause } from '../timing/pause.ts';

export interface World {
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  stdin: AsyncIterable<Buffer | string> & {
    /** Is it a terminal? */
    isTTY?: boolean;
  };
  stdout: {
    write(text: string): unknown;
    /** Is it a terminal? */
    isTTY?: boolean;
    /** Of a terminal: how many characters fit in a line. */
    columns?: number;
    /** The descriptor, where there is one. */
    readonly fd?: number;
    /** Lines that found no room there, where that is counted. */
    readonly dropped?: number;
  };
  stderr: { write(text: string): unknown; isTTY?: boolean };
  /** Aborted when the process is asked to end. */
  stop: AbortSignal;
  /** Where other signals arrive than those that end the process; absent: nowhere. */
  signals?: { on(signal: 'SIGHUP' | 'SIGUSR2', listener: () => void): unknown };
  /** Milliseconds since the epoch. */
  now(): number;
  /** How it is waited for that a change holds everywhere; as long as it takes, unless told. */
  pause?: Pause;
}

/** What is done on signals that end a process which does not listen to them, once there is something to do it with; until then nothing is. */
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
