/**
 * What a device shows, as somebody enters it in a browser: looked up, refused, or gone on with. To go on is
 * to begin a sign-in like any other, for the device's request, in that browser alone.
 */
import type { Provider } from 'oidc-provider';
import type { Context } from 'koa';
import type { ClientRecord } from '../../records/client.ts';
import {
  DEVICE_CODE_LIFETIME,
  deviceCodeCollection,
  deviceCodeHandle,
  isDecided,
  isExpired,
  type StoredDeviceCode,
} from '../../records/under-way/device-code.ts';
import { signInCollection } from '../../records/sign-in.ts';
import type { Vault } from '../../secrets/vault.ts';
import type { Change, Store } from '../../storage/store.ts';
import { beginSignIn } from '../adapters/interaction-adapter.ts';
import { userCodeKey } from './user-code.ts';
import { getShownClient } from '../clients/client-names.ts';

export interface UserCodeParts {
  store: Pick<Store, 'get' | 'find' | 'put' | 'update'>;
  vault: Pick<Vault, 'hash'>;
  provider: Pick<Provider, 'pathFor'>;
  /** The name of the cookie that the library finds a sign-in by that is resumed. */
  resumeCookie: string;
  /** Milliseconds since the epoch. */
  now(): number;
}

export interface EnteredCode {
  key: string;
  code: StoredDeviceCode;
  /** Called as people are told. */
  client: ClientRecord;
}

export type Found = ({ is: 'open' } & EnteredCode) | { is: 'unknown' | 'expired' | 'used' };

/** `userCode`: as `readUserCode` has it; `browser`: the hash of the asking one's secret. */
export async function findUserCode(
  { store, vault, now }: Pick<UserCodeParts, 'store' | 'vault' | 'now'>,
  userCode: string,
  browser: string,
): Promise<Found> {
  const query = { index: 'userCode', equals: userCodeKey(vault, userCode), limit: 2 };
  const { items } = await store.find(deviceCodeCollection, query);
  const [only] = items;
  // Of two devices that show the same nobody knows which is meant.
  if (!only || items.length > 1) return { is: 'unknown' };
  const { id: key, value: code } = only;
  const client = await getShownClient(store, code.payload.clientId ?? '');
  // Another registration is another app.
  if (!client || (client.registration ?? null) !== (code.registration ?? null))
    return { is: 'unknown' };
  if (!isFree(code, browser)) return { is: 'used' };
  if (isExpired(code, now())) return { is: 'expired' };
  return { is: 'open', key, code, client };
}

/** A browser that has gone on with it may do so again: somebody went back, or closed the page. */
function isFree(code: StoredDeviceCode, browser: string): boolean {
  return !isDecided(code) && (code.browser ?? browser) === browser;
}

/** The one conditional write of these pages. `false`: somebody was faster. */
function change(
  { store, now }: UserCodeParts,
  key: string,
  browser: string,
  set: (code: StoredDeviceCode) => Partial<StoredDeviceCode>,
): Promise<boolean> {
  return store.update(deviceCodeCollection, key, (code): Change<StoredDeviceCode, boolean> => {
    if (!code || !isFree(code, browser) || isExpired(code, now())) return { result: false };
    return { put: { ...code, ...set(code) }, result: true };
  });
}

/** The device is told `access_denied` (RFC 8628 §3.5). */
export function refuseDevice(parts: UserCodeParts, key: string, browser: string): Promise<boolean> {
  const refused = { error: 'access_denied', errorDescription: 'the person refused' };
  return change(parts, key, browser, ({ payload }) => ({ payload: { ...payload, ...refused } }));
}

/**
 * From now on it is this browser's. The device's request becomes a sign-in here, as if one had come back
 * from its pages with nothing proven yet: the library judges it like any other that is resumed. Answers
 * where that is; undefined: somebody was faster.
 */
export async function goOnWith(
  parts: UserCodeParts,
  ctx: Context,
  { key, code }: Pick<EnteredCode, 'key' | 'code'>,
  browser: string,
): Promise<string | undefined> {
  if (!(await change(parts, key, browser, () => ({ browser })))) return undefined;
  // The same each time, so that what is kept does not grow with every click.
  const uid = parts.vault.hash('device sign-in', `${key} ${browser}`);
  const now = parts.now();
  const record = beginSignIn(resumable(uid, key, code, now), browser, now);
  const expiresAt = now + DEVICE_CODE_LIFETIME * 1000;
  const id = parts.vault.hash('interaction', uid);
  await parts.store.put(signInCollection, id, { ...record, state: 'finished' }, { expiresAt });
  const path = parts.provider.pathFor('device_resume', { uid });
  // As the library sets it when it begins a sign-in (actions/authorization/interactions.js).
  ctx.cookies.set(parts.resumeCookie, uid, {
    path,
    httpOnly: true,
    sameSite: 'lax',
    signed: true,
    maxAge: DEVICE_CODE_LIFETIME * 1000,
  });
  return path;
}

/** The library's payload of an interaction. */
function resumable(uid: string, key: string, { payload }: StoredDeviceCode, now: number) {
  return {
    kind: 'Interaction',
    exp: Math.floor(now / 1000) + DEVICE_CODE_LIFETIME,
    cid: uid,
    returnTo: '',
    prompt: { name: 'device', reasons: [], details: {} },
    params: payload.params ?? {},
    deviceCode: deviceCodeHandle(key),
    result: {},
  };
}
