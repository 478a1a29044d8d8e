/**
 * oidc-provider's models on the storage port. This folder owns everything that speaks OpenID Connect.
 *
 * - Identifiers that a bearer shows (session ids, codes, tokens) are kept as a keyed hash only; the
 *   library hands them over in clear.
 * - What was issued to a person carries the epoch it was issued under; of an older one it is hidden, as is
 *   what no longer stands for another reason (standing.ts).
 * - `consume` is one conditional write whose verdict is the answer: the library checks, then acts. Of refresh
 *   tokens it is the write that saves the next one (refresh-adapter.ts).
 */
import { LRUCache } from 'lru-cache';
import { errors, Provider, type Adapter, type AdapterPayload } from 'oidc-provider';
import type { Change, Collection } from '../../storage/store.ts';
import { deviceAdapter, type DeviceParts } from './device-adapter.ts';
import { interactionAdapter, type SignInParts } from './interaction-adapter.ts';
import { refreshAdapter } from './refresh-adapter.ts';
import { sessionAdapter } from './session-adapter.ts';
import { spaceDelimited } from '../space-delimited.ts';
import { mayBe } from '../tokens/token-lengths.ts';
import { createReadAhead, type Reading } from './read-ahead.ts';
import { OF_SIGN_IN, relatedTo, stands, standsOn, type StandingParts } from './standing.ts';
import {
  grantCollection,
  modelCollections,
  replayCollection,
  type StoredModel,
} from '../../records/stored-model.ts';
import {
  beforeAnswer,
  changeable,
  destroyGrant,
  expiry,
  presentEpoch,
  unusedModel,
  usedUp,
  type AdapterParts,
} from './adapter-parts.ts';

/** The factory that the library calls once for each model. */
export function createAdapters(
  without: Omit<DeviceParts, 'ahead'> & SignInParts,
): (name: string) => Adapter {
  const parts: DeviceParts & SignInParts = { ...without, ahead: createReadAhead(without) };
  const sessions = sessionAdapter(parts);
  return (name) => {
    if (name === 'Session') return sessions;
    if (name === 'Interaction') return interactionAdapter(parts, sessions);
    if (name === 'Client') return clientAdapter(parts);
    if (name === 'DeviceCode') return deviceAdapter(parts);
    if (name === 'RefreshToken') return refreshAdapter(parts);
    const modelKind = modelCollections[name];
    return modelKind ? modelAdapter(parts, name, modelKind) : unusedModel(name);
  };
}

/** A grant is found and written within one request. */
const FOUND_KEPT = 2000;

function modelAdapter(
  parts: StandingParts,
  name: string,
  modelKind: Collection<StoredModel>,
): Adapter {
  const { store, ahead } = parts;
  const keyOf = (id: string): string => parts.vault.hash(name, id);
  const read = (id: string): Reading<StoredModel> => {
    const key = keyOf(id);
    return { key, stored: store.get(modelKind, key) };
  };
  const issueOnce = name === 'ReplayDetection';
  const isOfSignIn = OF_SIGN_IN.has(name);
  const wasFound = name === 'Grant' ? new LRUCache<string, true>({ max: FOUND_KEPT }) : undefined;
  return {
    ...unusedModel(name),
    async upsert(id, { jti: _, ...payload }, expiresIn) {
      limitPushed(parts, name);
      const stored = {
        payload: name === 'Grant' ? withoutRejected(payload) : payload,
        ...(await presentEpoch(parts, payload.accountId)),
        ...(await standsOn(parts, name, payload)),
      };
      const expiresAt = expiry(parts, expiresIn);
      const key = keyOf(id);
      if (isOfSignIn) ahead.know(key, relatedTo(name, payload));
      if (issueOnce) {
        const fresh = await store.insert(modelKind, key, stored, { expiresAt });
        if (!fresh) throw new errors.InvalidRequest('it was used before');
        return;
      }
      const write = wasFound?.has(key)
        ? store.update(modelKind, key, (current): Change<StoredModel, void> => {
            // Taken away since it was found: a late write must not bring back what was granted with it.
            if (!current) return { result: undefined };
            return { put: withGrantsOf(current, stored), expiresAt, result: undefined };
          })
        : store.put(modelKind, key, stored, { expiresAt });
      await beforeAnswer(parts, write);
    },
    async find(id) {
      if (!mayBe(name, id)) return undefined;
      const { key, stored: reading } = name === 'Grant' ? ahead.grant(id) : read(id);
      if (isOfSignIn) ahead.expect(key);
      const stored = (await reading) ?? (issueOnce ? await usedBefore(parts, name, id) : undefined);
      if (stored) wasFound?.set(key, true);
      if (stored && isOfSignIn) ahead.begin(key, relatedTo(name, stored.payload));
      if (!stored || !(await stands(parts, name, stored))) return undefined;
      if (name === 'Grant') await noteUse(parts, key, stored);
      return {
        ...(name === 'Grant' ? changeable(withoutRejected(stored.payload)) : stored.payload),
        jti: id,
        ...(stored.consumed ? { consumed: stored.consumed } : {}),
      };
    },
    async consume(id) {
      await usedUp(parts, consumeOnce(parts, name, modelKind, keyOf(id)));
    },
    async destroy(id) {
      await store.delete(modelKind, keyOf(id));
    },
    /** Every use of a code or token loads its grant, which goes in the same act: no index is needed. */
    async revokeByGrantId() {},
  };
}

/** What a key that is retired since has marked as used is used. */
async function usedBefore(
  { store, vault }: Pick<AdapterParts, 'store' | 'vault'>,
  name: string,
  id: string,
): Promise<StoredModel | undefined> {
  for (const key of vault.hashesRetired(name, id)) {
    const used = await store.get(replayCollection, key);
    if (used) return used;
  }
  return undefined;
}

/** The last use of a grant is written once a day at most. */
const USE_NOTED = 86_400_000;

/**
 * Every use of a code or token reads its grant. Beside what is issued at such a use it is one of the writes
 * that share the answer's commit; an app is let in all the same where it fails.
 */
async function noteUse(parts: AdapterParts, key: string, found: StoredModel): Promise<void> {
  const now = parts.now();
  const isNoted = ({ usedAt, payload: { iat = 0 } }: StoredModel): boolean =>
    now - (usedAt ?? iat * 1000) < USE_NOTED;
  if (isNoted(found)) return;
  const write = parts.store.update(grantCollection, key, (grant): Change<StoredModel, void> => {
    if (!grant || isNoted(grant)) return { result: undefined };
    return { put: { ...grant, usedAt: now }, result: undefined };
  });
  await beforeAnswer(
    parts,
    write.catch(() => {}),
  );
}

/** A grant only grows: of two requests that add to it at once, both are kept, and so is its last use. */
function withGrantsOf(current: StoredModel, { payload, ...rest }: StoredModel): StoredModel {
  const [before, after] = [grantedIn(current.payload), grantedIn(payload)];
  const scopes = [...new Set([...before.scopes, ...after.scopes])];
  const claims = [...new Set([...before.claims, ...after.claims])];
  const openid = { scope: scopes.join(' '), ...(claims.length > 0 ? { claims } : {}) };
  const resources = mergedResources(current.payload, payload);
  const { usedAt } = current;
  return {
    ...rest,
    ...(usedAt === undefined ? {} : { usedAt }),
    payload: { ...payload, openid, ...resources },
  };
}

/** Scopes by resource; nothing where there are none. */
function mergedResources(...payloads: AdapterPayload[]): { resources?: Record<string, string> } {
  const resources: Record<string, string> = {};
  for (const { resources: granted } of payloads)
    for (const [id, scope] of Object.entries((granted ?? {}) as Record<string, string>))
      resources[id] = [...new Set(spaceDelimited(`${resources[id] ?? ''} ${scope}`))].join(' ');
  return Object.keys(resources).length > 0 ? { resources } : {};
}

function grantedIn(payload: AdapterPayload): { scopes: string[]; claims: string[] } {
  const { scope, claims = [] } = (payload['openid'] ?? {}) as {
    scope?: string;
    claims?: string[];
  };
  return { scopes: spaceDelimited(scope), claims };
}

/** What was rejected once would be missing for ever; nothing is, whatever an older version has kept. */
function withoutRejected({ rejected: _, ...payload }: AdapterPayload): AdapterPayload {
  return payload;
}

/**
 * A client without authentication can be anybody: what it pushes, and the proof that came with it (RFC
 * 9449), counts as a sign-in that is begun. Thrown before anything is written.
 */
function limitPushed({ signInLimit }: AdapterParts, name: string): void {
  const ctx = Provider.ctx;
  const isPushed = name === 'PushedAuthorizationRequest' || name === 'ReplayDetection';
  if (!isPushed || ctx?.oidc.route !== 'pushed_authorization_request') return;
  if (ctx.oidc.client?.clientAuthMethod === 'none') signInLimit.take(ctx);
}

async function consumeOnce(
  parts: AdapterParts,
  name: string,
  modelKind: Collection<StoredModel>,
  key: string,
): Promise<void> {
  const consumed = Math.floor(parts.now() / 1000);
  const lost = await parts.store.update(
    modelKind,
    key,
    (stored): Change<StoredModel, AdapterPayload | null> => {
      if (!stored || stored.consumed) return { result: stored?.payload ?? {} };
      return { put: { ...stored, consumed }, result: null };
    },
  );
  if (!lost) return;
  // The library revokes the grant on a replay that it sees itself; one that loses the race is a replay too.
  if (lost.grantId) await destroyGrant(parts, lost.grantId);
  if (name === 'PushedAuthorizationRequest') throw new errors.InvalidRequestUri('already used');
  throw new errors.InvalidGrant('already consumed');
}

function clientAdapter({ clientMetadata }: AdapterParts): Adapter {
  return { ...unusedModel('Client'), find: clientMetadata };
}
