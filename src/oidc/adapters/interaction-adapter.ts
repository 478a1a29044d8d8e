/**
 * The library's interactions, kept inside the sign-in record. The library may go on with one only in
 * the browser that began it, and with its result only while the person's epoch is the same.
 */
import { errors, Provider, type Adapter, type AdapterPayload } from 'oidc-provider';
import type { Change } from '../../storage/store.ts';
import { UNTOUCHED_FOR } from '../authorization/request-limits.ts';
import type { KnownSignIns } from '../known-sign-ins.ts';
import { requestOrganisations } from '../request-reads.ts';
import { expiry, isCurrent, unusedModel, type AdapterParts } from './adapter-parts.ts';
import {
  NOTHING_PROVEN,
  signInCollection,
  type SignInRecord,
  type SignInResult,
} from '../../records/sign-in.ts';

export interface SignInParts extends AdapterParts {
  /** Absent: nothing is read ahead. */
  signIns?: KnownSignIns;
}

export function interactionAdapter(
  parts: SignInParts,
  sessions: Pick<Adapter, 'findByUid'>,
): Adapter {
  const { store, vault } = parts;
  const keyOf = (uid: string): string => vault.hash('interaction', uid);

  return {
    ...unusedModel('Interaction'),
    async upsert(uid, payload, expiresIn) {
      const mine = withoutIds(payload);
      const now = parts.now();
      const begun = beginSignIn(mine, browserOf(Provider.ctx), now);
      const ctx = Provider.ctx;
      if (ctx && !ctx.oidc.session?.accountId) parts.signInLimit.take(ctx);
      const untouched = Math.min(expiry(parts, expiresIn) ?? Infinity, now + UNTOUCHED_FOR);
      const [key, expiresAt] = [keyOf(uid), untouched];
      // The library makes the uid within a request, and comes back with a result outside of one.
      if (ctx && (await store.insert(signInCollection, key, begun, { expiresAt }))) return;
      await store.update(signInCollection, key, (current): Change<SignInRecord, void> =>
        current
          ? { put: { ...current, payload: mine }, result: undefined }
          : { put: begun, expiresAt, result: undefined },
      );
    },
    async find(uid) {
      const key = keyOf(uid);
      const reading = store.get(signInCollection, key);
      readAhead(parts, key);
      const record = await reading;
      if (!record || record.state === 'spent') return undefined;
      if (record.browser !== browserOf(Provider.ctx)) return undefined;
      const payload = withIds(record.payload, uid);
      // Nothing of it rests on that session, which ends now (person-switch.ts).
      if (isAnothers(payload)) delete payload.session;
      const began = payload.session?.uid;
      const hasEnded = began !== undefined && !(await sessions.findByUid(began));
      // What was proven and allowed in a session that has ended went with it: the request asks anew.
      if (hasEnded) delete payload.session;
      const isError = payload.result?.['error'] !== undefined;
      if (!isError && (hasEnded || !(await mayResume(parts, payload)))) delete payload.result;
      return payload;
    },
    async destroy(uid) {
      // The library looks, then acts: of several that fetch one result at once, one goes on.
      const won = await store.update(
        signInCollection,
        keyOf(uid),
        (current): Change<SignInRecord, boolean> =>
          current && current.state !== 'spent'
            ? // Nobody asks any more what was asked for; whoever comes back hears that it is over.
              { put: { ...current, payload: {}, state: 'spent' }, result: true }
            : { result: false },
      );
      if (!won) throw new errors.SessionNotFound('the sign-in was finished already');
    },
  };
}

/** Whom it is about, for the present request. */
function readAhead({ store, people, signIns }: SignInParts, key: string): void {
  const { ctx } = Provider;
  const known = signIns?.get(key);
  if (!ctx || !known) return;
  // A failure is told to whoever needs it.
  people.get(ctx, known.person).catch(() => {});
  requestOrganisations.begin(ctx, store, known.organisation);
}

/** Has somebody else signed in than whose session it began in? */
function isAnothers({ session, result }: AdapterPayload): boolean {
  return result?.login !== undefined && session?.accountId !== result.login.accountId;
}

/** A result that signs somebody in counts only under the epoch that its proofs were made under. */
async function mayResume(parts: AdapterParts, { result }: AdapterPayload): Promise<boolean> {
  const signIn = result?.['signIn'] as SignInResult | undefined;
  return !result?.login || isCurrent(parts, result.login.accountId, signIn?.epoch);
}

/** A half sign-in with nothing proven. `now`: milliseconds since the epoch. */
export function beginSignIn(
  payload: AdapterPayload,
  browser: string | undefined,
  now: number,
): SignInRecord {
  if (browser === undefined)
    throw new errors.InvalidRequest('the browser has no secret of its own');
  return {
    payload,
    browser,
    startedAt: now,
    ...structuredClone(NOTHING_PROVEN),
    passkeyRound: 0,
    state: 'open',
  };
}

/** Put there by the browser-secret middleware; see web/browser-secret.ts. */
export function browserOf(ctx: { state: Record<string, unknown> } | undefined): string | undefined {
  const hash = ctx?.state['browser'];
  return typeof hash === 'string' ? hash : undefined;
}

/**
 * The uid opens the sign-in and the session's cookie opens the session: neither is kept in clear. The
 * details of a prompt say the parameters once more, but for the person that a hint names.
 */
function withoutIds({ jti: _, returnTo: _returnTo, ...rest }: AdapterPayload): AdapterPayload {
  const { prompt } = rest;
  const { subject } = (prompt?.details ?? {}) as { subject?: string };
  const details = subject === undefined ? {} : { subject };
  const payload = prompt ? { ...rest, prompt: { ...prompt, details } } : rest;
  if (!payload.session) return payload;
  const { cookie: _cookie, ...session } = payload.session as {
    cookie?: string;
    accountId: string;
    uid: string;
  };
  return { ...payload, session };
}

function withIds(payload: AdapterPayload, uid: string): AdapterPayload {
  return { ...payload, jti: uid };
}
