/** People as a file that `importPeople` reads. */
import type { Performed } from '../../../audit/performed.ts';
import { getGroups, type Group } from '../../../records/group.ts';
import { getPeople, type Person } from '../../../records/person.ts';
import { getProfile } from '../../../records/profile.ts';
import { valueOf } from '../../../result.ts';
import { csvLines } from '../../../text/csv.ts';
import { findPeople, type FindPeopleParts, type ListedPerson } from '../list/find-people.ts';
import { MOST_PEOPLE, type PeopleQuery } from '../list/people-query.ts';
import { COLUMNS, type Column, type PeopleFormat } from './people-file.ts';

type PersonRow = Record<Exclude<Column, 'groups'>, string | null> & { groups: readonly string[] };

/**
 * Text of the file, piece by piece; of those that the query finds. Throws problems as `findPeople`, when the
 * first piece is asked for.
 */
export async function* exportPeople(
  parts: FindPeopleParts,
  performed: Performed,
  query: PeopleQuery,
  format: PeopleFormat,
): AsyncGenerator<string> {
  if (format === 'csv') yield csvLines([COLUMNS]);
  const { before: _before, ...asked } = query;
  let { after } = query;
  do {
    const at = { ...asked, limit: MOST_PEOPLE, ...(after === undefined ? {} : { after }) };
    const page = valueOf(await findPeople(parts, performed, at));
    yield pieceOf(await rowsOf(parts, page.people), format);
    after = page.next;
  } while (after !== undefined);
}

/** The documents are read: the list is a moment behind them. */
async function rowsOf(
  { store }: FindPeopleParts,
  page: readonly ListedPerson[],
): Promise<PersonRow[]> {
  const people = await getPeople(
    store,
    page.map(({ person }) => person),
  );
  const groups = await getGroups(
    store,
    [...people.values()].flatMap((person) => person.groups),
  );
  const rows = page.map(async (listed) => {
    const person = people.get(listed.person);
    // Who was moved a moment ago may be somebody else's to see.
    return person?.organisation === listed.organisation ? rowOf(store, person, listed, groups) : [];
  });
  return (await Promise.all(rows)).flat();
}

async function rowOf(
  store: FindPeopleParts['store'],
  person: Person,
  listed: ListedPerson,
  groups: ReadonlyMap<string, Group>,
): Promise<PersonRow> {
  const profile = await getProfile(store, person.id);
  return {
    ...ownOf(person),
    groups: person.groups.flatMap((id) => groups.get(id)?.name ?? []),
    given_name: profile.givenName,
    family_name: profile.familyName,
    phone: profile.phone,
    department: profile.department,
    employee_number: profile.employeeNumber,
    last_sign_in: listed.lastSignIn,
  };
}

function ownOf(person: Person) {
  const { id, login, email, name, organisation, role, active, mfa, language } = person;
  const created_at = new Date(person.createdAt).toISOString();
  const told = { id, login, email, name, organisation, role, mfa, language, created_at };
  return { ...told, active: active ? 'yes' : 'no' };
}

function pieceOf(rows: readonly PersonRow[], format: PeopleFormat): string {
  if (format === 'csv')
    return csvLines(
      rows.map((row) =>
        COLUMNS.map((column) => (column === 'groups' ? row.groups.join(';') : (row[column] ?? ''))),
      ),
    );
  const inOrder = (row: PersonRow): object =>
    Object.fromEntries(COLUMNS.map((column) => [column, row[column]]));
  return rows.map((row) => `${JSON.stringify(inOrder(row))}\n`).join('');
}
