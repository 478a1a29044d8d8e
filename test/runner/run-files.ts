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
}

/** Files of one group: to load what they share as seldom as possible, and to have groups enough to go round. */
const [LEAST, MOST] = [8, 36];

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
  return { engine: options.engine, passed, results };
}

/** Neighbours share most of what they import. */
function groupsOf(files: readonly string[], atOnce: number): string[][] {
  const size = Math.min(MOST, Math.max(LEAST, Math.ceil(files.length / (4 * atOnce))));
  return Array.from({ length: Math.ceil(files.length / size) }, (_, at) =>
    files.slice(at * size, (at + 1) * size),
  );
}

function progress(result: FileResult, done: number, all: number): string {
  const { file, passed, tests, failed, milliseconds } = result;
  const counted = failed > 0 ? `${failed} of ${tests} tests FAILED` : `${tests} tests`;
  const seconds = (milliseconds / 1000).toFixed(1);
  const where = `${String(done).padStart(String(all).length)}/${all}`;
  return `[${where}] ${passed ? '✔' : '✖'} ${file} (${counted}, ${seconds} s)`;
}
