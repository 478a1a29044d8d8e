/**
 * People → the person → Groups: which ones they are in, since when and by whom, what each opens; and into which they
 * are put, and out of which they are taken.
 */
import { groupTimes } from '../../../../operations/audit/group-times.ts';
import { updatePerson } from '../../../../operations/people/update-person.ts';
import { listGroups, type Group } from '../../../../records/group.ts';
import type { Person } from '../../../../records/person.ts';
import type { Fields } from '../../../forms.ts';
import { valueOr } from '../../../signed-in/found.ts';
import type { Answer } from '../../../signed-in/page.ts';
import { formOf, formShown, seenIn, type FormOf } from '../../as-read.ts';
import { appsOfGroups } from '../../group-apps.ts';
import { shownEvents } from '../../shown-events.ts';
import { hasRowFor, mayDo, requireMay, type AdminPage, type AdminVisit } from '../../page.ts';
import {
  chosenGroups,
  groupChoices,
  PEOPLE,
  personFrame,
  personOf,
  personPath,
  targetOf,
} from '../../person.ts';
import { leavingPage } from '../change-groups.ts';
import { groupPath } from '../groups.ts';

const SEEN = ['groups'] as const;

const PAGE = 'groups';
const CHANGE = 'groups/change';
/** Of a page to read: with everything it is under 60 KB. */
export const GROUPS_SHOWN = 25;

const groupsTab: AdminPage = {
  path: `${PEOPLE}/:id/${PAGE}`,
  operation: 'person.show',
  section: 'people',
  fresh: false,

  async show(visit) {
    const shown = await personOf(visit);
    const { person } = shown.who;
    const here = personPath(person.id, PAGE);
    const after = visit.ctx.URL.searchParams.get('after');
    const from = shown.groups.findIndex(({ id }) => id === after) + 1;
    const page = shown.groups.slice(from, from + GROUPS_SHOWN);
    const isLast = from + page.length >= shown.groups.length;
    const may = mayDo(visit, 'person.change-groups', targetOf(person));
    const context = {
      ...personFrame(visit, shown, PAGE),
      theirs: await groupsOf(visit, person, page, may),
      change: may ? personPath(person.id, CHANGE) : null,
      first: from === 0 ? null : here,
      next: isLast ? null : `${here}?${new URLSearchParams({ after: page.at(-1)?.id ?? '' })}`,
    };
    return { show: 'admin/person-groups', context };
  },
};

/** Each with the way out of it, for whoever `may`. */
async function groupsOf(visit: AdminVisit, person: Person, groups: readonly Group[], may: boolean) {
  const { parts, performed, person: visitor } = visit;
  const here = personPath(person.id, PAGE);
  const opened = await appsOfGroups(visit, person.organisation, groups, here);
  const given = valueOr(await groupTimes(parts, performed, person.id), here);
  const told = await shownEvents(
    visit,
    [...given.values()].flatMap(({ event }) => event ?? []),
  );
  const mayOpen = hasRowFor(visitor, 'group.members');
  return groups.map(({ id, name, description }) => {
    const { at = null, event } = given.get(id) ?? {};
    const by = told.find((one) => event && one.at === event.at && one.type === event.type);
    return {
      name,
      description,
      at,
      by: by && by.actor !== 'person' ? { actor: by.actor, name: by.actorName ?? '' } : null,
      opened: opened?.get(id) ?? null,
      href: mayOpen ? groupPath(id) : null,
      leave: may ? personPath(person.id, `${PAGE}/${encodeURIComponent(id)}/remove`) : null,
    };
  });
}

const changeGroups: AdminPage = {
  path: `${PEOPLE}/:id/${CHANGE}`,
  operation: 'person.change-groups',
  section: 'people',
  fresh: true,

  show: async (visit) => formPage(visit, visit.held),

  async submit(visit, fields) {
    const { parts, performed } = visit;
    const { person } = (await personOf(visit)).who;
    const shown = new Set((fields['shown'] ?? '').split(' '));
    const chosen = chosenGroups(fields);
    const removeGroups = person.groups.filter((id) => shown.has(id) && !chosen.includes(id));
    const addGroups = chosen.filter((id) => !person.groups.includes(id));
    const back = personPath(person.id, PAGE);
    const input = { addGroups, removeGroups };
    const seen = seenIn(fields, SEEN);
    const saved = await updatePerson(parts, performed, person.id, input, seen);
    if (!saved.ok && saved.problem.code === 'changed-meanwhile')
      return formPage(visit, fields, true, saved.problem.status);
    valueOr(saved, back);
    return { to: back, said: { what: 'person-groups', values: { name: person.name } } };
  },
};

async function formPage(
  visit: AdminVisit,
  typed: Fields,
  faster = false,
  status = 200,
): Promise<Answer> {
  const shown = await personOf(visit);
  const { person } = shown.who;
  const back = personPath(person.id, PAGE);
  requireMay(visit, 'person.change-groups', targetOf(person), back);
  const all = await Array.fromAsync(listGroups(visit.parts.store, person.organisation));
  const form = formShown(formFor(person, all), typed, faster);
  const context = {
    ...personFrame(visit, shown, PAGE),
    form,
    groups: groupChoices(all, chosenGroups(form.fields)),
    back,
  };
  return { show: 'admin/person-change-groups', context, status };
}

/** Each group for itself: what somebody else has given or taken is told of that one. */
function formFor(person: Person, all: readonly Group[]): FormOf {
  const boxes = groupChoices(all, person.groups).map(({ field, name, on }) => ({
    label: { text: name },
    now: { [field]: on ? 'yes' : '' },
    ticks: true as const,
    told: (fields: Fields) => ({ textKey: fields[field] === 'yes' ? 'apps.yes' : 'apps.no' }),
  }));
  return formOf(person, SEEN, boxes);
}

const leaveGroup = leavingPage(
  { path: `${PEOPLE}/:id/${PAGE}/:group/remove`, section: 'people' },
  (_, person) => personPath(person.id, PAGE),
);

export const personGroupPages: readonly AdminPage[] = [groupsTab, changeGroups, leaveGroup];
