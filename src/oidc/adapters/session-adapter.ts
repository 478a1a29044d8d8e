/**
 * The library's browser sessions. It reads the whole document, changes it and writes it back with
 * every authorization; two at once would lose one client's authorization. So the document is keyed
 * by the session's `uid`, the cookie's value (`jti`) rotates as a column, and a write is merged with
 * what others have written since.
 */
import { isDeepStrictEqual } from 'node:util';
import {
  Provider,
  type Adapter,
  type AdapterPayload,
  type ClientAuthorizationState,
  type KoaContextWithOIDC,
} from 'oidc-provider';
import { browserName } from '../../text/browser-name.ts';
import type { Change, Expiry, Store } from '../../storage/store.ts';
import { addressText } from '../../net/address.ts';
import { requestOrigin } from '../../net/request-origin.ts';
import type { Proof } from '../../records/proof.ts';
import { formerProofs, withProofs } from './proofs.ts';
import {
  sessionKey,
  sessionCollection,
  type SignInPlace,
  type StoredSession,
} from '../../records/session.ts';
import { sessionPlaces } from './session-places.ts';
import { isWithinLimits } from './session-limits.ts';
import { noteFound } from '../request-reads.ts';
import { EXPIRY_SLACK } from './session-use.ts';
import { isClientId } from '../clients/clients.ts';
import type { SignInResult } from '../../records/sign-in.ts';
import { createReadAhead, type ReadAhead, type Related } from './read-ahead.ts';
import {
  beforeAnswer,
  changeable,
  expiry,
  isCurrent,
  presentEpoch,
  unusedModel,
  type AdapterParts,
} from './adapter-parts.ts';

type Authorizations = Record<string, ClientAuthorizationState>;

/** A session as a request read it, and when it was used before (milliseconds since the epoch). */
interface Base {
  payload: AdapterPayload;
  usedAt: number;
}

interface ReadBase extends Base {
  /** False: an older version may have kept them beside it. */
  hasProofs: boolean;
}

export function sessionAdapter(parts: AdapterParts & { ahead?: ReadAhead }): Adapter {
  const { store, vault, ahead = createReadAhead(parts) } = parts;
  const cookieHash = (jti: string): string => vault.hash('session cookie', jti);
  const keyOf = (uid: string): string => sessionKey(vault, uid);
  const places = sessionPlaces(store, sessionCollection, 'jti');
  /** Each request's session as it was read: the base of the three-way merge. */
  const bases = new WeakMap<object, ReadBase>();

  const restore = async (
    stored: StoredSession | undefined,
    jti?: string,
  ): Promise<AdapterPayload | undefined> => {
    if (
      !stored ||
      stored.ended ||
      !(await isCurrent(parts, stored.payload.accountId, stored.epoch)) ||
      !(await isWithinLimits(parts, stored))
    )
      return undefined;
    return changeable({ ...stored.payload, ...(jti === undefined ? {} : { jti }) });
  };

  return {
    ...unusedModel('Session'),
    async find(jti) {
      const cookie = cookieHash(jti);
      const client = clientAsked();
      const reading = places.find(cookie);
      ahead.expect(`${cookie} ${client}`);
      const value = (await reading)?.value;
      if (value) ahead.begin(`${cookie} ${client}`, relatedTo(value, client));
      noteFound(value);
      const session = await restore(value, jti);
      if (session && value && Provider.ctx) {
        const { usedAt = 0, proofs } = value;
        const payload = { ...value.payload, jti };
        bases.set(Provider.ctx, { payload, usedAt, hasProofs: proofs !== undefined });
      }
      return session;
    },
    async findByUid(uid) {
      const stored = await ahead.session(uid).stored;
      noteFound(stored);
      return restore(stored);
    },
    async upsert(jti, { jti: _, ...payload }, expiresIn) {
      // The library saves sessions of nobody, for a stale cookie too: without a sign-in none is kept.
      const { accountId } = payload;
      if (accountId === undefined) return;
      const base = Provider.ctx && bases.get(Provider.ctx);
      const mine = base?.payload.uid === payload.uid ? base : undefined;
      const usedAt = parts.now();
      const { epoch } = await presentEpoch(parts, accountId);
      const id = keyOf(String(payload.uid));
      const mayBeBeside = mine?.hasProofs === false;
      const proven = await provenNow(parts, { id, accountId, epoch, mayBeBeside });
      if (mine && !proven && isUnchanged(mine, { payload: { ...payload, jti }, usedAt })) return;
      const issued = { jti: cookieHash(jti), usedAt, ...(epoch === undefined ? {} : { epoch }) };
      const expiresAt = expiry(parts, expiresIn);
      const saved = (current: StoredSession | undefined): StoredSession => {
        const authorizations = merge(
          mine?.payload.authorizations,
          payload.authorizations,
          current?.payload.authorizations,
        );
        return {
          ...issued,
          ...(current?.postings ? { postings: current.postings } : {}),
          ...restsOn(current, { accountId, epoch }, proven),
          payload: { ...payload, ...(authorizations ? { authorizations } : {}) },
        };
      };
      await beforeAnswer(parts, save(store, id, { saved, expiresAt, isNew: !mine }));
    },
    async destroy(jti) {
      // The library destroys the old cookie's value before it saves the new one; the save moves it.
      const session = Provider.ctx?.oidc.session as { oldId?: string } | undefined;
      if (session?.oldId === jti) return;
      const found = await places.find(cookieHash(jti));
      if (found) await store.update(sessionCollection, found.id, removed);
    },
  };
}

/** What it is to be, by the document as it is there; `isNew`: its id was made by this request. */
interface Saving extends Expiry {
  saved(current: StoredSession | undefined): StoredSession;
  isNew: boolean;
}

async function save(
  store: Pick<Store, 'insert' | 'update'>,
  id: string,
  { saved, expiresAt, isNew }: Saving,
): Promise<void> {
  // Nothing is read before a new one is written.
  if (isNew && (await store.insert(sessionCollection, id, saved(undefined), { expiresAt }))) return;
  await store.update(sessionCollection, id, (current): Change<StoredSession, void> => {
    // Signed out meanwhile by another request: a late write must not bring the session back.
    if (current ? current.ended : !isNew) return { result: undefined };
    return { put: saved(current), expiresAt, result: undefined };
  });
}

/** What the authorization endpoint is asked for; elsewhere none is. */
function clientAsked(): string {
  const { ctx } = Provider;
  const client = ctx?.oidc.route === 'authorization' ? ctx.query['client_id'] : undefined;
  return typeof client === 'string' && isClientId(client) ? client : '';
}

/** What a request of the client looks at besides. */
function relatedTo({ payload }: StoredSession, client: string): Related {
  const { accountId, authorizations = {} } = payload;
  const theirs = Object.hasOwn(authorizations, client) ? authorizations[client] : undefined;
  return { accountId, grantId: theirs?.grantId };
}

/** What a sign-in that ends with this request has proven, and where. */
interface ProvenNow {
  proofs: Proof[];
  signedIn: SignInPlace;
  /** What the version before has kept beside the session, if this one goes on with it. */
  former: Resting | undefined;
}

/** Only under the epoch that it was proven under. */
async function provenNow(
  parts: AdapterParts,
  {
    id,
    accountId,
    epoch,
    mayBeBeside,
  }: { id: string; accountId: string; epoch: number | undefined; mayBeBeside: boolean },
): Promise<ProvenNow | undefined> {
  const { ctx } = Provider;
  const signIn = ctx?.oidc.result?.['signIn'] as SignInResult | undefined;
  if (!ctx || !signIn || signIn.epoch !== epoch) return undefined;
  const former = mayBeBeside
    ? await formerProofs(parts.store, id, { id: accountId, epoch })
    : undefined;
  return { proofs: signIn.proofs, signedIn: placeOf(ctx, parts.now()), former };
}

function placeOf(ctx: KoaContextWithOIDC, at: number): SignInPlace {
  const { userAgent, address } = requestOrigin(ctx, null);
  return { at, browser: browserName(userAgent ?? undefined), address: addressText(address) };
}

/** What was proven by the same person under the same epoch stays; nothing else does. */
function restsOn(
  current: StoredSession | undefined,
  { accountId, epoch }: { accountId: string; epoch: number | undefined },
  proven: ProvenNow | undefined,
): Resting {
  const goesOn = current?.payload.accountId === accountId && current.epoch === epoch;
  const own: Resting = goesOn ? current : { proofs: [] };
  const before = own.proofs ? own : (proven?.former ?? own);
  const proofs = proven ? withProofs(before.proofs ?? [], proven.proofs) : own.proofs;
  const signedIn = before.signedIn ?? proven?.signedIn;
  return { ...(proofs ? { proofs } : {}), ...(signedIn ? { signedIn } : {}) };
}

type Resting = Pick<StoredSession, 'proofs' | 'signedIn'>;

/** Messages that it still carries are not lost with it. */
function removed(session: StoredSession | undefined): Change<StoredSession, void> {
  if (!session?.postings) return { remove: true, result: undefined };
  return { put: { ...session, ended: true }, result: undefined };
}

function isUnchanged(before: Base, after: Base): boolean {
  const { exp: expBefore = 0, iat: _before, ...restBefore } = before.payload;
  const { exp: expAfter = 0, iat: _after, ...restAfter } = after.payload;
  return (
    expAfter - expBefore < EXPIRY_SLACK &&
    after.usedAt - before.usedAt < EXPIRY_SLACK * 1000 &&
    isDeepStrictEqual(restBefore, restAfter)
  );
}

/** What I changed since the base wins; for the rest, what the others have written by now. */
function merge(
  base: Authorizations | undefined = {},
  mine: Authorizations | undefined = {},
  theirs: Authorizations | undefined = {},
): Authorizations | undefined {
  const merged = { ...theirs };
  for (const client of new Set([...Object.keys(base), ...Object.keys(mine)])) {
    if (isDeepStrictEqual(base[client], mine[client])) continue;
    const state = mine[client];
    if (state) merged[client] = state;
    else delete merged[client];
  }
  return Object.keys(merged).length > 0 ? merged : undefined;
}
