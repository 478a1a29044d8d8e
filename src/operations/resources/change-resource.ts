import { z } from 'zod';
import type { Performed } from '../../audit/performed.ts';
import { ACR } from '../../policy/factors.ts';
import { checkAcr } from '../../oidc/clients/clients.ts';
import { closingOf } from '../../outbox/closing.ts';
import { withMessages } from '../../outbox/message.ts';
import { Problem } from '../../problem.ts';
import {
  BUILT_IN,
  MAIL_RESOURCE,
  completeResource,
  resourceCollection,
  type ResourceRecord,
  type ResourceScope,
} from '../../records/resource.ts';
import { resultOf, type Result } from '../../result.ts';
import type { Change, Store } from '../../storage/store.ts';
import { checkSeen, tagOf, type Seen } from '../as-seen.ts';
import { changes, type Changes } from '../changes.ts';
import { boundedText } from '../input.ts';
import { permission } from '../permission.ts';
import { resourceNamed, resourceUnknown } from './resource-named.ts';
import { checkScopesUnused } from './resource-clients.ts';
import { resourceEvent } from './resource-event.ts';
import { checkOwn, checkScope, checkWhole, scopesInput, tokensInput } from './resource-input.ts';
import { withScopes } from './scope-claims.ts';

export const changeResourceInput = tokensInput.extend({
  /** Added, or described anew. */
  scopes: scopesInput.exactOptional(),
  /** Names. */
  removeScopes: z.array(boundedText).max(1000).exactOptional(),
  /** `acr` values by scope; null: none. */
  requireAcr: z.record(boundedText, boundedText.nullable()).exactOptional(),
  /** It as whoever changes it has seen it (`resourceTag`). */
  seen: boundedText.exactOptional(),
});
export type ResourceChange = z.output<typeof changeResourceInput>;

export interface ChangedResource {
  resource: ResourceRecord;
  /** Empty: it was like that already, and nothing was written. */
  changed: Changes;
}

/**
 * Checked as at the registration; of a built-in one only the lifetime and what its scopes require can be
 * set. Seen by every process within half a second. Problems: `resource-unknown`, `resource-built-in`,
 * `scope-unknown`, `scope-named`, `changed-meanwhile` for what was not as it had been seen, and those of `addResource`.
 */
export function changeResource(
  { store }: { store: Pick<Store, 'get' | 'scan' | 'update'> },
  performed: Performed,
  id: string,
  change: ResourceChange,
): Promise<Result<ChangedResource>> {
  return resultOf(async () => {
    const may = await permission(store, performed, 'resource.change');
    may({});
    const { scopes = [], removeScopes = [], format, alg } = change;
    if (scopes.length + removeScopes.length > 0 || format || alg) checkOwn(id, 'that');
    await checkScopesUnused(store, removeScopes);
    const added = scopes.map(checkScope).map(({ name }) => name);
    await resourceNamed(store, id);
    // One that is described anew too: another change may take it away meanwhile.
    const act = { owner: id, before: removeScopes, after: added };
    return withScopes(store, act, performed.now, () => write(store, performed, id, change));
  });
}

function write(
  store: Pick<Store, 'update'>,
  performed: Performed,
  id: string,
  change: ResourceChange,
): Promise<ChangedResource> {
  return store.update(resourceCollection, id, (stored): Change<ResourceRecord, ChangedResource> => {
    const before = stored && !stored.gone ? completeResource(stored) : BUILT_IN.get(id);
    if (!before) throw resourceUnknown(id);
    checkSeen(toldOf(before), seenOf(change.seen));
    const resource = changed(before, change);
    checkWhole(resource);
    const told = changes(toldOf(before), toldOf(resource));
    if (Object.keys(told).length === 0) return { result: { resource: before, changed: told } };
    const event = resourceEvent(performed, id, 'resource.changed', told);
    // What opened a mailbox may not be enough any more.
    const closes = id === MAIL_RESOURCE && 'scopes' in told;
    const closed = closes ? [closingOf(null, performed.now)] : [];
    const put = { ...resource, ...withMessages(stored ?? {}, event, ...closed) };
    return { put, result: { resource: put, changed: told } };
  });
}

/** Problem `scope-unknown`. */
function changed(before: ResourceRecord, change: ResourceChange): ResourceRecord {
  const { scopes = [], removeScopes = [], requireAcr = {}, seen: _, ...tokens } = change;
  const all = described(before.scopes, scopes.map(checkScope));
  const named = [...removeScopes, ...Object.keys(requireAcr)];
  const unknown = named.find((name) => !all.some((scope) => scope.name === name));
  if (unknown !== undefined)
    throw new Problem('scope-unknown', { values: { scope: unknown, resource: before.id } });
  const kept = all.filter(({ name }) => !removeScopes.includes(name));
  return {
    ...before,
    ...tokens,
    scopes: kept.map((scope) => withFloor(scope, requireAcr[scope.name])),
  };
}

/** One that is described anew keeps its place, and what it requires. */
function described(before: readonly ResourceScope[], anew: ResourceScope[]): ResourceScope[] {
  const all = new Map(before.map((scope) => [scope.name, scope]));
  for (const scope of anew) {
    const requireAcr = scope.requireAcr ?? all.get(scope.name)?.requireAcr ?? null;
    all.set(scope.name, { ...scope, requireAcr });
  }
  return [...all.values()];
}

/** Undefined: it stays. */
function withFloor(scope: ResourceScope, acr: string | null | undefined): ResourceScope {
  return acr === undefined ? scope : { ...scope, requireAcr: acr === null ? null : checkAcr(acr) };
}

/** What was shown of a resource: nobody's change of it is lost unseen. */
export function resourceTag(resource: ResourceRecord): string {
  return tagOf(toldOf(resource), TAGGED);
}

const TAGGED = ['scopes', 'format', 'lifetime', 'alg'] as const;

const seenOf = (tag: string | undefined): Seen | undefined =>
  tag === undefined ? undefined : { fields: TAGGED, tag };

/** As changes are told of. */
function toldOf({ scopes, format, lifetime, alg }: ResourceRecord) {
  const told = scopes.map(({ name, description, requireAcr }) =>
    [name, description, requireAcr ? ACR[requireAcr] : ''].filter((part) => part !== '').join(' '),
  );
  return { scopes: told, format, lifetime, alg };
}
