/** The roll-out board: what was counted, of organisations and of the groups of one. Nothing is counted here. */
import type { Performed } from '../../audit/performed.ts';
import { Problem } from '../../problem.ts';
import { getOrganisation, type Organisation } from '../../records/organisation.ts';
import {
  getRollout,
  NOTHING_COUNTED,
  rolloutCollection,
  type Rollout,
  type RolloutCounts,
} from '../../records/lists/rollout.ts';
import { fromCursor } from '../../storage/pages.ts';
import { resultOf, type Result } from '../../result.ts';
import type { Store } from '../../storage/store.ts';
import { permission } from '../permission.ts';

type Reads = Pick<Store, 'get' | 'find'>;

export interface CountedRow {
  id: string;
  name: string;
  counts: RolloutCounts;
}

export interface RolloutShown {
  organisation: Organisation;
  counts: RolloutCounts;
  /** As of when (milliseconds since the epoch); null: it has not been counted yet. */
  madeAt: number | null;
  groups: CountedRow[];
  /** Give this as `after` to go on; absent on the last page. Opaque. */
  next?: string;
}

/** Groups of a page. */
export const ROLLOUT_PAGE = 20;
/** Most of an export. */
export const MOST_GROUPS_SHOWN = 2_000;

/** Problem `not-found` (404): it is not there, or another one than theirs. */
export function showRollout(
  { store }: { store: Reads },
  performed: Performed,
  id: string,
  { after, limit = ROLLOUT_PAGE }: { after?: string | undefined; limit?: number } = {},
): Promise<Result<RolloutShown>> {
  return resultOf(async () => {
    const may = await permission(store, performed, 'organisation.rollout');
    may({ organisation: id });
    const organisation = await getOrganisation(store, id);
    if (!organisation) throw new Problem('not-found', { status: 404 });
    const rollout = await getRollout(store, id);
    // `!` is the character after the space.
    const query = { index: 'group', from: `${id} `, below: `${id}!`, limit };
    const { items, next } = await fromCursor(after, (from) =>
      store.find(rolloutCollection, { ...query, after: from }),
    );
    return {
      organisation,
      counts: rollout?.counts ?? NOTHING_COUNTED,
      madeAt: rollout?.madeAt ?? null,
      groups: items.map(({ value }) => rowOf(value)),
      ...(next === undefined ? {} : { next }),
    };
  });
}

function rowOf({ organisation, group, name, counts }: Rollout): CountedRow {
  return { id: group ?? organisation, name, counts };
}
