/** `/admin/rollout`: who has set a second factor up, and who is being waited for, in numbers; and reminders. */
import { findOrganisations } from '../../../../operations/organisations/find-organisations.ts';
import { MOST_REMINDED, remindAll } from '../../../../operations/rollout/remind.ts';
import {
  MOST_GROUPS_SHOWN,
  showRollout,
  type CountedRow,
} from '../../../../operations/rollout/show-rollout.ts';
import { csvLines } from '../../../../text/csv.ts';
import { getGroup } from '../../../../records/group.ts';
import type { RolloutCounts } from '../../../../records/lists/rollout.ts';
import type { Fields } from '../../../forms.ts';
import { found, valueOr } from '../../../signed-in/found.ts';
import { ask } from '../../confirm.ts';
import { organisationOf, organisationPath, ROLLOUT, rolloutPath } from '../../organisation.ts';
import { isEverywhere } from '../../organisations.ts';
import { mayDo, pathOf, type AdminPage, type AdminVisit } from '../../page.ts';

const afterIn = ({ ctx }: AdminVisit): string | undefined =>
  ctx.URL.searchParams.get('after')?.slice(0, 2000) || undefined;

const nextOf = (path: string, after: string | undefined): string | null =>
  after === undefined ? null : `${path}?${new URLSearchParams({ after })}`;

const boards: AdminPage = {
  path: ROLLOUT,
  operation: 'organisation.rollout',
  section: 'rollout',
  fresh: false,

  async show(visit) {
    const { parts, performed, person } = visit;
    if (!isEverywhere(person, 'organisation.rollout'))
      return board.show({ ...visit, params: { organisation: person.organisation } });
    const after = afterIn(visit);
    const page = valueOr(await findOrganisations(parts, performed, { after }), ROLLOUT);
    const made = page.organisations.map(({ rollout }) => rollout?.madeAt ?? null);
    const context = {
      rows: page.organisations.map(({ organisation: { id, name }, rollout }) => ({
        href: rolloutPath(id),
        name,
        counts: rollout?.madeAt ? rollout.counts : null,
        ...linksOf(id, {}),
      })),
      // The oldest: nothing on the page is older.
      madeAt: made.some((at) => at === null) ? null : Math.min(...made.map(Number)),
      first: after === undefined ? null : ROLLOUT,
      next: nextOf(ROLLOUT, page.next),
    };
    return { show: 'admin/rollouts', context };
  },
};

/** Lists of the people whom a number is of. */
function linksOf(organisation: string, group: { group?: string }) {
  const list = (state: string): string =>
    `${pathOf('people')}?${new URLSearchParams({ organisation, ...group, state })}`;
  return {
    lists: {
      enrolled: list('strong'),
      email: list('email'),
      grace: list('grace'),
      overdue: list('overdue'),
    },
  };
}

const board: AdminPage = {
  path: `${ROLLOUT}/:organisation`,
  operation: 'organisation.rollout',
  section: 'rollout',
  fresh: false,

  async show(visit) {
    const { parts, performed, params, person } = visit;
    const id = params['organisation'] ?? '';
    const after = afterIn(visit);
    const shown = valueOr(await showRollout(parts, performed, id, { after }), ROLLOUT);
    const mayRemind = mayDo(visit, 'person.remind', { organisation: id });
    const { counts, madeAt, organisation } = shown;
    const remind = (group: { group?: string }, { grace, overdue }: RolloutCounts) =>
      mayRemind && grace + overdue > 0
        ? [rolloutPath(id, 'remind'), new URLSearchParams(group)]
            .filter((part) => String(part) !== '')
            .join('?')
        : null;
    const context = {
      organisation: organisation.name,
      href: organisationPath(id),
      whole: { name: organisation.name, counts, remind: remind({}, counts), ...linksOf(id, {}) },
      groups: shown.groups.map((row) => ({
        ...row,
        remind: remind({ group: row.id }, row.counts),
        ...linksOf(id, { group: row.id }),
      })),
      madeAt,
      export: rolloutPath(id, 'export'),
      everywhere: isEverywhere(person, 'organisation.rollout'),
      first: after === undefined ? null : rolloutPath(id),
      next: nextOf(rolloutPath(id), shown.next),
    };
    return { show: 'admin/rollout', context };
  },
};

/** Of the whole board: a line for the organisation, and one for each group. */
const exported: AdminPage = {
  path: `${ROLLOUT}/:organisation/export`,
  operation: 'organisation.rollout',
  section: 'rollout',
  fresh: false,

  async show({ parts, performed, params }) {
    const id = params['organisation'] ?? '';
    const limit = MOST_GROUPS_SHOWN;
    const shown = valueOr(await showRollout(parts, performed, id, { limit }), ROLLOUT);
    const whole: CountedRow = { id, name: '', counts: shown.counts };
    const rows = [whole, ...shown.groups].map(({ name, counts }) => [
      id,
      name,
      ...COLUMNS.map((column) => counts[column]),
      shown.madeAt === null ? '' : new Date(shown.madeAt).toISOString(),
    ]);
    const heading = ['organisation', 'group', ...COLUMNS.map(snakeCase), 'as_of'];
    const lines = csvLines([heading, ...rows.map((row) => row.map(String))]);
    return { download: 'plain', context: { lines: [lines.trimEnd()] }, name: `rollout-${id}.csv` };
  },
};

const COLUMNS = [
  'people',
  'enrolled',
  'grace',
  'overdue',
  'email',
  'open',
  'mailPassword',
] as const;
const snakeCase = (name: string): string =>
  name.replaceAll(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`);

const remind: AdminPage = {
  path: `${ROLLOUT}/:organisation/remind`,
  operation: 'person.remind',
  section: 'rollout',
  fresh: false,

  async show(visit) {
    const { searchParams } = visit.ctx.URL;
    const group = searchParams.get('group')?.slice(0, 100) ?? '';
    return ask('rollout-remind', await reminderOf(visit, group, searchParams.get('after') ?? ''));
  },

  async submit(visit, fields: Fields) {
    const after = fields['after'] ?? '';
    const question = await reminderOf(visit, fields['group'] ?? '', after);
    const { parts, performed, params } = visit;
    const of = { organisation: params['organisation'] ?? '', group: fields['group'] || null };
    const reminded = await remindAll(parts, performed, of, after === '' ? undefined : after);
    if (!reminded.ok) return ask('rollout-remind', question, reminded.problem);
    const { mailed, already, isMore, next } = reminded.value;
    const values = { mailed, already, more: isMore ? 'yes' : 'no' };
    const said = { what: 'rollout-reminded', values };
    if (next === undefined) return { to: question.back, said };
    // To the same question about those who are left.
    const on = { ...(of.group === null ? {} : { group: of.group }), after: next };
    const to = `${rolloutPath(of.organisation, 'remind')}?${new URLSearchParams(on)}`;
    return { to, said };
  },
};

async function reminderOf(visit: AdminVisit, group: string, after: string) {
  const { id, name } = await organisationOf(visit);
  const back = rolloutPath(id);
  const of = group === '' ? undefined : await getGroup(visit.parts.store, group);
  if (group !== '') found(of?.organisation === id ? of : undefined, back);
  const scope = of ? 'group' : 'all';
  const values = { organisation: name, scope, group: of?.name ?? '', most: MOST_REMINDED };
  return { back, values, hidden: { group, after: after.slice(0, 2000) } };
}

export const rolloutPages: readonly AdminPage[] = [boards, board, exported, remind];
