/** Whom it concerns that a second person is needed, or was not: those who could be one. */
import type { Performed } from '../../audit/performed.ts';
import type { Notices, NoticeValues } from '../../mail/notices.ts';
import type { OutboxMessage } from '../../outbox/message.ts';
import { ACCESS, refusalOf, type Operation, type Target } from '../../policy/access.ts';
import type { AccessRow } from '../../policy/access-row.ts';
import { isActive } from '../../policy/assurance.ts';
import { NOT_THEIRS } from '../people/administer.ts';
import { isEnrolled } from '../../policy/factors.ts';
import { personEntryCollection } from '../../records/lists/person-entry.ts';
import { getPeople, type Person, type Role } from '../../records/person.ts';
import type { Store } from '../../storage/store.ts';

type Reads = Pick<Store, 'get' | 'getMany' | 'find'>;

/** People who are mailed of one request. */
const MOST_TOLD = 20;
/** Entries of a role that are looked at. */
const MOST_READ = 2_000;

/**
 * Those who may do that with a fresh factor: of the organisation, and where nobody is there, the
 * administrators of the installation. They are told, and nothing is decided by it. `except`: subject identifiers.
 */
export async function secondPeople(
  store: Reads,
  operation: Operation,
  target: Target,
  { except, now }: { except: readonly (string | null)[]; now: number },
): Promise<Person[]> {
  const { roles }: AccessRow = ACCESS[operation];
  const found = await Promise.all(
    (Object.keys(roles) as Role[]).map((role) => withRole(store, role)),
  );
  const people = await getPeople(store, found.flat());
  const may = [...people.values()].filter(
    (person) =>
      !except.includes(person.id) &&
      isActive(person, now) &&
      isEnrolled(person) &&
      refusalOf(operation, actingAs(person), target) === undefined,
  );
  const own = may.filter(({ organisation }) => organisation === target.organisation);
  return (own.length > 0 ? own : may).slice(0, MOST_TOLD);
}

async function withRole(store: Reads, role: Role): Promise<string[]> {
  const range = { from: `${role} `, below: `${role}!`, limit: MOST_READ };
  const { items } = await store.find(personEntryCollection, { index: 'duty', ...range });
  return items.map(({ id }) => id);
}

function actingAs({ id, role, organisation }: Person) {
  return { actor: { kind: 'administrator', id } as const, role, organisation, fresh: true };
}

/** What a mail about a second person says: what came of it, and of what. */
export interface Told {
  kind: 'asked' | 'concerns' | 'approved' | 'refused' | 'operator';
  act: 'factors-reset' | 'temporary-code' | 'role' | 'second-person-off';
  /** Name of the person, or of the organisation. */
  about: string;
  /** Name of who asked, approved or refused. */
  who: string;
}

/** As the texts of the mail have them. */
export function valuesOf<T extends Omit<Told, 'kind'>>(told: T): T & NoticeValues {
  return { ...told, act: told.act.replaceAll('-', '_') };
}

/** Mails to those people, each in their own language. */
export async function tell(
  notices: Notices,
  performed: Performed,
  people: readonly Person[],
  told: Told,
): Promise<OutboxMessage[]> {
  const values = { ...valuesOf(told), ...NOT_THEIRS };
  const mails = people.map((person) =>
    notices.about(person, performed, { template: 'second-person', values }),
  );
  return (await Promise.all(mails)).flat();
}
