/**
 * The library's device codes (RFC 8628). The device polls with one that is kept as a keyed hash; the pages
 * where somebody enters what it shows (device/user-codes.ts) do not know it, and go on by the document's own
 * key. A code is begun, gone on with by one browser, decided once and redeemed once, each by one
 * conditional write.
 */
import {
  errors,
  Provider,
  type Adapter,
  type AdapterPayload,
  type KoaContextWithOIDC,
} from 'oidc-provider';
import { newEvent } from '../../audit/event.ts';
import { requestOrigin } from '../../net/request-origin.ts';
import { withMessages, type OutboxMessage } from '../../outbox/message.ts';
import type { Relay } from '../../outbox/relay.ts';
import {
  DEVICE_CODE_KEPT,
  DEVICE_CODE_LIFETIME,
  deviceCodeCollection,
  handledKey,
  isDecided,
  isExpired,
  type StoredDeviceCode,
} from '../../records/under-way/device-code.ts';
import { Problem } from '../../problem.ts';
import type { Change } from '../../storage/store.ts';
import type { DeviceInfo } from '../device/device-info.ts';
import { pollsTooSoon } from '../device/polling.ts';
import { userCodeKey } from '../device/user-code.ts';
import { presentEpoch, unusedModel } from './adapter-parts.ts';
import { browserOf } from './interaction-adapter.ts';
import { stands, standsOn, type StandingParts } from './standing.ts';

export interface DeviceParts extends StandingParts {
  relay: Pick<Relay, 'soon'>;
}

const NAME = 'DeviceCode';
/** It was decided, or another browser has gone on with it; or its time was over before somebody was done. */
export class DeviceCodeSettled extends errors.InvalidRequest {
  readonly is: 'used' | 'expired';

  constructor(is: 'used' | 'expired') {
    super(`the code is ${is}`);
    this.is = is;
  }
}

export function deviceAdapter(parts: DeviceParts): Adapter {
  const { store, vault, deferredWrites } = parts;
  // A handle is no secret: it opens nothing where devices poll.
  const keyOf = (id: string): string =>
    (Provider.ctx?.oidc.route === 'device_resume' ? handledKey(id) : undefined) ??
    vault.hash(NAME, id);
  return {
    ...unusedModel(NAME),
    async upsert(id, { jti: _, ...payload }) {
      const ctx = Provider.ctx;
      const key = keyOf(id);
      if (ctx?.oidc.route === 'device_authorization') return begin(parts, key, payload);
      const decision = { payload, browser: browserOf(ctx) };
      if (!ctx || payload.accountId === undefined) return decide(parts, key, decision);
      const allowed = { ...decision, ...(await allowedBy(parts, ctx, payload)) };
      // A device that polls must not find it before what it rests on is there: grant and session.
      deferredWrites.last(ctx, () => decide(parts, key, allowed).catch(asProblem));
    },
    async find(id) {
      const key = keyOf(id);
      const code = await store.get(deviceCodeCollection, key);
      if (!code || !(await stands(parts, NAME, code))) return undefined;
      // DANGER: of one that comes again the library would end the grant, which all devices share that somebody
      // lets in with one session. A device that asks twice is no theft: no browser ever sees its code.
      if (code.consumed) return undefined;
      if (isPolling(code)) await answerPoll(parts, key, code);
      return { ...code.payload, jti: id };
    },
    async consume(id) {
      const consumed = Math.floor(parts.now() / 1000);
      const won = await store.update(
        deviceCodeCollection,
        keyOf(id),
        (code): Change<StoredDeviceCode, boolean> =>
          code && !code.consumed ? { put: { ...code, consumed }, result: true } : { result: false },
      );
      if (!won) throw new errors.InvalidGrant('device code already consumed');
    },
    /** Every redemption loads its grant, which goes in the same act. */
    async revokeByGrantId() {},
  };
}

/** The library has answered by then. */
function asProblem(error: unknown): never {
  if (!(error instanceof DeviceCodeSettled)) throw error;
  throw new Problem(`user-code-${error.is}`, { status: 409, cause: error });
}

/** By the client that it was given to, which has authenticated. */
function isPolling({ payload }: StoredDeviceCode): boolean {
  const { oidc } = Provider.ctx ?? {};
  return oidc?.route === 'token' && oidc.client?.clientId === payload.clientId;
}

/** Throws what the device is told instead of an answer: `expired_token`, `slow_down` (RFC 8628 §3.5). */
async function answerPoll(
  { store, now }: DeviceParts,
  key: string,
  code: StoredDeviceCode,
): Promise<void> {
  if (isExpired(code, now())) throw new errors.ExpiredToken('device code is expired');
  if (await pollsTooSoon(store, key, now())) throw new errors.SlowDown();
}

/** Of a client without authentication it counts as a sign-in that is begun: anybody can ask. */
async function begin(
  parts: DeviceParts,
  key: string,
  { userCode, ...payload }: AdapterPayload,
): Promise<void> {
  const ctx = Provider.ctx;
  if (ctx?.oidc.client?.clientAuthMethod === 'none') parts.signInLimit.take(ctx);
  const code: StoredDeviceCode = {
    payload,
    userCode: userCodeKey(parts.vault, userCode ?? ''),
    askedAt: parts.now(),
    ...(await standsOn(parts, NAME, payload)),
  };
  const expiresAt = code.askedAt + (DEVICE_CODE_LIFETIME + DEVICE_CODE_KEPT) * 1000;
  await parts.store.insert(deviceCodeCollection, key, code, { expiresAt });
}

interface Decision {
  payload: AdapterPayload;
  browser: string | undefined;
  rests?: Pick<StoredDeviceCode, 'epoch' | 'computer'>;
  messages?: readonly OutboxMessage[];
}

async function allowedBy(
  parts: DeviceParts,
  ctx: KoaContextWithOIDC,
  payload: AdapterPayload,
): Promise<Pick<Decision, 'rests' | 'messages'>> {
  const { accountId = '', clientId = null } = payload;
  const { computer } = await standsOn(parts, NAME, payload);
  const { address = '' } = (payload['deviceInfo'] ?? {}) as Partial<DeviceInfo>;
  const event = newEvent({
    type: 'device.allowed',
    at: parts.now(),
    origin: requestOrigin(ctx, clientId),
    person: await parts.people.get(ctx, accountId),
    details: { device_address: address },
  });
  const epoch = await presentEpoch(parts, accountId);
  return {
    rests: { ...epoch, ...(computer === undefined ? {} : { computer }) },
    messages: [{ event }],
  };
}

/** Throws `DeviceCodeSettled`, and writes nothing, where somebody was faster. */
async function decide(
  { store, relay, now }: DeviceParts,
  key: string,
  { payload, browser, rests = {}, messages = [] }: Decision,
): Promise<void> {
  const at = now();
  const fault = await store.update(
    deviceCodeCollection,
    key,
    (code): Change<StoredDeviceCode, DeviceCodeSettled['is'] | undefined> => {
      if (!code || isDecided(code) || code.browser !== browser) return { result: 'used' };
      if (isExpired(code, at)) return { result: 'expired' };
      const told = messages.length > 0 ? withMessages(code, ...messages) : {};
      const put = { ...code, ...rests, ...told, payload: { ...code.payload, ...payload } };
      return { put, result: undefined };
    },
  );
  if (fault) throw new DeviceCodeSettled(fault);
  if (messages.length > 0) relay.soon(deviceCodeCollection, key);
}
