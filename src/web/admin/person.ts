/** The person that a page of the console is about, and the acts on them that it offers. */
import { showPerson, type PersonShown } from '../../operations/people/security/show-person.ts';
import type { Operation, Target } from '../../policy/access.ts';
import type { Group } from '../../records/group.ts';
import type { Person } from '../../records/person.ts';
import type { Fields } from '../forms.ts';
import { valueOr } from '../signed-in/found.ts';
import { mayDo, pathOf, type AdminVisit } from './page.ts';

export const PEOPLE = pathOf('people');

export const personPath = (id: string, page = ''): string =>
  `${PEOPLE}/${encodeURIComponent(id)}${page === '' ? '' : `/${page}`}`;

/** Problem `not-found` for somebody of another organisation too. */
export async function personOf({ parts, performed, params }: AdminVisit): Promise<PersonShown> {
  return valueOr(await showPerson(parts, performed, params['id'] ?? ''), PEOPLE);
}

export const targetOf = (person: Person): Target => ({
  person,
  organisation: person.organisation,
});

/** Of the pages of a person: a tab each, in their order. */
export const TABS = [
  'overview',
  'security',
  'sessions',
  'computers',
  'passcodes',
  'mails',
  'groups',
  'activity',
] as const;
export type Tab = (typeof TABS)[number];

/** What every page of a person shows. */
export function personFrame(visit: AdminVisit, { who, effective }: PersonShown, tab: Tab) {
  const { person, organisation } = who;
  const { id, name, login, email, role, active, service = false } = person;
  const tabs = TABS.map((one) => ({
    id: one,
    href: personPath(id, one === 'overview' ? '' : one),
    here: one === tab,
  }));
  const subject = { id, name, login, email, role, active, organisation: organisation.name };
  const removedAt = person.deletion?.dueAt ?? null;
  return { subject: { ...subject, effective, removedAt, service }, tabs, here: visit.ctx.path };
}

/** Links to acts, those that the visitor may do to that person now. `page`: the last part of its address. */
export function offered(
  visit: AdminVisit,
  person: Person,
  acts: readonly { page: string; operation: Operation; style?: string; applies: boolean }[],
): { page: string; href: string; style: string }[] {
  return acts
    .filter(({ operation, applies }) => applies && mayDo(visit, operation, targetOf(person)))
    .map(({ page, style = 'secondary' }) => ({ page, href: personPath(person.id, page), style }));
}

/** Fields of a form: `group-<id>` is `yes` for each that is ticked. */
const GROUP_FIELD = 'group-';

export function chosenGroups(fields: Fields): string[] {
  return Object.entries(fields)
    .filter(([name, value]) => name.startsWith(GROUP_FIELD) && value === 'yes')
    .map(([name]) => name.slice(GROUP_FIELD.length));
}

export function groupChoices(all: readonly Group[], chosen: readonly string[]) {
  return all.map(({ id, name, description }) => ({
    id,
    field: `${GROUP_FIELD}${id}`,
    name,
    description,
    on: chosen.includes(id),
  }));
}
