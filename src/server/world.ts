/** The outside world of a program: what it is started with, and where it says something. */
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
}
