/** Everybody of an organisation, or of a group of it, who has no second factor yet and needs one is mailed, once a day. */
import type { Performed } from '../../audit/performed.ts';
import { requiredFrom } from '../../policy/assurance.ts';
import { Problem } from '../../problem.ts';
import { getGroup } from '../../records/group.ts';
import { membersOf, membershipCollection } from '../../records/membership.ts';
import { getOrganisation, type Organisation } from '../../records/organisation.ts';
import { personEntryCollection, type PersonEntry } from '../../records/lists/person-entry.ts';
import { resultOf, type Result } from '../../result.ts';
import { fromCursor } from '../../storage/pages.ts';
import type { Store } from '../../storage/store.ts';
import { withGrace } from '../people/list/find-people.ts';
import { remindPerson, type RemindParts } from './remind-person.ts';
import { permission } from '../permission.ts';

/** People who are mailed by one act, at most: of a larger organisation it is done again for the next ones. */
export const MOST_REMINDED = 200;
/** People of whom it is looked whether they need one, by one act. */
const MOST_LOOKED_AT = 20_000;
const SLICE = 100;
/** Mails that are sealed and written at the same time. */
const AT_ONCE = 20;

export interface Reminded {
  /** Mailed now. */
  mailed: number;
  /** Had been mailed within a day. */
  already: number;
  /** There may be others who have not been. */
  isMore: boolean;
  /** Give this as `after` to go on with those. Opaque. */
  next?: string;
}

/**
 * `group`: id; null: the whole organisation. `after`: where the one before ended, so that everybody is come to,
 * however many there are; a cursor of nobody's making begins anew. Problems: `no-mail-server`, `not-found`, and those of
 * who may.
 */
export function remindAll(
  parts: RemindParts,
  performed: Performed,
  of: { organisation: string; group: string | null },
  after?: string,
): Promise<Result<Reminded>> {
  return resultOf(async () => {
    const organisation = await checked(parts, performed, of);
    const reminded: Reminded = { mailed: 0, already: 0, isMore: false };
    let looked = 0;
    let at = after;
    do {
      const slice = await sliceOf(parts.store, of, at);
      const late = slice.entries.filter((one) => isWaitedFor(one, organisation, performed.now));
      looked += slice.entries.length;
      for (let from = 0; from < late.length; from += AT_ONCE)
        await remindEach(parts, performed, late.slice(from, from + AT_ONCE), reminded);
      at = slice.next;
      const isFull = reminded.mailed + SLICE > MOST_REMINDED || looked >= MOST_LOOKED_AT;
      if (at !== undefined && isFull) return { ...reminded, isMore: true, next: at };
    } while (at !== undefined);
    return reminded;
  });
}

async function checked(
  { store, config }: RemindParts,
  performed: Performed,
  { organisation: id, group }: { organisation: string; group: string | null },
): Promise<Organisation> {
  const may = await permission(store, performed, 'person.remind');
  may({ organisation: id });
  if (config.mail.smtp_url === undefined) throw new Problem('no-mail-server', { status: 409 });
  const organisation = await getOrganisation(store, id);
  const isThere = group === null || (await getGroup(store, group))?.organisation === id;
  if (!organisation || !isThere) throw new Problem('not-found', { status: 404 });
  return organisation;
}

/** As the list of people has it; their own documents are asked by each reminder. */
function isWaitedFor(entry: PersonEntry, organisation: Organisation, now: number): boolean {
  const { active, activeUntil, state } = entry;
  const isThere = active && now < (activeUntil ?? Infinity) && state === 'none';
  return isThere && requiredFrom({ person: withGrace(entry), organisation }) !== undefined;
}

async function remindEach(
  parts: RemindParts,
  performed: Performed,
  people: readonly PersonEntry[],
  reminded: Reminded,
): Promise<void> {
  const results = await Promise.all(
    people.map(({ person }) => remindPerson(parts, performed, person)),
  );
  for (const result of results) {
    if (result.ok) reminded.mailed += 1;
    else if (result.problem.code === 'reminded-already') reminded.already += 1;
    else if (!PASSED_BY.has(result.problem.code)) throw result.problem;
  }
}

/** Somebody whom the list still has as they were, or whom this administrator does not look after. */
const PASSED_BY: ReadonlySet<string> = new Set([
  'nothing-to-remind',
  'changed-meanwhile',
  'not-allowed',
  'not-found',
  'person-unknown',
]);

function sliceOf(
  store: Pick<Store, 'find' | 'getMany'>,
  { organisation, group }: { organisation: string; group: string | null },
  after: string | undefined,
): Promise<Slice> {
  return fromCursor(after, (from) =>
    group === null ? ofState(store, organisation, from) : ofGroup(store, group, from),
  );
}

interface Slice {
  entries: PersonEntry[];
  next: string | undefined;
}

async function ofState(
  store: Pick<Store, 'find'>,
  organisation: string,
  after: string | undefined,
): Promise<Slice> {
  // `!` is the character after the space.
  const range = { from: `${organisation} none `, below: `${organisation} none!` };
  const query = { index: 'organisationStateName', ...range, limit: SLICE, after };
  const { items, next } = await store.find(personEntryCollection, query);
  return { entries: items.map(({ value }) => value), next };
}

async function ofGroup(
  store: Pick<Store, 'find' | 'getMany'>,
  group: string,
  after: string | undefined,
): Promise<Slice> {
  const query = { ...membersOf(group), limit: SLICE, after };
  const { items, next } = await store.find(membershipCollection, query);
  const ids = items.map(({ value }) => value.person);
  return { entries: [...(await store.getMany(personEntryCollection, ids)).values()], next };
}
