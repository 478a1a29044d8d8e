/** Test files in groups, some groups at once, and how far they are. */
import { runGroup, type FileResult, type GroupOptions } from './run-group.ts';

export interface RunOptions extends Pick<GroupOptions, 'env' | 'timeout'> {
  engine: string;
  /** How many processes run tests at the same time. */
  atOnce: number;
  /** Progress: a line as something is over. */
  say(line: string): void;
}

export interface Outcome {
  engine: string;
  passed: boolean;
  results: FileResult[];
  /** The first results of files that failed beside others and passed by themselves. */
  unsteady: FileResult[];
}

/** Files of one group: each process loads what they share, and is cold at first. */
const [LEAST, MOST] = [8, 200];

export async function runFiles(files: readonly string[], options: RunOptions): Promise<Outcome> {
  const groups = groupsOf(files, options.atOnce);
  const results: FileResult[] = [];
  const group: GroupOptions = {
    ...options,
    failed: ({ file, name, why }) => options.say(`✖ ${file}: ${name}: ${why}`),
    done(result) {
      results.push(result);
      options.say(progress(result, results.length, files.length));
    },
  };
  const work = async (): Promise<void> => {
    for (let next = groups.shift(); next; next = groups.shift()) await runGroup(next, group);
  };
  await Promise.all(Array.from({ length: options.atOnce }, work));
  const passed = results.every((result) => result.passed);
  return { engine: options.engine, passed, results, unsteady: [] };
}

/** More that fail are no chance. */
const MOST_AGAIN = 3;

/**
 * Runs what failed once more, each file by itself: where hundreds of processes share a few processors, time
 * runs out here and there. What passes then is told as unsteady: it is to be mended all the same.
 */
export async function runFailedAgain(outcome: Outcome, options: RunOptions): Promise<Outcome> {
  const failed = outcome.results.filter((result) => !result.passed);
  if (failed.length === 0 || failed.length > MOST_AGAIN || outcome.results.length === 1)
    return outcome;
  options.say(`Once more, each by itself: ${failed.map(({ file }) => file).join(' ')}`);
  const again: FileResult[] = [];
  for (const { file } of failed) {
    const { results } = await runFiles([file], { ...options, atOnce: 1 });
    again.push(...results);
  }
  const results = outcome.results.map(
    (first) => again.find(({ file }) => file === first.file) ?? first,
  );
  const unsteady = failed.filter(({ file }) =>
    results.some((now) => now.file === file && now.passed),
  );
  return { ...outcome, results, unsteady, passed: results.every((result) => result.passed) };
}

/** As few as there are processes at a time, dealt in turns: neighbours cost alike, so that the groups end together. */
function groupsOf(files: readonly string[], atOnce: number): string[][] {
  const wanted = Math.max(Math.ceil(files.length / MOST), atOnce);
  const count = Math.min(wanted, Math.ceil(files.length / LEAST));
  return Array.from({ length: count }, (_, nth) => files.filter((_file, at) => at % count === nth));
}

function progress(result: FileResult, done: number, all: number): string {
  const { file, passed, tests, failed, milliseconds } = result;
  const counted = failed > 0 ? `${failed} of ${tests} tests FAILED` : `${tests} tests`;
  const seconds = (milliseconds / 1000).toFixed(1);
  const where = `${String(done).padStart(String(all).length)}/${all}`;
  return `[${where}] ${passed ? '✔' : '✖'} ${file} (${counted}, ${seconds} s)`;
}
