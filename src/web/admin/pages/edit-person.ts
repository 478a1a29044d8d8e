/** People → the person → Edit, and the groups that they are in. */
import { z } from 'zod';
import { askSecondPerson } from '../../../operations/approvals/ask.ts';
import { needsSecondPerson } from '../../../operations/approvals/rule.ts';
import { updatePerson, type PersonUpdate } from '../../../operations/people/update-person.ts';
import { listGroups } from '../../../records/group.ts';
import { ROLES, type Person, type Role } from '../../../records/person.ts';
import { dayOf, startOfDay } from '../../../text/day-of.ts';
import { LANGUAGES, languageOfLocale, type Language } from '../../../text/languages.ts';
import { parseFields, text, type Fields } from '../../forms.ts';
import { valueOr } from '../../signed-in/found.ts';
import type { Answer } from '../../signed-in/page.ts';
import type { Errors } from '../errors.ts';
import { mayDo, requireMay, type AdminPage, type AdminVisit } from '../page.ts';
import {
  chosenGroups,
  groupChoices,
  PEOPLE,
  personFrame,
  personOf,
  personPath,
  targetOf,
} from '../person.ts';
import { personErrors } from './new-person.ts';

const edit: AdminPage = {
  path: `${PEOPLE}/:id/edit`,
  operation: 'person.change',
  section: 'people',
  fresh: true,

  show: async (visit) => editPage(visit, visit.held, {}),

  async submit(visit, fields) {
    const parsed = parseFields(editForm, fields);
    if (!parsed.ok) return editPage(visit, fields, parsed.errors, 400);
    const { parts, performed } = visit;
    const { person, organisation } = (await personOf(visit)).who;
    const { role, ...others } = changesOf(visit, person, fields);
    const isAsked =
      role !== undefined && (await needsSecondPerson(parts.store, organisation, role));
    const input = isAsked || role === undefined ? others : { ...others, role };
    const changed = await updatePerson(parts, performed, person.id, input);
    const asked =
      changed.ok && isAsked
        ? await askSecondPerson(parts, performed, person.id, { what: 'role', role })
        : changed;
    if (!asked.ok && asked.problem.status !== 403) {
      const { problem } = asked;
      const isPast = problem.code === 'grace-past';
      const errors = isPast ? { activeUntil: 'date-past' } : personErrors(problem);
      return editPage(visit, fields, errors, problem.status);
    }
    valueOr<unknown>(asked, personPath(person.id));
    const name = input.name ?? person.name;
    const what = isAsked ? 'person-role-ask' : 'person-saved';
    return { to: personPath(person.id), said: { what, values: { name } } };
  },
};

/** What is different from what it was; whatever else was sent counts for nothing. */
function changesOf(visit: AdminVisit, person: Person, fields: Fields): PersonUpdate {
  const given = (name: 'name' | 'login' | 'email'): Partial<PersonUpdate> => {
    const value = fields[name]?.trim().slice(0, 1000);
    return value === undefined || value === person[name] ? {} : { [name]: value };
  };
  const role = rolesFor(visit, person).find((one) => one === fields['role']);
  const language = LANGUAGES.find((one) => one === fields['language']) ?? null;
  const isOther = fields['language'] !== undefined && language !== languageFor(person);
  const until = fields['activeUntil']?.trim();
  const activeUntil = until === undefined || until === lastDayOf(person) ? undefined : until;
  return {
    ...given('name'),
    ...given('login'),
    ...given('email'),
    ...(isOther ? { language } : {}),
    ...(activeUntil === undefined ? {} : { activeUntil: endOfDay(activeUntil) ?? null }),
    ...(role === undefined || role === person.role ? {} : { role }),
  };
}

/** One of ours; null: that of their browser. */
const languageFor = ({ language }: Person): Language | null =>
  (language && languageOfLocale(language)) ?? null;

const DAY = 86_400_000;

/** `YYYY-MM-DD`; empty: there is no end. */
const lastDayOf = ({ activeUntil }: Person): string =>
  typeof activeUntil === 'number' ? dayOf(activeUntil - 1) : '';

/** Milliseconds since the epoch; undefined: it is no day. */
function endOfDay(typed: string): number | undefined {
  const at = startOfDay(typed);
  return at === undefined ? undefined : at + DAY;
}

const editForm = z.object({
  activeUntil: text(100).refine(
    (typed) => typed.trim() === '' || endOfDay(typed.trim()) !== undefined,
    'date-format',
  ),
});

/** Those that the visitor may give to that person. */
function rolesFor(visit: AdminVisit, person: Person): Role[] {
  return ROLES.filter((gives) =>
    mayDo(visit, 'person.change-role', { ...targetOf(person), gives }),
  );
}

async function editPage(
  visit: AdminVisit,
  fields: Fields,
  errors: Errors,
  status = 200,
): Promise<Answer> {
  const shown = await personOf(visit);
  const { person, organisation } = shown.who;
  requireMay(visit, 'person.change', targetOf(person), personPath(person.id));
  const context = {
    ...personFrame(visit, shown, 'overview'),
    fields: {
      name: fields['name'] ?? person.name,
      login: fields['login'] ?? person.login,
      email: fields['email'] ?? person.email,
      activeUntil: fields['activeUntil'] ?? lastDayOf(person),
    },
    languages: LANGUAGES,
    language: fields['language'] ?? languageFor(person) ?? '',
    mayEnd: person.role !== 'administrator',
    mayRename: mayDo(visit, 'person.rename', targetOf(person)),
    roles: rolesFor(visit, person),
    role: fields['role'] ?? person.role,
    back: personPath(person.id),
    secondPerson: organisation.secondPerson === true,
    errors,
  };
  return { show: 'admin/person-edit', context, status };
}

const groups: AdminPage = {
  path: `${PEOPLE}/:id/groups`,
  operation: 'person.change-groups',
  section: 'people',
  fresh: true,

  async show(visit) {
    const shown = await personOf(visit);
    const { person } = shown.who;
    const back = personPath(person.id);
    requireMay(visit, 'person.change-groups', targetOf(person), back);
    const all = await Array.fromAsync(listGroups(visit.parts.store, person.organisation));
    const held = Object.keys(visit.held).length > 0;
    const chosen = held ? chosenGroups(visit.held) : person.groups;
    const context = {
      ...personFrame(visit, shown, 'overview'),
      groups: groupChoices(all, chosen),
      back,
    };
    return { show: 'admin/person-groups', context };
  },

  async submit(visit, fields) {
    const { parts, performed } = visit;
    const { person } = (await personOf(visit)).who;
    const shown = new Set((fields['shown'] ?? '').split(' '));
    const chosen = chosenGroups(fields);
    // Of those that were on the page alone: somebody else may have put them into another one since.
    const removeGroups = person.groups.filter((id) => shown.has(id) && !chosen.includes(id));
    const addGroups = chosen.filter((id) => !person.groups.includes(id));
    const back = personPath(person.id);
    valueOr(await updatePerson(parts, performed, person.id, { addGroups, removeGroups }), back);
    return { to: back, said: { what: 'person-groups', values: { name: person.name } } };
  },
};

export const editPages: readonly AdminPage[] = [edit, groups];
