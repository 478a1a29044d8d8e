/** `docs/what-ends.md`, made from the table of what ends when (src/policy/revocation.ts), and the check that it is. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format } from 'prettier';
import {
  CLIENT_CAUSES,
  ORGANISATION_CAUSES,
  PERSON_CAUSES,
  RESOURCE_CAUSES,
} from '../src/policy/revocation.ts';
import { DEVICE_CAUSES, SESSION_CAUSES } from '../src/policy/revocation/session-causes.ts';
import { COLUMNS, REACHES, type Column, type Row } from '../src/policy/revocation/what-can-end.ts';
import type { Failure } from './failure.ts';

export const WHAT_ENDS_PAGE = 'docs/what-ends.md';

const NAMES = Object.keys(COLUMNS) as Column[];

const SECTIONS: readonly [string, Readonly<Record<string, Row>>][] = [
  ['A person', PERSON_CAUSES],
  ['An organisation, for all of its people', ORGANISATION_CAUSES],
  ['An app (client)', CLIENT_CAUSES],
  ['A resource server', RESOURCE_CAUSES],
  ['Sessions, and what apps hold through them', SESSION_CAUSES],
  ['Trusted computers and passcodes', DEVICE_CAUSES],
];

const HEAD = `<!-- Made from src/policy/revocation.ts: node bin/run.js check/what-ends-page.ts -->

# What ends when

Everything that Latchkey hands out ends by itself one day. This page says what ends sooner, and by what. The program asks the same
table, and a test walks each cell of it. What ends, ends at once, on every process: the write that makes the change ends it
(what is changed of an app is seen within half a second). Whatever ended stays ended, also when the change is undone; a cell that
says "weaker" alone is judged anew each time.

Apps with a back-channel logout address are told of the end of their sessions within seconds, and again while they can't be reached.
`;

/** The page as it has to be. */
export async function whatEndsPage(): Promise<string> {
  const parts = [HEAD, ...SECTIONS.map(([title, rows]) => section(title, rows)), legend()];
  return format(parts.join('\n'), { parser: 'markdown', printWidth: 100 });
}

function section(title: string, rows: Readonly<Record<string, Row>>): string {
  const headings = ['When', ...NAMES.map((name) => COLUMNS[name][0]), 'Because'];
  const lines = Object.values(rows).map(({ when, ends, why }) =>
    line([when, ...NAMES.map((name) => ends[name]), why]),
  );
  return [`## ${title}\n`, line(headings), line(headings.map(() => '---')), ...lines, ''].join(
    '\n',
  );
}

function legend(): string {
  const item = ([word, meaning]: readonly [string, string]): string => `- **${word}**: ${meaning}.`;
  return [
    '## The words\n',
    'The columns:\n',
    ...Object.values(COLUMNS).map(item),
    '\nWhat a cell says:\n',
    ...Object.entries(REACHES).map(item),
    '',
  ].join('\n');
}

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/** `root`: the repository's folder. */
export async function checkWhatEnds(root: string): Promise<Failure[]> {
  const found = await readFile(join(root, WHAT_ENDS_PAGE), 'utf8').catch(() => undefined);
  if (found === (await whatEndsPage())) return [];
  const message =
    'is not what the table says; make it anew: node bin/run.js check/what-ends-page.ts';
  return [{ path: WHAT_ENDS_PAGE, message }];
}
