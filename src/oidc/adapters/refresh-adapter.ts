/**
 * Refresh tokens: one document a family (refresh-family.ts), which says how often it was rotated. The
 * library marks the presented token as consumed and saves the next one; here both are the one write that
 * saves, whose verdict is the answer. Who presents the same token during it or within the leeway is given
 * the same next token; whatever else presents one that was rotated ends the family, with its grant.
 */
import { calculateJwkThumbprint, decodeProtectedHeader } from 'jose';
import {
  errors,
  Provider,
  type Adapter,
  type AdapterPayload,
  type KoaContextWithOIDC,
} from 'oidc-provider';
import type { Vault } from '../../secrets/vault.ts';
import { StoreUnavailable, type Change } from '../../storage/store.ts';
import { within } from '../../timing/within.ts';
import { spaceDelimited } from '../space-delimited.ts';
import { narrowed } from '../tokens/refreshed-scope.ts';
import { mayBe } from '../tokens/token-lengths.ts';
import { refreshTokenCollection, type StoredModel } from '../../records/stored-model.ts';
import {
  beforeAnswer,
  destroyGrant,
  expiry,
  presentEpoch,
  unusedModel,
  usedUp,
} from './adapter-parts.ts';
import { readFamilyToken, standingOf, successor, type FamilyToken } from './refresh-family.ts';
import { relatedTo, stands, standsOn, type StandingParts } from './standing.ts';

const NAME = 'RefreshToken';

/** Milliseconds that a refresh waits for the one before it with the same token. */
export const PATIENCE = 2000;

export function refreshAdapter(parts: StandingParts): Adapter {
  const { store, vault, ahead } = parts;
  const keyOf = (family: string): string => vault.hash(NAME, family);
  const takeTurn = createTurns();

  const rotate = async (token: FamilyToken, next: StoredModel, expiresAt: number | undefined) => {
    const key = keyOf(token.family);
    const write = (): Promise<Verdict> =>
      store.update(refreshTokenCollection, key, rotated(token, next, expiresAt));
    const verdict = await takeTurn(key, write);
    if (verdict === 'rotated' || verdict === 'repeated') return;
    if (verdict === 'reused') await endFamily(parts, key, next.payload);
    throw new errors.InvalidGrant('refresh token already used');
  };

  return {
    ...unusedModel(NAME),
    async upsert(value, { jti: _, ...payload }, expiresIn) {
      const token = readFamilyToken(vault, value);
      if (!token) throw new Error('This refresh token was not made here.');
      const stored = {
        payload,
        ...(await presentEpoch(parts, payload.accountId)),
        ...(await standsOn(parts, NAME, payload)),
      };
      const expiresAt = expiry(parts, expiresIn);
      if (token.generation > 0) {
        const mark = { generation: token.generation, rotatedAt: parts.now() };
        // For a process of the version before, to which it is a token that can be used once.
        const consumed = Math.floor(mark.rotatedAt / 1000);
        return usedUp(parts, rotate(token, { ...stored, ...mark, consumed }, expiresAt));
      }
      const key = keyOf(token.family);
      ahead.know(key, relatedTo(NAME, payload));
      await beforeAnswer(parts, store.put(refreshTokenCollection, key, stored, { expiresAt }));
    },
    async find(value) {
      if (!mayBe(NAME, value)) return undefined;
      const token = readFamilyToken(vault, value);
      const key = token && keyOf(token.family);
      const reading = key && store.get(refreshTokenCollection, key);
      if (key) ahead.expect(key);
      const stored = await reading;
      if (key && stored) ahead.begin(key, relatedTo(NAME, stored.payload));
      if (!key || !stored || !(await stands(parts, NAME, stored))) return undefined;
      const standing = standingOf(stored, token, parts.now());
      if (standing === 'unknown') return undefined;
      const found = { ...stored.payload, jti: value };
      if (standing === 'newest') return found;
      const { ctx } = Provider;
      // Who only looks at it, or revokes it, uses nothing.
      if (ctx?.oidc.route !== 'token') return { ...found, consumed: stored.consumed };
      if (standing === 'repeated' && (await isOfSame(parts, ctx, stored.payload))) return found;
      await endFamily(parts, key, stored.payload);
      throw new errors.InvalidGrant('refresh token already used');
    },
    /** The library saves the next one right after it: that write has the verdict. */
    async consume() {},
    async destroy(value) {
      const token = readFamilyToken(vault, value);
      if (token) await store.delete(refreshTokenCollection, keyOf(token.family));
    },
    /** As of every model: its grant goes in the same act (adapter.ts). */
    async revokeByGrantId() {},
  };
}

/** `overtaken`: it was the newest when it came, and was rotated more than once since; nobody is accused. */
type Verdict = 'rotated' | 'repeated' | 'overtaken' | 'reused' | 'gone';

/** `token`: the next one, `next`: its document. */
function rotated(token: FamilyToken, next: StoredModel, expiresAt: number | undefined) {
  return (current: StoredModel | undefined): Change<StoredModel, Verdict> => {
    if (!current) return { result: 'gone' };
    const { generation = 0, consumed } = current;
    if (generation === 0 && consumed !== undefined) return { result: 'reused' };
    if (generation === token.generation - 1) return { put: next, expiresAt, result: 'rotated' };
    return { result: generation === token.generation ? 'repeated' : 'overtaken' };
  };
}

/** Is a repeated request from the client, and the key, that the first one came from, and asks for no more? */
async function isOfSame(
  parts: StandingParts,
  { oidc, headers }: KoaContextWithOIDC,
  { clientId, scope, jkt }: AdapterPayload,
): Promise<boolean> {
  if (oidc.client?.clientId !== clientId) return false;
  const granted = new Set(spaceDelimited(scope));
  const asked = spaceDelimited(await narrowed(parts, oidc.params?.['scope'], granted));
  if (!asked.every((one) => granted.has(one))) return false;
  return jkt === undefined || jkt === (await thumbprintOf(headers['dpop']));
}

/** Of the key of a proof (RFC 9449) that the library has verified by now. */
async function thumbprintOf(proof: string | string[] | undefined): Promise<string | undefined> {
  if (typeof proof !== 'string') return undefined;
  const { jwk } = decodeProtectedHeader(proof);
  return jwk && calculateJwkThumbprint(jwk);
}

async function endFamily(
  parts: StandingParts,
  key: string,
  { grantId }: AdapterPayload,
): Promise<void> {
  // The grant first: broken off in between, the next use of whatever token ends the rest.
  if (grantId !== undefined) await destroyGrant(parts, grantId);
  await parts.store.delete(refreshTokenCollection, key);
}

/**
 * Who comes while a document is being written waits for that write, and tries again later where it takes
 * too long: nothing of theirs is left to be done by then. Other processes are told apart by the write itself.
 */
function createTurns() {
  const underWay = new Map<string, Promise<unknown>>();
  return async <T>(key: string, write: () => Promise<T>): Promise<T> => {
    const first = underWay.get(key);
    if (first && !(await within(PATIENCE, isOver(first), false)))
      throw new StoreUnavailable('The token is being refreshed by another request.');
    const mine = write();
    underWay.set(key, mine);
    try {
      return await mine;
    } finally {
      if (underWay.get(key) === mine) underWay.delete(key);
    }
  };
}

/** However it ends. */
async function isOver(write: Promise<unknown>): Promise<true> {
  await write.catch(() => {});
  return true;
}

/** The library gives new refresh tokens random names; those that follow on another are derived from it. */
export function deriveRefreshTokens(provider: Provider, vault: Vault): void {
  const { prototype } = provider.RefreshToken as unknown as {
    prototype: { generateTokenId(): string };
  };
  const { generateTokenId } = prototype;
  prototype.generateTokenId = function generate(this: object): string {
    const presented = Provider.ctx?.oidc.entities.RotatedRefreshToken;
    return presented ? successor(vault, presented.jti) : generateTokenId.call(this);
  };
}
