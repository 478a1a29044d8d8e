/** What one line of a file of people does: adds somebody, changes them, or nothing. */
import type { Performed } from '../../../audit/performed.ts';
import { Problem } from '../../../problem.ts';
import { groupNamed } from '../../../records/group.ts';
import { findPerson, getPerson, PERSON_MFA, type Person } from '../../../records/person.ts';
import { valueOf } from '../../../result.ts';
import type { Store } from '../../../storage/store.ts';
import { fold } from '../../../text/fold.ts';
import { LANGUAGES } from '../../../text/languages.ts';
import { changeAttributes, type AttributesParts } from '../../attributes/change-attributes.ts';
import { given } from '../../input.ts';
import { checkOrganisations } from '../../organisations/check-organisations.ts';
import { permission, permissions } from '../../permission.ts';
import { checkAddressDomain } from '../../organisations/address-domain.ts';
import { checkEmail, checkNames } from '../names.ts';
import { addPerson, type NewPerson } from '../add-person.ts';
import { updatePerson, type PersonUpdate, type UpdatePersonParts } from '../update-person.ts';
import type { Column, PersonCells } from './people-file.ts';

export const IMPORT_MODES = ['create', 'update', 'upsert'] as const;
export type ImportMode = (typeof IMPORT_MODES)[number];
export const IMPORT_KEYS = ['login', 'id'] as const;
export type ImportKey = (typeof IMPORT_KEYS)[number];

export interface LineOptions {
  mode: ImportMode;
  /** What tells whether somebody is there already. */
  key: ImportKey;
  /** Of those whose line names none; null: each has to. */
  organisation: string | null;
}

export type LineDone = 'created' | 'updated' | 'unchanged';

export type LineParts = UpdatePersonParts & AttributesParts & { store: Pick<Store, 'delete'> };

/**
 * `newId`: the subject identifier of whom it adds; the same one for the same line, so that a line that was
 * done is not done again. Throws problems: those of adding and changing, `email-domain`, `import-key`, `import-value`,
 * `import-organisation`, `import-role`, `import-active`.
 */
export async function importLine(
  parts: LineParts,
  performed: Performed,
  cells: PersonCells,
  { mode, key, organisation, newId }: LineOptions & { newId: string },
): Promise<LineDone> {
  if (await getPerson(parts.store, newId)) return 'created';
  const there = await personOf(parts.store, cells, key);
  // Nobody chooses an id of somebody new.
  if (!there && (mode === 'update' || (key === 'id' && cells.id !== undefined)))
    throw nobody(performed);
  if (there && mode === 'create') throw new Problem('login-taken', { status: 409 });
  if (there) return change(parts, performed, there, cells);
  await add(parts, performed, { organisation: organisation ?? '', ...cells }, newId);
  return 'created';
}

/** No other, to who asks, than somebody of another organisation. */
function nobody({ actor }: Performed): Problem {
  return new Problem(actor.kind === 'operator' ? 'person-unknown' : 'not-found', { status: 404 });
}

async function personOf(
  store: LineParts['store'],
  { id, login }: PersonCells,
  key: ImportKey,
): Promise<Person | undefined> {
  if (key === 'id') return id === undefined ? undefined : getPerson(store, id);
  if (login === undefined) throw new Problem('import-key', { values: { column: 'login' } });
  if (login.includes('@')) throw new Problem('login-format');
  return findPerson(store, login);
}

async function add(
  parts: LineParts,
  performed: Performed,
  cells: PersonCells & { organisation: string },
  id: string,
): Promise<void> {
  const { organisation, login = '', email = '', name = '', mfa, language } = cells;
  if (organisation === '') throw new Problem('import-key', { values: { column: 'organisation' } });
  // Whoever may not learns nothing of the organisation.
  const may = await permissions(parts.store, performed);
  may('person.add')({ organisation });
  checkSame(cells, { role: 'member', active: true });
  checkNames({ login, email, name });
  await checkOrganisations(parts.store, [organisation]);
  await checkAddressDomain(parts.store, performed, { email, organisation, isImported: true }, may);
  const input: NewPerson = {
    organisation,
    login,
    email,
    name,
    ...given({
      mfa: oneOf('mfa', mfa, PERSON_MFA),
      language: oneOf('language', language, LANGUAGES),
      groups: await groupsOf(parts.store, cells, organisation),
    }),
  };
  valueOf(await addPerson(parts, performed, input, { id }));
  const attributes = attributesOf(cells);
  if (attributes) valueOf(await changeAttributes(parts, performed, id, attributes));
}

async function change(
  parts: LineParts,
  performed: Performed,
  person: Person,
  cells: PersonCells,
): Promise<LineDone> {
  const { organisation, login, email, name, mfa, language } = cells;
  // Whoever may not learns nothing of them.
  (await permission(parts.store, performed, 'person.change'))({
    person,
    organisation: person.organisation,
  });
  if (organisation !== undefined && organisation !== person.organisation)
    throw new Problem('import-organisation', { status: 409 });
  checkSame(cells, person);
  await checkNewAddress(parts, performed, person, email);
  const input: PersonUpdate = given({
    login,
    email,
    name,
    mfa: oneOf('mfa', mfa, PERSON_MFA),
    // A language with a region, as an export has it, is the person's own choice still.
    language: language === person.language ? undefined : oneOf('language', language, LANGUAGES),
    addGroups: await groupsOf(parts.store, cells, person.organisation),
  });
  const changed = valueOf(await updatePerson(parts, performed, person.id, input));
  const attributes = attributesOf(cells);
  const told = attributes
    ? valueOf(await changeAttributes(parts, performed, person.id, attributes)).changed
    : {};
  return Object.keys({ ...changed, ...told }).length > 0 ? 'updated' : 'unchanged';
}

async function checkNewAddress(
  { store }: LineParts,
  performed: Performed,
  person: Person,
  email: string | undefined,
): Promise<void> {
  if (email === undefined || fold(email) === fold(person.email)) return;
  checkEmail(email);
  await checkAddressDomain(store, performed, { ...person, email, isImported: true });
}

/** No line gives a role, disables or enables. */
function checkSame(cells: PersonCells, person: Pick<Person, 'role' | 'active'>): void {
  if (cells.role !== undefined && cells.role !== person.role)
    throw new Problem('import-role', { status: 409 });
  const active = oneOf('active', cells.active, ['yes', 'no'] as const);
  if (active !== undefined && (active === 'yes') !== person.active)
    throw new Problem('import-active', { status: 409 });
}

function oneOf<T extends string>(
  column: Column,
  value: string | undefined,
  allowed: readonly T[],
): T | undefined {
  if (value === undefined) return undefined;
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw new Problem('import-value', { values: { column } });
  return found;
}

/** Written `NAME`, of the person's organisation, or `ORGANISATION/NAME`. They are given; none is taken away. */
async function groupsOf(
  store: LineParts['store'],
  { groupNames }: PersonCells,
  organisation: string,
): Promise<string[] | undefined> {
  if (!groupNames) return undefined;
  const written = groupNames.map((name) => (name.includes('/') ? name : `${organisation}/${name}`));
  const elsewhere = written.find((name) => !name.startsWith(`${organisation}/`));
  // Whether another organisation has a group of that name is not said.
  if (elsewhere !== undefined) {
    const values = { group: elsewhere, organisation };
    throw new Problem('group-elsewhere', { status: 409, values });
  }
  const groups = await Promise.all(written.map((name) => groupNamed(store, name)));
  return groups.map(({ id }) => id);
}

const ATTRIBUTES = [
  'given_name',
  'family_name',
  'phone',
  'department',
  'employee_number',
] as const satisfies readonly Column[];

function attributesOf(cells: PersonCells): Record<string, string> | undefined {
  const said = ATTRIBUTES.flatMap((name) => {
    const value = cells[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return said.length > 0 ? Object.fromEntries(said) : undefined;
}
