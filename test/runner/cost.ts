/**
 * What tests cost: CPU seconds, of this process and of all that it has started (browsers, servers, commands).
 * As Linux tells (proc(5), `stat`); elsewhere of this process alone.
 */
import { readdirSync, readFileSync } from 'node:fs';
import type { FileResult } from './run-group.ts';

/** A tick of the clock that `stat` counts in: a hundredth of a second on every Linux of today. */
const TICKS = 100;

interface Process {
  pid: number;
  parent: number;
  /** CPU seconds of its own, and of those of its children that have ended. */
  own: number;
  ended: number;
}

let left = 0;

/** CPU seconds so far of this process, its children and theirs, those that have ended too. */
export function cpuSeconds(): number {
  return countable() + left;
}

/** For `end` of a program that leaves processes of its own to the system, as Chromium does: they are counted before. */
export async function countedAtEnd(end: () => Promise<void>): Promise<void> {
  const before = countable();
  await end();
  left += Math.max(0, before - countable());
}

function countable(): number {
  const { user, system } = process.cpuUsage();
  const own = (user + system) / 1e6;
  try {
    const all = readdirSync('/proc').flatMap((name) => (/^\d+$/u.test(name) ? statOf(name) : []));
    // What the system counts of this process is in ticks, which a short file takes none of.
    return own + below(process.pid, all);
  } catch {
    return own;
  }
}

/** Of all that it has started, whether it has ended or not. */
function below(pid: number, all: readonly Process[]): number {
  const { ended = 0 } = all.find((one) => one.pid === pid) ?? {};
  const children = all.filter(({ parent }) => parent === pid);
  return children.reduce((sum, child) => sum + child.own + below(child.pid, all), ended);
}

/** `[]`: it has ended meanwhile. */
function statOf(pid: string): Process[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name stands before in brackets, and may be anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const seconds = (from: number): number =>
      (Number(fields[from]) + Number(fields[from + 1])) / TICKS;
    return [{ pid: Number(pid), parent: Number(fields[1]), own: seconds(11), ended: seconds(13) }];
  } catch {
    return [];
  }
}

/** The files with the highest cost first, a line each, and all of them together. */
export function costTable(results: readonly FileResult[]): string {
  const line = (seconds: number, what: string): string =>
    `${seconds.toFixed(1).padStart(7)} ${what}`;
  const sum = results.reduce((total, { cpu }) => total + cpu, 0);
  const sorted = results.toSorted((one, other) => other.cpu - one.cpu);
  return [
    'CPU seconds by file:',
    ...sorted.map(({ cpu, file, tests }) => line(cpu, `${file} (${tests} tests)`)),
    line(sum, 'all of them'),
  ].join('\n');
}
