/** People → Import: a file is looked through first, every bad line by its number; then its people are put in. */
import { z } from 'zod';
import { LARGEST_IMPORT, MOST_LINES } from '../../../../operations/people/import/import-file.ts';
import {
  beginImport,
  discardImport,
  importJobInput,
  listImports,
  showImport,
  startImport,
} from '../../../../operations/people/import/import-job.ts';
import { IMPORT_KEYS, IMPORT_MODES } from '../../../../operations/people/import/import-line.ts';
import { COLUMNS, type PeopleFormat } from '../../../../operations/people/import/people-file.ts';
import { Problem } from '../../../../problem.ts';
import type { ImportJob } from '../../../../records/lists/import-job.ts';
import { parseFields, type Fields } from '../../../forms.ts';
import { valueOr } from '../../../signed-in/found.ts';
import type { Answer } from '../../../signed-in/page.ts';
import { chosenOrganisation, isEverywhere, organisationChoices } from '../../organisations.ts';
import type { AdminPage, AdminVisit } from '../../page.ts';
import { PEOPLE } from '../../person.ts';

export const IMPORT = `${PEOPLE}/import`;

/** Seconds. */
const LOOK_AGAIN = 3;
/** Bad lines of a page; all that are kept are in the file of them. */
const SHOWN = 100;

const form: AdminPage = {
  path: IMPORT,
  operation: 'person.add',
  section: 'people',
  fresh: true,
  upload: LARGEST_IMPORT,

  show: (visit) => formPage(visit, visit.held, {}),

  async submit(visit, fields, { file }) {
    const { parts, performed } = visit;
    const { mode = '', key = '' } = fields;
    const name = file?.name ?? '';
    // Where there is one alone the form asks for none.
    const of = chosenOrganisation(visit, 'person.add', fields);
    const parsed = parseFields(importJobInput, {
      file: name,
      format: formatOf(name),
      mode,
      key,
      ...(of === '' ? {} : { organisation: of }),
    });
    const missing = file === undefined || file.bytes.length === 0 ? { file: 'required' } : {};
    const errors = { ...missing, ...(parsed.ok ? {} : parsed.errors) };
    if (!file || !parsed.ok || Object.keys(errors).length > 0)
      return formPage(visit, fields, { errors, status: 400 });
    const begun = await beginImport(parts, performed, parsed.values, file.bytes);
    if (begun.ok) return { to: importPath(begun.value) };
    const { problem } = begun;
    if (problem.status === 403 || problem.status === 404) throw backTo(problem);
    return formPage(visit, fields, { problem, status: problem.status });
  },
};

/** By what the file is called. */
const formatOf = (name: string): PeopleFormat =>
  /\.(?:jsonl|ndjson|json)$/iu.test(name) ? 'jsonl' : 'csv';

const importPath = (id: string, page = ''): string =>
  `${IMPORT}/${encodeURIComponent(id)}${page === '' ? '' : `/${page}`}`;

const backTo = ({ code, status, values }: Problem): Problem =>
  new Problem(code, { status, values, back: PEOPLE });

interface Told {
  errors?: Record<string, string>;
  problem?: Problem | null;
  status?: number;
}

async function formPage(visit: AdminVisit, fields: Fields, told: Told): Promise<Answer> {
  const { errors = {}, problem = null, status = 200 } = told;
  const { parts, performed, person } = visit;
  const everywhere = isEverywhere(person, 'person.add');
  const all = valueOr(await listImports(parts, performed), PEOPLE);
  const context = {
    modes: IMPORT_MODES,
    mode: fields['mode'] ?? 'upsert',
    keys: IMPORT_KEYS,
    key: fields['key'] ?? 'login',
    organisations: everywhere ? await organisationChoices(visit) : [],
    organisation: fields['organisation'] ?? person.organisation,
    organisationName: visit.who.organisation.name,
    columns: COLUMNS.join(', '),
    most: MOST_LINES,
    megabytes: LARGEST_IMPORT / 1024 / 1024,
    imports: all.map(({ id, value }) => ({ href: importPath(id), ...stateOf(value) })),
    back: PEOPLE,
    errors,
    problem,
  };
  return { show: 'admin/people-import', context, status };
}

/** `looking`, `looked`, `running`, `done`, `broken`. */
function stateOf({ file, startedAt, isDry, isDone, problem, progress, lines }: ImportJob) {
  const going = isDry ? 'looking' : 'running';
  const gone = problem !== null ? 'broken' : isDry ? 'looked' : 'done';
  const { line, created, updated, unchanged, bad } = progress;
  const counts = { created, updated, unchanged, bad };
  return { file, startedAt, state: isDone ? gone : going, line, lines, ...counts };
}

const job: AdminPage = {
  path: `${IMPORT}/:import`,
  operation: 'person.add',
  section: 'people',
  fresh: false,

  show: (visit) => jobPage(visit, null),

  async submit(visit, fields) {
    const { parts, performed, params } = visit;
    const id = params['import'] ?? '';
    const parsed = parseFields(z.object({ go: z.enum(['import', 'discard'], 'required') }), fields);
    if (!parsed.ok) return jobPage(visit, new Problem('import-choice', { status: 400 }));
    const act = parsed.values.go === 'import' ? startImport : discardImport;
    const done = await act(parts, performed, id);
    if (!done.ok && done.problem.status === 409) return jobPage(visit, done.problem);
    valueOr(done, IMPORT);
    return { to: parsed.values.go === 'import' ? importPath(id) : IMPORT };
  },
};

async function jobPage(visit: AdminVisit, problem: Problem | null): Promise<Answer> {
  const { parts, performed, params, ctx } = visit;
  const id = params['import'] ?? '';
  const shown = valueOr(await showImport(parts, performed, id), IMPORT);
  // Looked at again by itself while it is under way.
  if (!shown.isDone) ctx.set('Refresh', String(LOOK_AGAIN));
  const { badLines } = shown.progress;
  const context = {
    ...stateOf(shown),
    mode: shown.mode,
    wouldBe: shown.wouldBe ?? null,
    broken: shown.problem,
    badLines: badLines.slice(0, SHOWN),
    further: shown.progress.bad - Math.min(badLines.length, SHOWN),
    results: badLines.length > 0 ? importPath(id, 'bad-lines') : null,
    back: IMPORT,
    problem,
  };
  return { show: 'admin/people-import-job', context, status: problem?.status ?? 200 };
}

/** The bad lines with their reasons, in the words of the page. */
const badLines: AdminPage = {
  path: `${IMPORT}/:import/bad-lines`,
  operation: 'person.add',
  section: 'people',
  fresh: false,

  async show(visit) {
    const { parts, performed, params } = visit;
    const shown = valueOr(await showImport(parts, performed, params['import'] ?? ''), IMPORT);
    const context = { badLines: shown.progress.badLines };
    return { download: 'admin/bad-lines-file', context, name: 'bad-lines.csv' };
  },
};

export const importPages: readonly AdminPage[] = [form, job, badLines];
