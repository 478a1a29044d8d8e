/** People → several of a page at once: what will happen and to whom, and afterwards with whom it did not work. */
import { disablePerson } from '../../../operations/people/disable-person.ts';
import { MOST_PEOPLE } from '../../../operations/people/list/people-query.ts';
import { updatePerson } from '../../../operations/people/update-person.ts';
import { remindPerson } from '../../../operations/rollout/remind-person.ts';
import type { Operation } from '../../../policy/access.ts';
import { isActive } from '../../../policy/assurance.ts';
import { isEnrolled } from '../../../policy/factors.ts';
import type { Problem } from '../../../problem.ts';
import { listGroups } from '../../../records/group.ts';
import { getOrganisation } from '../../../records/organisation.ts';
import { getPeople, type Person } from '../../../records/person.ts';
import type { Result } from '../../../result.ts';
import { startOfDay } from '../../../text/day-of.ts';
import type { Fields } from '../../forms.ts';
import type { Answer } from '../../signed-in/page.ts';
import { mayDo, type AdminPage, type AdminVisit } from '../page.ts';
import { PEOPLE, personPath, targetOf } from '../person.ts';

export const MANY = `${PEOPLE}/many`;

interface Act {
  operation: Operation;
  /** Whom there is nothing to do with. */
  isDone(person: Person, fields: Fields, now: number): boolean;
  does(visit: AdminVisit, id: string, fields: Fields): Promise<Result<unknown>>;
  /** Code of what is wrong with its own field, by its name. */
  faults?(fields: Fields, visit: AdminVisit): Record<string, string>;
}

/** By their texts, `many.<name>`. */
export const ACTS = {
  group: {
    operation: 'person.change-groups',
    isDone: ({ groups }, { group = '' }) => groups.includes(group),
    does: ({ parts, performed }, id, { group = '' }) =>
      updatePerson(parts, performed, id, { addGroups: [group] }),
    faults: ({ group = '' }) => (group === '' ? { group: 'required' } : {}),
  },
  mfa: {
    operation: 'person.change',
    isDone: ({ mfa }) => mfa === 'required',
    does: ({ parts, performed }, id, { from = '' }) =>
      updatePerson(parts, performed, id, { mfa: 'required', mfaFrom: startOfDay(from) ?? null }),
    faults: ({ from = '' }, { now }) => {
      const at = startOfDay(from);
      if (from !== '' && at === undefined) return { from: 'date-format' };
      return at !== undefined && at <= now ? { from: 'date-past' } : {};
    },
  },
  remind: {
    operation: 'person.remind',
    isDone: (person, _fields, now) => isEnrolled(person) || !isActive(person, now),
    does: ({ parts, performed }, id) => remindPerson(parts, performed, id),
  },
  disable: {
    operation: 'person.disable',
    isDone: ({ active }) => !active,
    does: ({ parts, performed }, id) => disablePerson(parts, performed, id),
  },
} as const satisfies Record<string, Act>;
type ActName = keyof typeof ACTS;

const isAct = (name: string): name is ActName => name in ACTS;

export const manyPeople: AdminPage = {
  path: MANY,
  operation: 'person.change',
  section: 'people',
  fresh: true,

  async show(visit) {
    const { searchParams } = visit.ctx.URL;
    const chosen = { who: searchParams.getAll('id').join(' '), act: searchParams.get('act') ?? '' };
    return question(visit, { ...chosen, ...visit.held }, {});
  },

  async submit(visit, fields) {
    const name = fields['act'] ?? '';
    const people = await chosenPeople(visit, fields);
    if (!Object.hasOwn(ACTS, name) || !isAct(name) || people.length === 0)
      return question(visit, fields, {}, 400);
    const act: Act = ACTS[name];
    const faults = act.faults?.(fields, visit) ?? {};
    if (Object.keys(faults).length > 0) return question(visit, fields, faults, 400);
    const failed: { name: string; href: string; problem: Pick<Problem, 'code' | 'values'> }[] = [];
    let done = 0;
    for (const person of people.filter((one) => isFor(visit, act, one, fields))) {
      const result = await act.does(visit, person.id, fields);
      if (result.ok) done += 1;
      else failed.push({ name: person.name, href: personPath(person.id), problem: result.problem });
    }
    if (failed.length === 0)
      return { to: PEOPLE, said: { what: `many-${name}`, values: { count: done } } };
    return { show: 'admin/people-many-done', context: { act: name, done, failed, back: PEOPLE } };
  },
};

/** Those of the form that the visitor sees, in the order of their names. */
async function chosenPeople(visit: AdminVisit, { who = '' }: Fields): Promise<Person[]> {
  const ids = [...new Set(who.split(' '))].filter((id) => /^[\w-]{1,64}$/u.test(id));
  const found = await getPeople(visit.parts.store, ids.slice(0, MOST_PEOPLE));
  return [...found.values()]
    .filter((person) => mayDo(visit, 'person.show', targetOf(person)))
    .toSorted((a, b) => a.name.localeCompare(b.name));
}

function isFor(visit: AdminVisit, { operation, isDone }: Act, person: Person, fields: Fields) {
  return mayDo(visit, operation, targetOf(person)) && !isDone(person, fields, visit.now);
}

async function question(
  visit: AdminVisit,
  fields: Fields,
  errors: Record<string, string>,
  status = 200,
): Promise<Answer> {
  const people = await chosenPeople(visit, fields);
  const given = fields['act'] ?? '';
  const name: ActName = Object.hasOwn(ACTS, given) && isAct(given) ? given : 'group';
  const act: Act = ACTS[name];
  const shown = people.map((person) => ({
    name: person.name,
    login: person.login,
    href: personPath(person.id),
    may: mayDo(visit, act.operation, targetOf(person)),
    isDone: act.isDone(person, fields, visit.now),
  }));
  const context = {
    act: name,
    people: shown.filter(({ may, isDone }) => may && !isDone),
    others: shown.filter(({ may, isDone }) => !may || isDone),
    who: people.map(({ id }) => id).join(' '),
    groups: name === 'group' ? await groupChoices(visit, people) : [],
    group: fields['group'] ?? '',
    from: fields['from'] ?? '',
    back: PEOPLE,
    errors,
  };
  return { show: 'admin/people-many', context, status };
}

/** Of the organisations that they are of; each says which, where there are several. */
async function groupChoices({ parts }: AdminVisit, people: readonly Person[]) {
  const ids = [...new Set(people.map(({ organisation }) => organisation))];
  const of = await Promise.all(
    ids.map(async (id) => {
      const organisation = (await getOrganisation(parts.store, id))?.name ?? id;
      const groups = await Array.fromAsync(listGroups(parts.store, id));
      return groups.map((group) => ({
        id: group.id,
        label: ids.length > 1 ? `${group.name} (${organisation})` : group.name,
      }));
    }),
  );
  return of.flat();
}
