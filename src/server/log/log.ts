/** The log: pino's lines, readable on a terminal and JSON elsewhere, written once for each turn of the event loop instead of once for each line. */
import pino, { type Logger } from 'pino';
import { readableLine } from './readable-log.ts';
import { printableLines } from '../../text/printable.ts';

export interface Log {
  log: Logger;
  /** Writes what is still held back. */
  flush(): void;
}

/**
 * `level`: one of pino's. A line is out at the latest when its turn of the event loop ends. `worker`
 * tells the lines of several processes apart. What `out` had no room for is counted by `dropped`, and told in
 * the next line that has. Control characters in a line are escaped, C1 and bidi too.
 */
export function createLog(
  level: string,
  out: { write(text: string): unknown; isTTY?: boolean; readonly dropped?: number },
  worker?: number,
): Log {
  let lines: string[] = [];
  let told = out.dropped ?? 0;
  const flush = (): void => {
    const { dropped = 0 } = out;
    // Said with what comes after the gap, and once more where that finds no room either.
    if (lines.length > 0 && dropped > told)
      log.warn({ dropped: dropped - told }, 'lines of the log were dropped: there was no room');
    const text = printableLines(lines.join(''));
    lines = [];
    if (text === '') return;
    out.write(text);
    if ((out.dropped ?? 0) === dropped) told = dropped;
  };
  const write = (json: string): void => {
    const line = out.isTTY ? readableLine(json) : json;
    if (lines.push(line) === 1) setImmediate(flush);
  };
  const log = pino({ level, base: worker === undefined ? null : { worker } }, { write });
  return { log, flush };
}

/** Between what is configured and `debug`. */
export function toggleDebug(
  log: Logger,
  { log: { level: configured } }: { log: { level: string } },
): void {
  const level = log.level === 'debug' ? configured : 'debug';
  // Said while it is heard.
  if (level !== 'debug') log.info({ level }, 'the log says what is configured again');
  log.level = level;
  if (level === 'debug') log.info({ level }, 'the log says more');
}
