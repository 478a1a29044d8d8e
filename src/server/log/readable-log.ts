/** A line of the log for somebody who sits at a terminal. Pure, but for the local time of day. */
import { printable } from '../../text/printable.ts';

/** What pino makes of a level (its numbers); the usual ones go without a word. */
const LEVELS: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  40: 'WARN',
  50: 'ERROR',
  60: 'FATAL',
};

interface LogLine {
  time: number;
  level: number;
  /** Whatever was logged as one; so is `err`, which need not be an error. */
  msg?: unknown;
  worker?: number;
  err?: unknown;
  method?: string;
  path?: string;
  status?: number;
  ms?: number;
  id?: string;
  ip?: string;
  [field: string]: unknown;
}

/** `json`: as pino writes it. Ends in a line break; control characters of what came from outside are shown. */
export function readableLine(json: string): string {
  const { time, level, msg, worker, err, ...rest } = JSON.parse(json) as LogLine;
  const at = new Date(time).toTimeString().slice(0, 8);
  const said = [
    at,
    ...(worker === undefined ? [] : [`[${worker}]`]),
    ...(LEVELS[level] === undefined ? [] : [LEVELS[level]]),
    ...(msg === undefined ? [requestOf(rest)] : [printable(valueOf(msg)), fieldsOf(rest)]),
  ];
  const stack = err === undefined ? '' : `\n${stackOf(err)}`;
  return `${said.join(' ').trimEnd()}${stack}\n`;
}

/** A request has no message: its fields are one. */
function requestOf({ method, path, status, ms, id: _id, ip, ...rest }: Partial<LogLine>): string {
  if (method === undefined) return fieldsOf(rest);
  const parts = [method, path, status, `${ms} ms`, ip].map((part) => printable(String(part ?? '')));
  return `${parts.join(' ')} ${fieldsOf(rest)}`;
}

function fieldsOf(fields: Readonly<Record<string, unknown>>): string {
  const told = Object.entries(fields).map(([name, value]) => `${name}=${valueOf(value)}`);
  return told.length === 0 ? '' : `(${told.map(printable).join(', ')})`;
}

function valueOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function stackOf(err: unknown): string {
  const { stack, message } = (err ?? {}) as { stack?: unknown; message?: unknown };
  const told = [stack, message].find((one) => typeof one === 'string') ?? valueOf(err);
  const lines = told.split('\n');
  return lines.map((line) => `         ${printable(line.trim())}`).join('\n');
}
