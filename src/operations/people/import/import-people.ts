/** People from a file, each line by the operations that a page or a command would call: dry, or for good. */
import { createHash, randomBytes } from 'node:crypto';
import type { Performed } from '../../../audit/performed.ts';
import type { Problem } from '../../../problem.ts';
import {
  MOST_BAD_LINES,
  peopleImportCollection,
  type BadLine,
  type ImportProgress,
} from '../../../records/lists/people-import.ts';
import { resultOf, type Result } from '../../../result.ts';
import type { Vault } from '../../../secrets/vault.ts';
import type { Change, Store } from '../../../storage/store.ts';
import { fold } from '../../../text/fold.ts';
import { checkOrganisations } from '../../organisations/check-organisations.ts';
import { reach } from '../../permission.ts';
import { dryStore, type TriedNames } from './dry-store.ts';
import { importLine, type LineDone, type LineOptions, type LineParts } from './import-line.ts';
import { peopleLines, type PeopleFormat, type PersonLine } from './people-file.ts';

export interface ImportParts extends LineParts {
  store: LineParts['store'] & Pick<Store, 'put'>;
  vault: Pick<Vault, 'hash'>;
}

export interface ImportOptions extends Omit<LineOptions, 'organisation'> {
  format: PeopleFormat;
  /** Of those whose line names none; of whoever may see one alone it is that one. */
  organisation?: string | undefined;
  /** Nothing is written. */
  isDry: boolean;
  /** Told after every hundred lines. */
  progress?(so: ImportProgress): void;
}

/** Milliseconds for which it is remembered how far an import has come. */
const REMEMBERED = 30 * 86_400_000;

/**
 * `source`: the file, from its start; called twice. The same file, in the same way by the same person, goes
 * on behind the last line that was seen to, unless that was the end. Problems of the whole file, of which no
 * line is done then: `import-columns`, `import-columns-twice`, `import-empty`, `organisation-unknown`, those of
 * who may. Those of lines are in what it answers.
 */
export function importPeople(
  parts: ImportParts,
  performed: Performed,
  source: () => AsyncIterable<Uint8Array>,
  options: ImportOptions,
): Promise<Result<ImportProgress>> {
  return resultOf(async () => {
    const { mode, key, format, isDry } = options;
    const organisation = await reach(parts.store, performed, 'person.add', options.organisation);
    await checkOrganisations(parts.store, organisation === null ? [] : [organisation]);
    const how = JSON.stringify([performed.actor, organisation, mode, key, format]);
    const id = parts.vault.hash('import of people', `${how} ${await digestOf(source())}`);
    let so = isDry ? begun() : await goOn(parts.store, id, performed.now);
    const runner = lineRunner(parts, performed, { mode, key, organisation }, { so, isDry });
    for await (const lines of peopleLines(source(), format)) {
      const ahead = lines.filter(({ line }) => line > so.line);
      if (ahead.length === 0) continue;
      so = counted(so, await settled(ahead, runner, isDry));
      if (!isDry) await keep(parts.store, id, so, performed.now);
      options.progress?.(so);
    }
    so = { ...so, isFinished: true };
    if (!isDry) await keep(parts.store, id, so, performed.now);
    return so;
  });
}

/** Nothing has been seen to. */
export function begun(): ImportProgress {
  const run = randomBytes(16).toString('base64url');
  const none = { line: 0, created: 0, updated: 0, unchanged: 0, bad: 0 };
  return { run, ...none, badLines: [], isFinished: false };
}

/** As far as it has come, or from the start. */
function goOn(store: ImportParts['store'], id: string, now: number): Promise<ImportProgress> {
  const anew = begun();
  return store.update(
    peopleImportCollection,
    id,
    (before): Change<ImportProgress, ImportProgress> =>
      before && !before.isFinished
        ? { result: before }
        : { put: anew, expiresAt: now + REMEMBERED, result: anew },
  );
}

function keep(
  store: ImportParts['store'],
  id: string,
  so: ImportProgress,
  now: number,
): Promise<void> {
  return store.put(peopleImportCollection, id, so, { expiresAt: now + REMEMBERED });
}

export type Settled = { line: number; done: LineDone } | { line: number; problem: Problem };

/** What is done with a line; of a dry run, what would be. */
export function lineRunner(
  parts: ImportParts,
  performed: Performed,
  { mode, key, organisation }: LineOptions,
  { so: { run }, isDry }: { so: ImportProgress; isDry: boolean },
) {
  const names: TriedNames = new Map();
  const options = { mode, key, organisation };
  return async (said: PersonLine): Promise<Settled> => {
    const { line } = said;
    if ('problem' in said) return { line, problem: said.problem };
    const newId = parts.vault.hash('imported person', `${run} ${line}`).slice(0, 22);
    const on = isDry ? { ...parts, store: dryStore(parts.store, names), relay: NOBODY } : parts;
    const done = await resultOf(() => importLine(on, performed, said.cells, { ...options, newId }));
    return done.ok ? { line, done: done.value } : { line, problem: done.problem };
  };
}

/** Many at once, but for lines of somebody whom an earlier one is about: those wait for their turn, as all do in a dry run. */
export async function settled(
  lines: readonly PersonLine[],
  run: (line: PersonLine) => Promise<Settled>,
  inTurn: boolean,
): Promise<Settled[]> {
  const named = new Set<string>();
  const isAgain = (line: PersonLine): boolean => {
    const { id, login, email } = 'cells' in line ? line.cells : {};
    const names = [id, login, email].flatMap((name) => (name === undefined ? [] : fold(name)));
    const again = names.some((name) => named.has(name));
    for (const name of names) named.add(name);
    return inTurn || again;
  };
  const waiting = lines.map((line) => ({ line, waits: isAgain(line) }));
  const first = waiting.filter(({ waits }) => !waits);
  const done = await Promise.all(first.map(({ line }) => run(line)));
  for (const { line, waits } of waiting) if (waits) done.push(await run(line));
  return done.toSorted((one, other) => one.line - other.line);
}

const NOBODY = { soon: (): void => {} };

/** With those lines as well. */
export function counted(so: ImportProgress, lines: readonly Settled[]): ImportProgress {
  const of = (what: LineDone): number =>
    lines.filter((line) => 'done' in line && line.done === what).length;
  const bad = lines.flatMap((line): BadLine[] => {
    if (!('problem' in line)) return [];
    const { code, values } = line.problem;
    return [{ line: line.line, code, values: shortened(values) }];
  });
  return {
    ...so,
    line: lines.at(-1)?.line ?? so.line,
    created: so.created + of('created'),
    updated: so.updated + of('updated'),
    unchanged: so.unchanged + of('unchanged'),
    bad: so.bad + bad.length,
    badLines: [...so.badLines, ...bad].slice(0, MOST_BAD_LINES),
  };
}

/** Characters that are kept of what was written. */
const MOST_KEPT = 200;

/** A thousand of them are one document, and a line can be long. */
function shortened(values: BadLine['values']): BadLine['values'] {
  const short = (value: string): string =>
    value.length > MOST_KEPT ? `${value.slice(0, MOST_KEPT)}…` : value;
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === 'string' ? short(value) : value,
    ]),
  );
}

async function digestOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of chunks) hash.update(chunk);
  return hash.digest('base64url');
}
