/** At the end: what failed, in full, and how much there was. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Outcome } from './run-files.ts';

export function tell({ engine, results, unsteady }: Outcome): void {
  const failing = results.filter(({ passed }) => !passed);
  for (const { text } of [...failing, ...unsteady]) console.log(`\n${text}`);
  const sum = (what: 'tests' | 'failed' | 'skipped'): number =>
    results.reduce((total, result) => total + result[what], 0);
  const [tests, failed, skipped] = [sum('tests'), sum('failed'), sum('skipped')];
  console.log(`\nOn ${engine}:`);
  console.log(`ℹ files ${results.length}`);
  console.log(`ℹ tests ${tests}`);
  console.log(`ℹ pass ${tests - failed - skipped}`);
  console.log(`ℹ fail ${failed}`);
  console.log(`ℹ skipped ${skipped}`);
  if (failing.length > 0) console.log(`ℹ failing files ${namesOf(failing)}`);
  if (unsteady.length > 0)
    console.log(`ℹ UNSTEADY (failed beside others, passed alone) ${namesOf(unsteady)}`);
  console.log(`ℹ every test is in ${logOf(engine, results)}\n`);
}

const namesOf = (results: Outcome['results']): string => results.map(({ file }) => file).join(' ');

function logOf(engine: string, results: Outcome['results']): string {
  const path = join(mkdtempSync(join(tmpdir(), 'latchkey-test-log-')), `${engine}.log`);
  const sorted = results.toSorted((one, other) => (one.file < other.file ? -1 : 1));
  writeFileSync(path, sorted.map(({ text }) => `${text}\n`).join('\n'));
  return path;
}
