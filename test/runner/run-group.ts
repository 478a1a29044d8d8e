/** Runs a group of test files and sees to it that there is a result of every one of them. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { reportIn, type FileReport, type TestReport } from './report.ts';

/** Of a file; `text` with what it printed. */
export type FileResult = Omit<FileReport, 'what'>;

export interface GroupOptions {
  env: NodeJS.ProcessEnv;
  /** Milliseconds that a test may hang. */
  timeout: number;
  failed(test: TestReport): void;
  done(result: FileResult): void;
}

const CONTEXT = new URL('async-context.ts', import.meta.url).href;
const GROUP = fileURLToPath(new URL('group.ts', import.meta.url));
const REPORTER = new URL('reporter.ts', import.meta.url).href;
/** Servers, browsers without a screen and their stores in one process: what is young is collected less often. */
const YOUNG = ['--min-semi-space-size=32', '--max-semi-space-size=64'];
/** So many times as long as a test may hang, a process may say nothing. */
const PATIENCE = 2;

/** Where the process ends before its last file has, the next file begins another one. */
export async function runGroup(files: readonly string[], options: GroupOptions): Promise<void> {
  let left = files;
  while (left.length > 0) left = await runProcess(left, options);
}

/** Answers the files that are still to be run. */
async function runProcess(files: readonly string[], options: GroupOptions): Promise<string[]> {
  const left = [...files];
  let tests: TestReport[] = [];
  let printed: string[] = [];
  let failures = 0;
  const result = (report: FileResult): void => {
    if (!report.passed) failures += 1;
    options.done({ ...report, text: [report.text, ...printed].join('\n') });
    [tests, printed] = [[], []];
  };
  const child = start(files, options);
  const ended = whenEnded(child);
  const watchdog = setTimeout(() => child.kill('SIGKILL'), options.timeout * PATIENCE);
  const hear = (line: string): void => {
    const report = reportIn(line);
    if (!report) return void (line !== '' && printed.push(line));
    watchdog.refresh();
    if (report.what === 'test') {
      tests.push(report);
      if (!report.passed) options.failed(report);
      return;
    }
    left.splice(left.indexOf(report.file), 1);
    result(report);
  };
  for (const stream of [child.stdout, child.stderr]) listen(stream, hear);
  const how = await ended;
  clearTimeout(watchdog);
  const [file = files.join(', ')] = left;
  // The code is 1 where a test failed, and where something did that belongs to none.
  if (left.length > 0 || (how !== 'code 0' && failures === 0))
    result(
      broken(file, tests, `The process ended with ${how} before or after its tests were done.`),
    );
  return left.slice(1);
}

function start(files: readonly string[], { env, timeout }: GroupOptions): ChildProcess {
  const args = [
    ...YOUNG,
    `--import=${CONTEXT}`,
    `--test-reporter=${REPORTER}`,
    '--test-reporter-destination=stdout',
    `--test-timeout=${timeout}`,
    // A file whose `before` failed would otherwise wait for ever for the programs that it has started.
    '--test-force-exit',
    GROUP,
    ...files,
  ];
  // With it the process would report to the test that has started it.
  const { NODE_TEST_CONTEXT: _, ...own } = env;
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], env: own });
  const kill = (): void => void child.kill('SIGKILL');
  // Before the folder that it writes to is taken away.
  process.prependOnceListener('exit', kill);
  child.once('close', () => process.off('exit', kill));
  return child;
}

function listen(stream: Readable | null, hear: (line: string) => void): void {
  if (stream) createInterface({ input: stream }).on('line', hear);
}

async function whenEnded(child: ChildProcess): Promise<string> {
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return signal ?? `code ${code}`;
}

function broken(file: string, seen: readonly TestReport[], why: string): FileResult {
  const failed = seen.filter(({ passed }) => !passed).length;
  const last = seen.at(-1);
  return {
    file,
    passed: false,
    tests: seen.length,
    failed,
    skipped: 0,
    milliseconds: 0,
    cpu: 0,
    text: `✖ ${file}\n  ${why}${last ? ` The last test that ended was “${last.name}”.` : ''}`,
  };
}
