/** People → the person → Edit. */
import { z } from 'zod';
import { askSecondPerson } from '../../../operations/approvals/ask.ts';
import { needsSecondPerson } from '../../../operations/approvals/rule.ts';
import { updatePerson, type PersonUpdate } from '../../../operations/people/update-person.ts';
import type { Problem } from '../../../problem.ts';
import { ROLES, type Person, type Role } from '../../../records/person.ts';
import { dayOf, startOfDay } from '../../../text/day-of.ts';
import { LANGUAGES, languageOfLocale, type Language } from '../../../text/languages.ts';
import { parseFields, text, type Fields } from '../../forms.ts';
import { valueOr } from '../../signed-in/found.ts';
import type { Answer } from '../../signed-in/page.ts';
import { formOf, formShown, seenIn, type Box, type FormOf, type Told } from '../as-read.ts';
import type { Errors } from '../errors.ts';
import { mayDo, requireMay, type AdminPage, type AdminVisit } from '../page.ts';
import { PEOPLE, personFrame, personOf, personPath, targetOf } from '../person.ts';
import { personErrors } from './new-person.ts';
import { personGroupPages } from './people/groups.ts';

const edit: AdminPage = {
  path: `${PEOPLE}/:id/edit`,
  operation: 'person.change',
  section: 'people',
  fresh: true,

  show: async (visit) => editPage(visit, { fields: visit.held }),

  async submit(visit, fields) {
    const parsed = parseFields(editForm, fields);
    if (!parsed.ok) return editPage(visit, { fields, errors: parsed.errors, status: 400 });
    const { parts, performed } = visit;
    const { person, organisation } = (await personOf(visit)).who;
    const { role, ...others } = changesOf(visit, person, fields);
    const isAsked =
      role !== undefined && (await needsSecondPerson(parts.store, organisation, role));
    const input = isAsked || role === undefined ? others : { ...others, role };
    const seen = seenIn(fields, EDITED);
    const changed = await updatePerson(parts, performed, person.id, input, seen);
    const asked =
      changed.ok && isAsked
        ? await askSecondPerson(parts, performed, person.id, { what: 'role', role })
        : changed;
    if (!asked.ok && isOfForm(asked.problem)) return notSaved(visit, fields, asked.problem);
    valueOr<unknown>(asked, personPath(person.id));
    const name = input.name ?? person.name;
    const what = isAsked ? 'person-role-ask' : 'person-saved';
    return { to: personPath(person.id), said: { what, values: { name } } };
  },
};

/** An address that may not be given is what was typed; whoever may nothing is told so. */
const isOfForm = ({ code, status }: Problem): boolean => status !== 403 || OF_FORM.includes(code);

const OF_FORM: readonly string[] = ['email-domain', 'email-two-people'];

function notSaved(visit: AdminVisit, fields: Fields, problem: Problem): Promise<Answer> {
  const { code, status } = problem;
  if (code === 'changed-meanwhile') return editPage(visit, { fields, faster: true, status });
  const errors = code === 'grace-past' ? { activeUntil: 'date-past' } : personErrors(problem);
  return editPage(visit, { fields, errors, status });
}

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

/** Of the person, what the form shows. */
const EDITED = ['name', 'login', 'email', 'language', 'activeUntil', 'role'] as const;

function formFor(person: Person): FormOf {
  const { name, login, email, role } = person;
  const boxes: Box[] = [
    { label: { textKey: 'people.name' }, now: { name } },
    { label: { textKey: 'people.login' }, now: { login } },
    { label: { textKey: 'people.email' }, now: { email } },
    {
      label: { textKey: 'person-edit.language' },
      now: { language: languageFor(person) ?? '' },
      told: ({ language: id }) => languageTold(id),
    },
    { label: { textKey: 'person-edit.active-until' }, now: { activeUntil: lastDayOf(person) } },
    { label: { textKey: 'people.role' }, now: { role }, told: ({ role: id }) => roleTold(id) },
  ];
  return formOf(person, EDITED, boxes);
}

function languageTold(id = ''): Told {
  const isOurs = LANGUAGES.some((one) => one === id);
  return { textKey: isOurs ? `language.name.${id}` : 'person-edit.language-any' };
}

const roleTold = (id = ''): Told =>
  ROLES.some((one) => one === id) ? { textKey: `role.${id}` } : { text: id };

interface ShownForm {
  fields: Fields;
  errors?: Errors;
  /** Somebody else was. */
  faster?: boolean;
  status?: number;
}

async function editPage(
  visit: AdminVisit,
  { fields: typed, errors = {}, faster = false, status = 200 }: ShownForm,
): Promise<Answer> {
  const shown = await personOf(visit);
  const { person, organisation } = shown.who;
  requireMay(visit, 'person.change', targetOf(person), personPath(person.id));
  const form = formShown(formFor(person), typed, faster);
  const context = {
    ...personFrame(visit, shown, 'overview'),
    form,
    languages: LANGUAGES,
    mayEnd: person.role !== 'administrator',
    roles: rolesFor(visit, person),
    back: personPath(person.id),
    secondPerson: organisation.secondPerson === true,
    errors,
  };
  return { show: 'admin/person-edit', context, status };
}

export const editPages: readonly AdminPage[] = [edit, ...personGroupPages];
