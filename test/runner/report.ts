/** What the process of a group tells the runner: a line of JSON each, among whatever else it prints. */

export type Report = TestReport | FileReport;

/** A test is over. */
export interface TestReport {
  what: 'test';
  file: string;
  /** With the suites that it is in. */
  name: string;
  passed: boolean;
  /** Why it failed; the first line. */
  why: string;
}

/** A file is over, with its hooks. */
export interface FileReport {
  what: 'file';
  file: string;
  passed: boolean;
  tests: number;
  failed: number;
  skipped: number;
  milliseconds: number;
  /** CPU seconds, with those of the processes that it has started. */
  cpu: number;
  /** As the reporter `spec` has it. */
  text: string;
}

/** The record separator (RFC 7464): nothing else begins a line with it. */
const MARK = '\u001E';

export function lineOf(report: Report): string {
  // What a test has printed may not have ended its line.
  return `\n${MARK}${JSON.stringify(report)}\n`;
}

/** Undefined: something that a test has printed. */
export function reportIn(line: string): Report | undefined {
  return line.startsWith(MARK) ? (JSON.parse(line.slice(MARK.length)) as Report) : undefined;
}
