/** The reporter of a group's process (`--test-reporter`): each test as it ends, and each file with its text. */
import { text } from 'node:stream/consumers';
import { spec, type TestEvent } from 'node:test/reporters';
import { cpuSeconds } from './cost.ts';
import { lineOf, type FileReport, type TestReport } from './report.ts';

type Ended = Extract<TestEvent, { type: 'test:pass' | 'test:fail' }>;

export default async function* reporter(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  let seen: TestEvent[] = [];
  /** Those that have begun and not ended, from the file on. */
  let open: string[] = [];
  let spent = 0;
  for await (const event of source) {
    seen.push(event);
    if (event.type === 'test:start') {
      open = [...open.slice(0, event.data.nesting), event.data.name];
      continue;
    }
    if (!isEnd(event)) continue;
    open = [...open.slice(0, event.data.nesting), event.data.name];
    if (isTest(event)) yield lineOf(testReport(event, open));
    if (event.data.nesting > 0) continue;
    const now = cpuSeconds();
    yield lineOf(await fileReport(event, seen, now - spent));
    [seen, spent] = [[], now];
  }
}

function isEnd(event: TestEvent): event is Ended {
  return event.type === 'test:pass' || event.type === 'test:fail';
}

const isTest = ({ data }: Ended): boolean => data.details.type !== 'suite';
const isSkipped = ({ data }: Ended): boolean => data.skip !== undefined && data.skip !== false;

/** What is still to be done may fail. */
const passed = ({ type, data }: Ended): boolean =>
  type === 'test:pass' || (data.todo !== undefined && data.todo !== false);

function testReport(event: Ended, [file = '', ...names]: readonly string[]): TestReport {
  return { what: 'test', file, name: names.join(' › '), passed: passed(event), why: why(event) };
}

function why(event: Ended): string {
  if (event.type === 'test:pass') return '';
  const { error } = event.data.details;
  const { message } = error.cause instanceof Error ? error.cause : error;
  return message.split('\n', 1)[0] ?? '';
}

async function fileReport(
  end: Ended,
  seen: readonly TestEvent[],
  cpu: number,
): Promise<FileReport> {
  const tests = seen.filter(isEnd).filter(isTest);
  const failed = tests.filter((event) => !passed(event)).length;
  return {
    what: 'file',
    file: end.data.name,
    passed: passed(end) && failed === 0,
    tests: tests.length,
    failed,
    skipped: tests.filter(isSkipped).length,
    milliseconds: Math.round(end.data.details.duration_ms),
    cpu,
    text: await specOf(seen),
  };
}

function specOf(events: readonly TestEvent[]): Promise<string> {
  const formatter = new spec();
  const written = text(formatter);
  for (const event of events) formatter.write(event);
  formatter.end();
  return written;
}
