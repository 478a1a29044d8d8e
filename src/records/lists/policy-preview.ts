/**
 * What another policy of an organisation would mean to its people, as far as that has been worked out. It goes by
 * itself after an hour.
 */
import { collection } from '../../storage/store.ts';

export interface PreviewedPerson {
  /** Subject identifier. */
  id: string;
  name: string;
  login: string;
  /** `locked-out`, `refused`, `asked` (policy/rollout/consequences.ts); null: their mail programs alone. */
  consequence: string | null;
  losesMail: boolean;
  /** Names of apps. */
  apps: readonly string[];
}

export interface PolicyPreview {
  organisation: string;
  /** Who asked for it: the id of an administrator; null: the operator. Nobody else sees it. */
  by: string | null;
  /** The fields of the organisation that would be others, with their values. */
  change: Readonly<Record<string, unknown>>;
  /** What those fields, and the others of the policy, were then; absent: of an older version. */
  before?: Readonly<Record<string, unknown>>;
  /** What was there when it was begun (operations/organisations/organisation-digest.ts). */
  basis: string;
  /** The moment that is judged. All times are milliseconds since the epoch. */
  moment: number;
  startedAt: number;
  /** People who have been looked at. */
  seen: number;
  counts: Readonly<Record<'locked-out' | 'refused' | 'asked' | 'mail', number>>;
  /** The first of them, the worst before the others. */
  people: readonly PreviewedPerson[];
  /** Where it goes on; null: from the start, or it is done. */
  cursor: string | null;
  isDone: boolean;
  /** Some process is at it until then; null: none is. */
  leasedUntil: number | null;
}

/** Names that are kept. */
export const MOST_NAMES = 200;
/** Milliseconds. */
export const PREVIEW_LIVES = 3_600_000;

/** By a random id. */
export const policyPreviewCollection = collection<PolicyPreview>('policy_preview', {
  indexes: {
    due: ({ isDone, leasedUntil }) => (isDone ? undefined : (leasedUntil ?? 0)),
  },
});
