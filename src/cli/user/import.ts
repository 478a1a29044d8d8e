/** People from a file, and to one. */
import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { operatorPerformed } from '../../audit/performed.ts';
import { exportPeople } from '../../operations/people/import/export-people.ts';
import { IMPORT_KEYS, IMPORT_MODES } from '../../operations/people/import/import-line.ts';
import { importPeople } from '../../operations/people/import/import-people.ts';
import { PEOPLE_FORMATS, type PeopleFormat } from '../../operations/people/import/people-file.ts';
import { given } from '../../operations/input.ts';
import { Problem, type ProblemCode } from '../../problem.ts';
import type { BadLine, ImportProgress } from '../../records/lists/people-import.ts';
import { valueOf } from '../../result.ts';
import { VIEWS } from '../../server/views.ts';
import type { World } from '../../server/world.ts';
import { loadTexts, type Texts } from '../../text/catalogue.ts';
import { printable } from '../../text/printable.ts';
import {
  oneOf,
  onlyPositional,
  string,
  withInstallation,
  type Command,
  type Options,
  type Outcome,
} from '../command.ts';
import { operationParts } from '../parts.ts';
import { UsageError } from '../usage-error.ts';
import { completeList, queryOf } from './find.ts';

export const userImport: Command = {
  usage:
    'FILE|- [--dry-run] [--mode create|update|upsert] [--key login|id] [--org ID]\n' +
    '         [--format csv|jsonl]',
  options: {
    'dry-run': { type: 'boolean' },
    mode: { type: 'string', values: IMPORT_MODES },
    key: { type: 'string', values: IMPORT_KEYS },
    org: { type: 'string' },
    format: { type: 'string', values: PEOPLE_FORMATS },
  },
  run: (world, args) => {
    const file = onlyPositional(args, 'FILE');
    const { options } = args;
    const isDry = options['dry-run'] === true;
    return withInstallation(world, options, async (installation) => {
      const done = await importPeople(
        operationParts(installation),
        operatorPerformed(installation.config, world.now()),
        await sourceOf(world, file),
        {
          format: formatOf(options, file),
          mode: oneOf(options, 'mode', IMPORT_MODES) ?? 'upsert',
          key: oneOf(options, 'key', IMPORT_KEYS) ?? 'login',
          organisation: string(options, 'org'),
          isDry,
          ...(world.stderr.isTTY ? { progress: progressOn(world) } : {}),
        },
      );
      return outcomeOf(valueOf(done), isDry);
    });
  },
};

/** By what the file is called, where nothing says it. */
function formatOf(options: Options, file: string): PeopleFormat {
  const told = oneOf(options, 'format', PEOPLE_FORMATS);
  return told ?? (['.jsonl', '.ndjson', '.json'].includes(extname(file)) ? 'jsonl' : 'csv');
}

/** The file, as often as it is asked for. */
async function sourceOf(
  { cwd, stdin }: World,
  file: string,
): Promise<() => AsyncIterable<Uint8Array>> {
  if (file === '-') {
    const chunks: Buffer[] = [];
    for await (const chunk of stdin) chunks.push(Buffer.from(chunk));
    return async function* () {
      yield* chunks;
    };
  }
  const path = resolve(cwd, file);
  await access(path).catch(() => {
    throw new UsageError(`${path} cannot be read.`);
  });
  return () => createReadStream(path) as AsyncIterable<Buffer>;
}

function progressOn({ stderr }: World): (so: ImportProgress) => void {
  return ({ line, bad }) => void stderr.write(`\r${line} lines, ${bad} bad  `);
}

function outcomeOf(so: ImportProgress, isDry: boolean): Outcome {
  const texts = loadTexts(`${VIEWS}texts`);
  const badLines = so.badLines.map((bad) => ({ ...bad, text: textOf(texts, bad) }));
  const { created, updated, unchanged, bad } = so;
  const further = bad - badLines.length;
  const lines = [
    ...badLines.map(({ line, text }) => `Line ${line}: ${printable(text)}`),
    ...(further > 0 ? [`And ${further} more bad lines.`] : []),
    `${isDry ? 'Would add' : 'Added'} ${created}, ${isDry ? 'change' : 'changed'} ${updated}, leave ${unchanged} as they are; ${bad} bad ${bad === 1 ? 'line' : 'lines'}.`,
    ...(isDry ? ['Nothing was written.'] : []),
  ];
  const json = { dry_run: isDry, created, updated, unchanged, bad, bad_lines: badLines };
  return { text: lines.join('\n'), json };
}

function textOf(texts: Texts, { code, values }: BadLine): string {
  const { code: known } = new Problem(code as ProblemCode);
  return texts.text('en', `problem.${known}`, values);
}

export const userExport: Command = {
  usage: '[--org ID] [--group ORGANISATION/NAME] [--search TEXT] [--format csv|jsonl]',
  options: {
    org: { type: 'string' },
    group: { type: 'string' },
    search: { type: 'string' },
    format: { type: 'string', values: PEOPLE_FORMATS },
  },
  run: (world, { options }) =>
    withInstallation(world, options, async (installation) => {
      const query = await queryOf(installation, options);
      await completeList(installation, world);
      const performed = operatorPerformed(installation.config, world.now());
      const format = oneOf(options, 'format', PEOPLE_FORMATS) ?? 'csv';
      for await (const piece of exportPeople(installation, performed, given(query), format))
        world.stdout.write(piece);
      return undefined;
    }),
};
