/** How limits are written: lengths of time, and what a rule of tries says. */
import type { AttemptRule } from '../../src/throttling/attempts.ts';

const UNITS = [
  // A day is 24 h to whoever waits for it.
  { unit: 'd', ms: 86_400_000, from: 172_800_000 },
  { unit: 'h', ms: 3_600_000, from: 3_600_000 },
  { unit: 'min', ms: 60_000, from: 120_000 },
  { unit: 's', ms: 1000, from: 1000 },
] as const;

/** `duration(90_000)` is `90 s`: in the largest unit that is exact. `ms`: milliseconds. */
export function duration(ms: number): string {
  const fits = UNITS.find(({ ms: one, from }) => ms >= from && ms % one === 0);
  return fits ? `${ms / fits.ms} ${fits.unit}` : `${ms} ms`;
}

/** `size(65_536)` is `64 KB`. */
export function size(bytes: number): string {
  return bytes % 1024 === 0 ? `${bytes / 1024} KB` : `${bytes} bytes`;
}

/** No rule begins later, or goes on to grow for longer, than this many failures. */
const LOOKED_AT = 1000;

/** `after 5 wrong: 30 s, doubled by each further one up to 1 h`. */
export function waits(rule: AttemptRule): string {
  const first = firstWait(rule);
  const [least, second, most] = [first, first + 1, LOOKED_AT].map((nth) => rule.pause(nth));
  if (least === undefined || second === undefined || most === undefined)
    throw new Error('unreached');
  const growth =
    second === 2 * least ? 'doubled by each further one' : 'longer with each further one';
  return `after ${first} wrong ones: ${duration(least)}, ${growth} up to ${duration(most)}`;
}

function firstWait(rule: AttemptRule): number {
  for (let nth = 1; nth < LOOKED_AT; nth += 1) if (rule.pause(nth) > 0) return nth;
  throw new Error('A rule that never waits limits nothing.');
}

export function suspension({ suspendAt }: AttemptRule): string {
  return suspendAt === Infinity ? 'never' : `after ${suspendAt} wrong ones`;
}

export function forgetting({ forgetAfter }: AttemptRule): string {
  return forgetAfter === undefined ? 'never' : `after ${duration(forgetAfter)} without one`;
}

/** A table of Markdown; `rows` as long as `head`. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escaped).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

const escaped = (cell: string): string => cell.replaceAll('|', '\\|');
