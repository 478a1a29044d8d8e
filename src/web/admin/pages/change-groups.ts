/** Adding, changing and removing groups, and putting people into one. */
import { z } from 'zod';
import { addGroup } from '../../../operations/groups/add-group.ts';
import { changeGroup } from '../../../operations/groups/change-group.ts';
import { removeGroup } from '../../../operations/groups/remove-group.ts';
import { updatePerson } from '../../../operations/people/update-person.ts';
import type { Problem } from '../../../problem.ts';
import type { Group } from '../../../records/group.ts';
import { findPerson, type Person } from '../../../records/person.ts';
import { parseFields, text, type Fields } from '../../forms.ts';
import { valueOr } from '../../signed-in/found.ts';
import type { Answer } from '../../signed-in/page.ts';
import { formOf, formShown, seenIn, type FormOf } from '../as-read.ts';
import { ask } from '../confirm.ts';
import { errorsOf, type Errors } from '../errors.ts';
import { chosenOrganisation, isEverywhere, organisationChoices } from '../organisations.ts';
import { requireMay, type AdminPage, type AdminVisit } from '../page.ts';
import { personOf, targetOf } from '../person.ts';
import { groupOf, groupPath, GROUPS } from './groups.ts';

const form = z.object({
  name: text(200).pipe(z.string().trim().min(1, 'required')),
  description: text(2000),
});

const groupErrors = (problem: Problem): Errors =>
  errorsOf(problem, 'name', (code) =>
    code === 'group-description-format' ? 'description' : undefined,
  );

interface Shown {
  group?: Group | undefined;
  fields: Fields;
  errors?: Errors;
  /** Somebody else was. */
  faster?: boolean;
  status?: number;
}

/** Of the group, what the form shows. */
const SEEN = ['name', 'description'] as const;

const formFor = ({ name, description }: Pick<Group, 'name' | 'description'>): FormOf =>
  formOf({ name, description }, SEEN, [
    { label: { textKey: 'people.name' }, now: { name } },
    { label: { textKey: 'groups.description' }, now: { description } },
  ]);

const NOTHING = { name: '', description: '' };

async function formPage(visit: AdminVisit, shown: Shown): Promise<Answer> {
  const { group, fields, errors = {}, faster = false, status = 200 } = shown;
  const { person } = visit;
  const isFree = group === undefined && isEverywhere(person, 'group.add');
  const context = {
    isNew: group === undefined,
    form: formShown(formFor(group ?? NOTHING), fields, faster),
    organisations: isFree ? await organisationChoices(visit) : [],
    organisation: fields['organisation'] ?? person.organisation,
    back: group === undefined ? GROUPS : groupPath(group.id),
    errors,
  };
  return { show: 'admin/group-form', context, status };
}

const newGroup: AdminPage = {
  path: `${GROUPS}/new`,
  operation: 'group.add',
  section: 'groups',
  fresh: true,
  show: (visit) => formPage(visit, { fields: visit.held }),
  async submit(visit, fields) {
    const parsed = parseFields(form, fields);
    if (!parsed.ok) return formPage(visit, { fields, errors: parsed.errors, status: 400 });
    const { parts, performed } = visit;
    const organisation = chosenOrganisation(visit, 'group.add', fields);
    const added = await addGroup(parts, performed, { ...parsed.values, organisation });
    if (!added.ok) {
      const { problem } = added;
      return formPage(visit, { fields, errors: groupErrors(problem), status: problem.status });
    }
    const { id, name } = added.value;
    return { to: groupPath(id), said: { what: 'group-added', values: { name } } };
  },
};

const editGroup: AdminPage = {
  path: `${GROUPS}/:group/edit`,
  operation: 'group.change',
  section: 'groups',
  fresh: true,
  show: async (visit) => formPage(visit, { group: await groupOf(visit), fields: visit.held }),
  async submit(visit, fields) {
    const group = await groupOf(visit);
    const parsed = parseFields(form, fields);
    if (!parsed.ok) return formPage(visit, { group, fields, errors: parsed.errors, status: 400 });
    const { parts, performed } = visit;
    const seen = seenIn(fields, SEEN);
    const changed = await changeGroup(parts, performed, group.id, parsed.values, seen);
    if (!changed.ok) return notChanged(visit, group, fields, changed.problem);
    const { name } = changed.value.group;
    return { to: groupPath(group.id), said: { what: 'group-saved', values: { name } } };
  },
};

async function notChanged(
  visit: AdminVisit,
  group: Group,
  fields: Fields,
  problem: Problem,
): Promise<Answer> {
  const { code, status } = problem;
  if (code === 'changed-meanwhile')
    return formPage(visit, { group: await groupOf(visit), fields, faster: true, status });
  return formPage(visit, { group, fields, errors: groupErrors(problem), status });
}

const dropGroup: AdminPage = {
  path: `${GROUPS}/:group/remove`,
  operation: 'group.remove',
  section: 'groups',
  fresh: true,
  async show(visit) {
    const { id, name } = await groupOf(visit);
    return ask('group-remove', { back: groupPath(id), values: { name } });
  },
  async submit(visit) {
    const { id, name } = await groupOf(visit);
    const { parts, performed } = visit;
    valueOr(await removeGroup(parts, performed, id), groupPath(id));
    return { to: GROUPS, said: { what: 'group-removed', values: { name } } };
  },
};

const addMember: AdminPage = {
  path: `${GROUPS}/:group/add`,
  operation: 'person.change-groups',
  section: 'groups',
  fresh: true,
  show: async (visit) => memberPage(await groupOf(visit), visit.held['login'] ?? '', {}),
  async submit(visit, fields) {
    const { parts, performed } = visit;
    const group = await groupOf(visit);
    const login = (fields['login'] ?? '').trim().slice(0, 300);
    const person = await findPerson(parts.store, login);
    // Somebody of another organisation is as unknown as one that never was.
    if (person?.organisation !== group.organisation)
      return memberPage(group, login, { login: login === '' ? 'required' : 'member-unknown' }, 400);
    const input = { addGroups: [group.id] };
    valueOr(await updatePerson(parts, performed, person.id, input), groupPath(group.id));
    const values = { name: person.name, group: group.name };
    return { to: groupPath(group.id), said: { what: 'member-added', values } };
  },
};

function memberPage({ id, name }: Group, login: string, errors: Errors, status = 200): Answer {
  const context = { group: name, login, back: groupPath(id), errors };
  return { show: 'admin/group-add', context, status };
}

/** Out of one: from the page of the group, and from that of the person. */
export function leavingPage(
  at: Pick<AdminPage, 'path' | 'section'>,
  backTo: (group: Group, person: Person) => string,
): AdminPage {
  const leaving = async (visit: AdminVisit) => {
    const group = await groupOf(visit);
    const { person } = (await personOf(visit)).who;
    const back = backTo(group, person);
    requireMay(visit, 'person.change-groups', targetOf(person), back);
    const values = { name: person.name, login: person.login, group: group.name };
    return { group, person, back, values };
  };
  return {
    ...at,
    operation: 'person.change-groups',
    fresh: true,
    async show(visit) {
      const { back, values } = await leaving(visit);
      return ask('member-remove', { back, values });
    },
    async submit(visit) {
      const { group, person, back, values } = await leaving(visit);
      const { parts, performed } = visit;
      const input = { removeGroups: [group.id] };
      valueOr(await updatePerson(parts, performed, person.id, input), back);
      return { to: back, said: { what: 'member-removed', values } };
    },
  };
}

const dropMember = leavingPage(
  { path: `${GROUPS}/:group/members/:id/remove`, section: 'groups' },
  ({ id }) => groupPath(id),
);

/** `new` is nobody's id: before the pages of one. */
export const newGroupPage = newGroup;
export const changeGroupPages: readonly AdminPage[] = [editGroup, dropGroup, addMember, dropMember];
