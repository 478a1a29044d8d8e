/**
 * How far an organisation, or a group of it, has come with two-step authentication: counted a moment later, for
 * pages. Nothing is decided by it. Whatever changes what is counted says so (`countAnew`); it is counted at
 * leisure, by one process at a time, and once a minute at most.
 */
import { collection, type Change, type Store } from '../../storage/store.ts';
import { fold } from '../../text/fold.ts';

/** People who are not disabled, each in one of these; `open`: have nothing, and need nothing. */
export const ROLLOUT_STATES = ['enrolled', 'email', 'grace', 'overdue', 'open'] as const;
export type RolloutState = (typeof ROLLOUT_STATES)[number];

export type RolloutCounts = Readonly<Record<RolloutState, number>> & {
  readonly people: number;
  /** Of all of them: mail programs of theirs still get in with the main password. */
  readonly mailPassword: number;
  readonly neverSignedIn: number;
};

export interface Rollout {
  organisation: string;
  /** Id; null: the whole organisation, whose document alone says when it is counted anew. */
  group: string | null;
  /** Of the group, or of the organisation. */
  name: string;
  counts: RolloutCounts;
  /** As of when (milliseconds since the epoch); null: it has never been counted. */
  madeAt: number | null;
  /** Raised by what changes something. */
  changes: number;
  /** What `changes` was when the counting that is under way began, or the last one. */
  seen: number;
  /** What `changes` was when the last counting began that came to its end. */
  counted: number;
  /** Milliseconds since the epoch: who counts has it until then; null: nobody does. */
  leasedUntil: number | null;
  /** Milliseconds since the epoch: when time alone changes something; null: it does not. */
  changesAt: number | null;
}

export const NOTHING_COUNTED: RolloutCounts = {
  enrolled: 0,
  email: 0,
  grace: 0,
  overdue: 0,
  open: 0,
  people: 0,
  mailPassword: 0,
  neverSignedIn: 0,
};

/** Milliseconds between two countings of an organisation, at least. */
export const COUNT_EVERY = 60_000;

export const rolloutCollection = collection<Rollout>('rollout', {
  indexes: {
    /** Those of whole organisations, in the order of their names. */
    whole: ({ group, name, organisation }) =>
      group === null ? `${fold(name)} ${organisation}` : undefined,
    /** `ORG NAME`: the groups of an organisation, in the order of their names. */
    group: ({ organisation, group, name }) =>
      group === null ? undefined : `${organisation} ${fold(name)} ${group}`,
    due: dueAt,
  },
});

/** When it is to be counted (milliseconds since the epoch); undefined: not before something changes. */
function dueAt({ group, changes, counted, leasedUntil, madeAt, changesAt }: Rollout) {
  if (group !== null) return undefined;
  if (changes === counted) return changesAt ?? undefined;
  return leasedUntil ?? (madeAt === null ? 0 : madeAt + COUNT_EVERY);
}

/** Of a group its own id, which is no organisation's: those are shorter, and of other characters. */
export function rolloutId(organisation: string, group: string | null = null): string {
  return group === null ? organisation : `${organisation} ${group}`;
}

/** Something of that organisation has changed. Written once until it is counted. */
export async function countAnew(
  store: Pick<Store, 'get' | 'update'>,
  organisation: string,
): Promise<void> {
  const isWaiting = (rollout: Rollout | undefined): boolean =>
    rollout !== undefined && rollout.changes !== rollout.seen;
  if (isWaiting(await store.get(rolloutCollection, rolloutId(organisation)))) return;
  await store.update(
    rolloutCollection,
    rolloutId(organisation),
    (rollout): Change<Rollout, void> => {
      if (isWaiting(rollout)) return { result: undefined };
      const there = rollout ?? uncounted(organisation);
      return { put: { ...there, changes: there.changes + 1 }, result: undefined };
    },
  );
}

function uncounted(organisation: string): Rollout {
  return {
    organisation,
    group: null,
    name: organisation,
    counts: NOTHING_COUNTED,
    madeAt: null,
    changes: 0,
    seen: 0,
    counted: 0,
    leasedUntil: null,
    changesAt: null,
  };
}

export function getRollout(
  store: Pick<Store, 'get'>,
  organisation: string,
  group: string | null = null,
): Promise<Rollout | undefined> {
  return store.get(rolloutCollection, rolloutId(organisation, group));
}
