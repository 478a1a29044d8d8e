/** Since when somebody is in each of their groups, and what the log says of who put them in. Reads only. */
import { auditCollection, type AuditEvent } from '../../audit/event.ts';
import type { Performed } from '../../audit/performed.ts';
import { resultOf, type Result } from '../../result.ts';
import { placeAt } from '../../storage/place-at.ts';
import type { Store } from '../../storage/store.ts';
import { readAdministered } from '../people/administer.ts';

export interface GroupTime {
  /** Milliseconds since the epoch. */
  at: number;
  /** Undefined: it is no longer kept, or not one that is looked for. */
  event: AuditEvent | undefined;
}

/** Moments that are looked for in the log, the newest first. */
const MOST_MOMENTS = 20;
/** Events of one moment. */
const OF_ONE_MOMENT = 10;

/**
 * By the id of the group; not in it: an older version put them in, which did not keep when. `id`: subject
 * identifier. Problems as of `person.show`.
 */
export function groupTimes(
  { store }: { store: Store },
  performed: Performed,
  id: string,
): Promise<Result<Map<string, GroupTime>>> {
  return resultOf(async () => {
    const { groups, groupsSince = {} } = await readAdministered(
      store,
      performed,
      'person.show',
      id,
    );
    const since = groups.flatMap((group) => {
      const at = groupsSince[group];
      return at === undefined ? [] : [{ group, at }];
    });
    const moments = [...new Set(since.map(({ at }) => at))].toSorted((a, b) => b - a);
    const looked = moments.slice(0, MOST_MOMENTS);
    const found = await Promise.all(looked.map((at) => givenAt(store, id, at)));
    const eventAt = new Map(looked.map((at, nth) => [at, found[nth]]));
    return new Map(since.map(({ group, at }) => [group, { at, event: eventAt.get(at) }]));
  });
}

/** The write that gave them is the one that its event tells of: both are of the same moment. */
async function givenAt(
  store: Pick<Store, 'find'>,
  person: string,
  at: number,
): Promise<AuditEvent | undefined> {
  const { items } = await store.find(auditCollection, {
    index: 'personAt',
    from: placeAt(person, at),
    below: placeAt(person, at + 1),
    limit: OF_ONE_MOMENT,
  });
  const events = items.map(({ value }) => value);
  return events.find(({ type, details }) => isGiving(type) && details['groups'] !== undefined);
}

const isGiving = (type: AuditEvent['type']): boolean =>
  type === 'person.added' || type === 'person.changed';
