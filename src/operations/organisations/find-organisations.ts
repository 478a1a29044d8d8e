/** Organisations by their names, page by page: all of them, or that of whoever asks; and one of them. */
import type { Performed } from '../../audit/performed.ts';
import { Problem } from '../../problem.ts';
import {
  getOrganisation,
  listOrganisations,
  type Organisation,
} from '../../records/organisation.ts';
import { rolloutCollection, type Rollout } from '../../records/lists/rollout.ts';
import { resultOf, type Result } from '../../result.ts';
import type { Store } from '../../storage/store.ts';
import { fold } from '../../text/fold.ts';
import { permission, reach } from '../permission.ts';

export interface ListedOrganisation {
  organisation: Organisation;
  /** As it was counted last; undefined: it has not been. */
  rollout: Rollout | undefined;
}

export interface OrganisationsPage {
  organisations: ListedOrganisation[];
  /** Give this as `after` to go on; absent on the last page. */
  next?: string;
}

export interface OrganisationsQuery {
  /** How a name, an id or a domain begins. */
  q?: string | undefined;
  /** `next` of the page before. */
  after?: string | undefined;
}

/** Organisations of a page. */
const PAGE = 50;

/** There are few of them: they are read whole, and put into order here. Problems: those of who may. */
export function findOrganisations(
  { store }: { store: Pick<Store, 'get' | 'getMany' | 'scan'> },
  performed: Performed,
  { q = '', after = '' }: OrganisationsQuery,
): Promise<Result<OrganisationsPage>> {
  return resultOf(async () => {
    const of = await reach(store, performed, 'organisation.list', undefined);
    const all =
      of === null ? await Array.fromAsync(listOrganisations(store)) : [await own(store, of)];
    const sought = fold(q);
    const found = all
      .filter((one) => one !== undefined && isFound(one, sought) && placeOf(one) > after)
      .filter((one) => one !== undefined)
      .toSorted((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
    const page = found.slice(0, PAGE);
    const counted = await store.getMany(
      rolloutCollection,
      page.map(({ id }) => id),
    );
    const last = page.at(-1);
    return {
      organisations: page.map((organisation) => ({
        organisation,
        rollout: counted.get(organisation.id),
      })),
      ...(found.length > PAGE && last ? { next: placeOf(last) } : {}),
    };
  });
}

const own = (store: Pick<Store, 'get'>, id: string): Promise<Organisation | undefined> =>
  getOrganisation(store, id);

/** Every id is there once, and has no space. */
const placeOf = ({ name, id }: Organisation): string => `${fold(name)} ${id}`;

function isFound({ id, name, domains }: Organisation, sought: string): boolean {
  return [name, id, ...(domains ?? [])].some((text) => fold(text).startsWith(sought));
}

/** Problem `not-found` (404), for another one than theirs too; `organisation-unknown` for the operator. */
export function showOrganisation(
  { store }: { store: Pick<Store, 'get'> },
  performed: Performed,
  id: string,
): Promise<Result<Organisation>> {
  return resultOf(async () => {
    const may = await permission(store, performed, 'organisation.show');
    may({ organisation: id });
    const organisation = await getOrganisation(store, id);
    if (organisation) return organisation;
    const code = performed.actor.kind === 'operator' ? 'organisation-unknown' : 'not-found';
    throw new Problem(code, { status: 404, values: { id } });
  });
}
