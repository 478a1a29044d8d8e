/** Apps → the app → Who may: which organisations, and which groups of each. */
import { changeClient } from '../../../../operations/clients/change-client.ts';
import type { SeenClient } from '../../../../operations/clients/seen/show-client.ts';
import { changeOrganisation } from '../../../../operations/organisations/change-organisation.ts';
import { groupsFor } from '../../../../policy/apps/who-may.ts';
import type { ClientRecord } from '../../../../records/client.ts';
import { getGroups, listGroups, type Group } from '../../../../records/group.ts';
import { getOrganisation, type Organisation } from '../../../../records/organisation.ts';
import type { Problem } from '../../../../problem.ts';
import type { Fields } from '../../../forms.ts';
import { found } from '../../../signed-in/found.ts';
import type { Answer } from '../../../signed-in/page.ts';
import { APPS, appAt, appFrame, appPath } from '../../apps/app.ts';
import { fieldErrors } from '../../apps/field-errors.ts';
import { openToBoxes, openToFrom, openToShown } from '../../apps/open-to.ts';
import { formOf, formShown, seenIn, type FormOf } from '../../as-read.ts';
import type { Errors } from '../../errors.ts';
import { organisationChoices } from '../../organisations.ts';
import { mayDo, type AdminPage, type AdminVisit } from '../../page.ts';
import { chosenGroups, groupChoices } from '../../person.ts';

/** Organisations of a page. */
const PAGE = 25;
/** More groups than that are found by another page. */
const MOST_GROUPS = 100;

const who: AdminPage = {
  path: `${APPS}/:client/who`,
  operation: 'client.show',
  section: 'apps',
  fresh: false,

  async show(visit) {
    const seen = await appAt(visit, 'who');
    const { client } = seen;
    const from = Number(visit.ctx.URL.searchParams.get('after')?.slice(0, 6)) || 0;
    const ids = await openIds(visit, seen);
    const page = ids.slice(from, from + PAGE);
    const rows = await Promise.all(page.map((id) => rowOf(visit, seen, id)));
    const path = appPath(client.id, 'who');
    const context = {
      ...appFrame(visit, seen, 'who'),
      rows: rows.filter((row) => row !== undefined),
      all: client.organisations === null && seen.organisation === null,
      edit: mayDo(visit, 'client.change', {}) ? appPath(client.id, 'open') : null,
      first: from > 0 ? path : null,
      next: from + PAGE < ids.length ? `${path}?after=${from + PAGE}` : null,
    };
    return { show: 'admin/app-who', context };
  },
};

async function openIds(visit: AdminVisit, { client, organisation }: SeenClient) {
  if (organisation !== null) return [organisation];
  return client.organisations ?? (await organisationChoices(visit)).map(({ id }) => id);
}

async function rowOf(visit: AdminVisit, { client }: SeenClient, id: string) {
  const { store } = visit.parts;
  const organisation = await getOrganisation(store, id);
  if (!organisation) return undefined;
  const those = groupsFor(organisation, client.id);
  const names = those && [...(await getGroups(store, those)).values()].map(({ name }) => name);
  const edit = mayDo(visit, 'organisation.change', { organisation: id });
  return {
    name: organisation.name,
    // Null: everybody in it.
    groups: names,
    edit: edit ? appPath(client.id, `who/${encodeURIComponent(id)}`) : null,
  };
}

const groups: AdminPage = {
  path: `${APPS}/:client/who/:organisation`,
  operation: 'organisation.change',
  section: 'apps',
  fresh: true,
  show: async (visit) => groupsPage(visit, await openOf(visit), { fields: visit.held }),
  async submit(visit, fields) {
    const at = await openOf(visit);
    const { parts, performed } = visit;
    const { client, organisation } = at;
    const chosen = fields['may'] === 'everybody' ? null : chosenGroups(fields);
    if (fields['may'] !== 'everybody' && fields['may'] !== 'groups')
      return groupsPage(visit, at, { fields, errors: { may: 'required' }, status: 400 });
    const app = { client: client.id, groups: chosen, seen: seenFrom(fields) };
    const done = await changeOrganisation(parts, performed, organisation.id, { apps: [app] });
    if (!done.ok) return notSaved(visit, at, fields, done.problem);
    const what = chosen === null ? 'app-everybody' : 'app-groups';
    const values = { name: client.name, organisation: organisation.name };
    return { to: appPath(client.id, 'who'), said: { what, values } };
  },
};

/** What was shown; whatever else it is was never shown. */
function seenFrom(fields: Fields): string[] | null {
  const { tag } = seenIn(fields, []);
  return tag === EVERYBODY ? null : tag.split(',').filter(isSaid).slice(0, 200);
}

const isSaid = (id: string): boolean => id !== '' && id !== NOBODY;

/** In place of ids. */
const EVERYBODY = '*';
const NOBODY = '-';

interface At {
  client: ClientRecord;
  organisation: Organisation;
}

/** Of an organisation that the app is open to, and that the visitor reaches. */
async function openOf(visit: AdminVisit): Promise<At> {
  const seen = await appAt(visit, 'who');
  const { client } = seen;
  const id = visit.params['organisation'] ?? '';
  const back = appPath(client.id, 'who');
  const isOpen = (await openIds(visit, seen)).includes(id);
  const there = isOpen ? await getOrganisation(visit.parts.store, id) : undefined;
  const organisation = found(there, back);
  return { client, organisation };
}

function notSaved(visit: AdminVisit, at: At, fields: Fields, problem: Problem) {
  const { code, values, status } = problem;
  if (code !== 'changed-meanwhile')
    return groupsPage(visit, at, { fields, errors: { may: { code, values } }, status });
  return openOf(visit).then((now) => groupsPage(visit, now, { fields, faster: true, status: 409 }));
}

interface Shown {
  fields: Fields;
  errors?: Errors;
  /** Somebody else was. */
  faster?: boolean;
  status?: number;
}

async function groupsPage(
  visit: AdminVisit,
  { client, organisation }: At,
  { fields, errors = {}, faster = false, status = 200 }: Shown,
): Promise<Answer> {
  const now = groupsFor(organisation, client.id);
  const named = [...chosenGroups(fields), ...(now ?? [])];
  const all = await groupsToChoose(visit, organisation.id, named);
  const shown = formShown(groupsForm(now, all), fields, faster);
  const context = {
    app: { id: client.id, name: client.name },
    organisation: organisation.name,
    shown,
    groups: groupChoices(all, chosenGroups(shown.fields)),
    back: appPath(client.id, 'who'),
    errors,
  };
  return { show: 'admin/app-groups', context, status };
}

function groupsForm(now: readonly string[] | null, all: readonly Group[]): FormOf {
  const boxes = groupChoices(all, now ?? []).map(({ field, name, on }) => ({
    label: { text: name },
    now: { [field]: on ? 'yes' : '' },
    ticks: true as const,
    told: (fields: Fields) => ({ textKey: fields[field] === 'yes' ? 'apps.yes' : 'apps.no' }),
  }));
  const may = {
    label: { textKey: 'apps.tab.who' },
    now: { may: now === null ? 'everybody' : 'groups' },
    told: ({ may: is }: Fields) => ({
      textKey: is === 'everybody' ? 'apps.everybody' : 'apps.these-groups',
    }),
  };
  return { boxes: [may, ...boxes], tag: now === null ? EVERYBODY : now.join(',') || NOBODY };
}

/** The first hundred by their names, and those that are chosen. */
async function groupsToChoose(
  { parts }: AdminVisit,
  organisation: string,
  chosen: readonly string[],
): Promise<Group[]> {
  const all: Group[] = [];
  for await (const group of listGroups(parts.store, organisation)) {
    all.push(group);
    if (all.length === MOST_GROUPS) break;
  }
  const rest = chosen.filter((id) => !all.some((group) => group.id === id));
  const more = [...(await getGroups(parts.store, rest)).values()];
  return [...all, ...more.filter((group) => group.organisation === organisation)];
}

const open: AdminPage = {
  path: `${APPS}/:client/open`,
  operation: 'client.change',
  section: 'apps',
  fresh: true,
  show: async (visit) => openPage(visit, await appAt(visit, 'who'), { fields: visit.held }),
  async submit(visit, fields) {
    const seen = await appAt(visit, 'who');
    const { client } = seen;
    const organisations = openToFrom(fields);
    if (organisations === undefined)
      return openPage(visit, seen, { fields, errors: { openTo: 'required' }, status: 400 });
    const { parts, performed } = visit;
    const input = { organisations, seen: seenIn(fields, []).tag };
    const changed = await changeClient(parts, performed, client.id, input);
    if (changed.ok)
      return {
        to: appPath(client.id, 'who'),
        said: { what: 'app-open', values: { name: client.name } },
      };
    const { problem } = changed;
    if (problem.code === 'changed-meanwhile')
      return openPage(visit, await appAt(visit, 'who'), { fields, faster: true, status: 409 });
    const errors = fieldErrors(problem, [{ name: 'openTo' }], fields);
    return openPage(visit, seen, { fields, errors, status: problem.status });
  },
};

async function openPage(
  visit: AdminVisit,
  { client }: SeenClient,
  { fields, errors = {}, faster = false, status = 200 }: Shown,
): Promise<Answer> {
  const shown = formShown(await openForm(visit, client), fields, faster);
  const context = {
    app: { id: client.id, name: client.name },
    openTo: await openToShown(visit, shown.fields, client.organisations),
    shown,
    back: appPath(client.id, 'who'),
    errors,
  };
  return { show: 'admin/app-open', context, status };
}

async function openForm(visit: AdminVisit, client: ClientRecord): Promise<FormOf> {
  const { organisations } = client;
  const { boxes, written } = openToBoxes(await openToShown(visit, {}, organisations));
  const chosen = {
    label: { textKey: 'apps.open-to' },
    now: { openTo: organisations === null ? 'all' : 'some' },
    told: ({ openTo }: Fields) => ({
      textKey: openTo === 'all' ? 'apps.open-all' : 'apps.open-some',
    }),
  };
  const ticks = boxes.map(({ name, label, on }) => ({
    label: { text: label },
    now: { [name]: on ? 'yes' : '' },
    ticks: true as const,
    told: (fields: Fields) => ({ textKey: fields[name] === 'yes' ? 'apps.yes' : 'apps.no' }),
  }));
  const ids = {
    label: { textKey: 'apps.organisation-ids' },
    now: { organisations: written ?? '' },
  };
  const all = [chosen, ...ticks, ...(written === null ? [] : [ids])];
  return formOf(client, ['organisations'], all);
}

export const whoPages: readonly AdminPage[] = [who, groups, open];
