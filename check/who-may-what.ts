/** `docs/who-may-what.md`, made from the table of who may do what (src/policy/access.ts), and the check that it is. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format } from 'prettier';
import { ACCESS, RANK, type Operation } from '../src/policy/access.ts';
import type { AccessRow } from '../src/policy/access-row.ts';
import { DUTIES, WHAT } from '../src/policy/what-operations-do.ts';
import type { Failure } from './failure.ts';

export const WHO_MAY_WHAT_PAGE = 'docs/who-may-what.md';

const ROLES = Object.keys(DUTIES) as (keyof typeof DUTIES)[];

const HEAD = `<!-- Made from src/policy/access.ts: node bin/run.js check/who-may-what-page.ts -->

# Who may do what

Everybody has one role. This page says what each may; the program asks the same table at each act, of the record as it is then:
whoever is disabled, demoted or without a second factor may nothing from that moment on. A test walks every page, command and
operation: each has its row here.

- Roles are ranked: ${ranks()}. Who acts on a person needs a higher rank than theirs; administrators also act on one another.
  Nobody acts on themselves here, but on their own account, as everybody does.
- A role is given up to one's own rank.
- "own" is what belongs to one's own organisation. What belongs to another does not exist for whoever asks.
- "Fresh" needs a second factor that is not older than five minutes.
- Every role but member always needs a second factor, at once, whatever the organisation or the person's own setting says.
- Programs (API clients) have a role and an organisation as people do. They give no role but member, and act on people below their
  rank only.
- The operator is whoever has a shell on the server.
`;

function ranks(): string {
  const byRank = Map.groupBy(ROLES, (role) => RANK[role]);
  const levels = [...byRank].toSorted(([one], [other]) => one - other);
  const named = levels.map(([, roles]) => roles.map((role) => DUTIES[role].toLowerCase()));
  return ['member', ...named.map((roles) => roles.join(' and '))].join(' < ');
}

/** The page as it has to be. */
export async function whoMayWhatPage(): Promise<string> {
  const rows = Object.entries(ACCESS) as [Operation, AccessRow][];
  const others = rows.filter(([, { roles }]) => Object.keys(roles).length > 0);
  const own = rows.filter(([, { self }]) => self !== 'nobody');
  const left = rows.filter((row) => !others.includes(row) && !own.includes(row));
  const parts = [
    HEAD,
    '## To others, and to the installation\n',
    table(
      ['What', ...Object.values(DUTIES), 'Program', 'Operator', 'Fresh'],
      others.map(([operation, access]) => [WHAT[operation], ...cellsOf(access)]),
    ),
    '## To one’s own account\n',
    'Everybody, whatever their role, and nobody for them.\n',
    table(
      ['What', 'Signed in', 'Fresh'],
      own.map(([operation, { self, fresh }]) => [
        WHAT[operation],
        self === 'signed-in' ? 'yes' : 'no',
        yesOrNo(fresh),
      ]),
    ),
    '## Only at the command line\n',
    ...left.map(([operation]) => `- ${WHAT[operation]}`),
    '',
  ];
  return format(parts.join('\n'), { parser: 'markdown', printWidth: 100 });
}

function cellsOf({ roles, programs, operator, fresh }: AccessRow): string[] {
  const reaches = ROLES.map((role) => roles[role] ?? '');
  return [...reaches, yesOrNo(programs), yesOrNo(operator), yesOrNo(fresh)];
}

const yesOrNo = (is: boolean): string => (is ? 'yes' : '');

function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  return [headings, headings.map(() => '---'), ...rows, []].map(line).join('\n');
}

const line = (cells: readonly string[]): string =>
  cells.length > 0 ? `| ${cells.join(' | ')} |` : '';

/** `root`: the repository's folder. */
export async function checkWhoMayWhat(root: string): Promise<Failure[]> {
  const found = await readFile(join(root, WHO_MAY_WHAT_PAGE), 'utf8').catch(() => undefined);
  if (found === (await whoMayWhatPage())) return [];
  const message =
    'is not what the table says; make it anew: node bin/run.js check/who-may-what-page.ts';
  return [{ path: WHO_MAY_WHAT_PAGE, message }];
}
