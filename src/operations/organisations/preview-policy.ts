/**
 * A policy before it is saved: who would be asked for more, refused or locked out by it. Up to 2,000 people are
 * looked at while whoever asks waits; the rest at leisure, by one process at a time, which may be broken off.
 */
import { randomBytes } from 'node:crypto';
import type { Performed } from '../../audit/performed.ts';
import { momentOf } from '../../policy/rollout/consequences.ts';
import { Problem } from '../../problem.ts';
import { getOrganisation, type Organisation } from '../../records/organisation.ts';
import {
  policyPreviewCollection,
  PREVIEW_LIVES,
  type PolicyPreview,
} from '../../records/lists/policy-preview.ts';
import { resultOf, type Result } from '../../result.ts';
import { dueEntries, isFree } from '../../storage/due.ts';
import type { Change, Store } from '../../storage/store.ts';
import { checkOrganisationFactors } from '../people/locked-out.ts';
import { checkSeen, type Seen } from '../as-seen.ts';
import { permission } from '../permission.ts';
import { checkPolicy } from '../policy-input.ts';
import {
  changeOrganisation,
  type ChangedOrganisation,
  type ChangeOrganisationParts,
  type OrganisationChange,
} from './change-organisation.ts';
import { organisationDigest } from './organisation-digest.ts';
import { policyOf, type OrganisationPolicy } from './organisation-policy.ts';
import {
  createSimulation,
  NOBODY_SEEN,
  type Simulated,
  type SimulationParts,
  type Tally,
} from './simulate-policy.ts';

export interface PreviewParts extends SimulationParts {
  store: Pick<Store, 'get' | 'getMany' | 'find' | 'insert' | 'update'>;
}

/** People who are looked at while whoever asks waits. */
export const MOST_AT_ONCE = 2_000;
/** Milliseconds that one process has a preview, from each slice on. */
const LEASE = 60_000;

/**
 * `seen`: of the organisation, as whoever asks has. Problems: `not-found`, `grace-past`, `factors-companion`,
 * `administrator-locked-out`, `changed-meanwhile`.
 */
export function previewPolicy(
  parts: PreviewParts,
  performed: Performed,
  id: string,
  change: OrganisationPolicy,
  seen?: Seen,
): Promise<Result<{ id: string; preview: PolicyPreview }>> {
  return resultOf(async () => {
    const before = await checked(parts, performed, id, change);
    checkSeen(before, seen);
    const begun: PolicyPreview = {
      ...NOBODY_SEEN,
      organisation: id,
      by: performed.actor.id,
      change,
      before: policyOf(before),
      basis: organisationDigest(before),
      moment: momentOf({ ...before, ...change }, performed.now),
      startedAt: performed.now,
      cursor: null,
      isDone: false,
      leasedUntil: performed.now + LEASE,
    };
    const key = randomBytes(16).toString('base64url');
    const expiry = { expiresAt: performed.now + PREVIEW_LIVES };
    await parts.store.insert(policyPreviewCollection, key, begun, expiry);
    const preview = await goOn(parts, key, begun, () => performed.now, MOST_AT_ONCE);
    return { id: key, preview };
  });
}

/** All of it at once, and nothing is kept: for whoever has time. Problems as above. */
export function simulatePolicy(
  parts: SimulationParts,
  performed: Performed,
  id: string,
  change: OrganisationPolicy,
): Promise<Result<Tally & { moment: number }>> {
  return resultOf(async () => {
    const before = await checked(parts, performed, id, change);
    const after = { ...before, ...change };
    const simulated = {
      before,
      after,
      moment: momentOf(after, performed.now),
      now: performed.now,
    };
    const simulate = createSimulation(parts);
    let tally: Tally = NOBODY_SEEN;
    let next: string | undefined;
    do {
      const slice = await simulate(simulated, tally, next);
      ({ tally, next } = { next: undefined, ...slice });
    } while (next !== undefined);
    return { ...tally, moment: simulated.moment };
  });
}

async function checked(
  { store }: SimulationParts,
  performed: Performed,
  id: string,
  change: OrganisationPolicy,
): Promise<Organisation> {
  const may = await permission(store, performed, 'organisation.simulate');
  may({ organisation: id });
  const before = await getOrganisation(store, id);
  if (!before) throw unknown(performed, id);
  checkPolicy(change, performed.now);
  if (change.factors) await checkOrganisationFactors(store, id, change.factors);
  return before;
}

/** What is not there is no other, to who asks, than what is somebody else's. */
function unknown({ actor }: Performed, id: string): Problem {
  const code = actor.kind === 'operator' ? 'organisation-unknown' : 'not-found';
  return new Problem(code, { status: 404, values: { id } });
}

/** Problem `not-found`: it is over an hour old, or not theirs. */
export function showPreview(
  { store }: { store: Pick<Store, 'get'> },
  performed: Performed,
  organisation: string,
  id: string,
): Promise<Result<PolicyPreview>> {
  return resultOf(() => ownPreview(store, performed, organisation, id));
}

async function ownPreview(
  store: Pick<Store, 'get'>,
  performed: Performed,
  organisation: string,
  id: string,
): Promise<PolicyPreview> {
  const may = await permission(store, performed, 'organisation.simulate');
  may({ organisation });
  const preview = await store.get(policyPreviewCollection, id);
  const isTheirs = preview?.organisation === organisation && preview.by === performed.actor.id;
  if (!isTheirs) throw new Problem('not-found', { status: 404 });
  return preview;
}

/**
 * The policy that was previewed, if the organisation is still as it was then. Problems: those of changing an
 * organisation; `not-found` as above; `preview-running`; `changed-meanwhile`: nothing was saved.
 */
export function savePreviewed(
  parts: ChangeOrganisationParts,
  performed: Performed,
  organisation: string,
  id: string,
): Promise<Result<ChangedOrganisation>> {
  return resultOf(async () => {
    const preview = await ownPreview(parts.store, performed, organisation, id);
    if (!preview.isDone) throw new Problem('preview-running', { status: 409 });
    const change = preview.change as OrganisationChange;
    const saved = await changeOrganisation(parts, performed, organisation, change, preview.basis);
    if (!saved.ok) throw saved.problem;
    return saved.value;
  });
}

/** Those that no process is at. `now`: milliseconds since the epoch. */
export async function goOnWithPreviews(
  parts: PreviewParts,
  now: () => number,
  isClosed: () => boolean = () => false,
): Promise<void> {
  const due = { now: now(), longest: LEASE };
  for await (const { id } of dueEntries(parts.store, policyPreviewCollection, due)) {
    if (isClosed()) return;
    const mine = await claim(parts.store, id, now());
    if (mine) await goOn(parts, id, mine, now, Infinity, isClosed);
  }
}

function claim(
  store: Pick<Store, 'update'>,
  id: string,
  now: number,
): Promise<PolicyPreview | undefined> {
  return store.update(
    policyPreviewCollection,
    id,
    (there): Change<PolicyPreview, PolicyPreview | undefined> => {
      if (!there || there.isDone || !isFree(there.leasedUntil, { now, longest: LEASE }))
        return { result: undefined };
      const put = { ...there, leasedUntil: now + LEASE };
      return { put, result: put };
    },
  );
}

/** Slice by slice, each written down. `most`: people, after which somebody else goes on. */
async function goOn(
  parts: PreviewParts,
  id: string,
  begun: PolicyPreview,
  now: () => number,
  most: number,
  isClosed: () => boolean = () => false,
): Promise<PolicyPreview> {
  const before = await getOrganisation(parts.store, begun.organisation);
  const simulate = createSimulation(parts);
  const until = begun.seen + most;
  let preview = begun;
  while (!preview.isDone) {
    // What it was compared with is another one by now: it is of no use.
    const isUseless = !before || organisationDigest(before) !== preview.basis;
    const slice = isUseless
      ? { tally: preview }
      : await simulate(simulatedOf(before, preview), preview, preview.cursor ?? undefined);
    const isOver = isClosed() || slice.tally.seen >= until;
    const next: PolicyPreview = {
      ...preview,
      seen: slice.tally.seen,
      counts: slice.tally.counts,
      people: slice.tally.people,
      cursor: slice.next ?? null,
      isDone: slice.next === undefined,
      leasedUntil: isOver ? null : now() + LEASE,
    };
    if (!(await write(parts.store, id, preview, next))) return preview;
    preview = next;
    if (isOver) break;
  }
  return preview;
}

function simulatedOf(
  before: Organisation,
  { change, moment, startedAt }: PolicyPreview,
): Simulated {
  return { before, after: { ...before, ...change }, moment, now: startedAt };
}

/** False: somebody else has gone on with it. */
function write(
  store: Pick<Store, 'update'>,
  id: string,
  from: PolicyPreview,
  to: PolicyPreview,
): Promise<boolean> {
  return store.update(policyPreviewCollection, id, (there): Change<PolicyPreview, boolean> =>
    there?.cursor === from.cursor && there.seen === from.seen
      ? { put: to, result: true }
      : { result: false },
  );
}
