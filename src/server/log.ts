/** The log: pino's lines, readable on a terminal and JSON elsewhere, written once for each turn of the event loop instead of once for each line. */
import pino, { type Logger } from 'pino';
import { readableLine } from './readable-log.ts';
import { printableLines } from '../text/printable.ts';

export interface Log {
  log: Logger;
  /** Writes what is still held back. */
  flush(): void;
}

/**
 * `level`: one of pino's. A line is out at the latest when its turn of the event loop ends. `worker`
 * tells the lines of several processes apart. Control characters in a line are escaped, C1 and bidi too.
 */
export function createLog(
  level: string,
  out: { write(text: string): unknown; isTTY?: boolean },
  worker?: number,
): Log {
  let lines: string[] = [];
  const flush = (): void => {
    if (lines.length > 0) out.write(printableLines(lines.join('')));
    lines = [];
  };
  const write = (json: string): void => {
    const line = out.isTTY ? readableLine(json) : json;
    if (lines.push(line) === 1) setImmediate(flush);
  };
  return { log: pino({ level, base: worker === undefined ? null : { worker } }, { write }), flush };
}
