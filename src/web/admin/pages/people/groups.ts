/** People → the person → Groups: which ones they are in. */
import { updatePerson } from '../../../../operations/people/update-person.ts';
import { listGroups, type Group } from '../../../../records/group.ts';
import type { Person } from '../../../../records/person.ts';
import type { Fields } from '../../../forms.ts';
import { valueOr } from '../../../signed-in/found.ts';
import type { Answer } from '../../../signed-in/page.ts';
import { formOf, formShown, seenIn, type FormOf } from '../../as-read.ts';
import { requireMay, type AdminPage, type AdminVisit } from '../../page.ts';
import {
  chosenGroups,
  groupChoices,
  PEOPLE,
  personFrame,
  personOf,
  personPath,
  targetOf,
} from '../../person.ts';

const SEEN = ['groups'] as const;

export const groupsPage: AdminPage = {
  path: `${PEOPLE}/:id/groups`,
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
    const back = personPath(person.id);
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
  const back = personPath(person.id);
  requireMay(visit, 'person.change-groups', targetOf(person), back);
  const all = await Array.fromAsync(listGroups(visit.parts.store, person.organisation));
  const form = formShown(formFor(person, all), typed, faster);
  const context = {
    ...personFrame(visit, shown, 'overview'),
    form,
    groups: groupChoices(all, chosenGroups(form.fields)),
    back,
  };
  return { show: 'admin/person-groups', context, status };
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
