/**
 * `/device`: where somebody enters what a device shows, sees which app asks and from where, and goes on to
 * sign in for it (RFC 8628 §3.3). A code in the address (`verification_uri_complete`) is filled in and
 * nothing more: whoever sent the link may have begun this, and wants to be let in (§5.4).
 */
import Router from '@koa/router';
import type { Context } from 'koa';
import {
  findUserCode,
  goOnWith,
  refuseDevice,
  type EnteredCode,
  type UserCodeParts,
} from '../../oidc/device/user-codes.ts';
import { readUserCode, shownUserCode } from '../../oidc/device/user-code.ts';
import type { DeviceInfo } from '../../oidc/device/device-info.ts';
import { addressBlock } from '../../net/address.ts';
import type { Vault } from '../../secrets/vault.ts';
import { browserName } from '../../text/browser-name.ts';
import {
  changeAttempts,
  returning,
  takeAttempt,
  USER_CODE_RULE,
  userCodeCounter,
} from '../../throttling/attempts.ts';
import { browserOf } from '../browser-secret.ts';
import { readForm, type Fields } from '../forms.ts';
import type { Notice, Pages } from '../pages.ts';
import { showFor } from '../brand/organisation-brand.ts';
import { accountHere } from '../signed-in/visit.ts';
import type { VisitorParts } from '../visitor-parts.ts';

export interface DevicePageParts extends UserCodeParts {
  vault: Vault;
  pages: Pages;
  config: VisitorParts['config'];
  provider: VisitorParts['provider'];
  people: VisitorParts['people'];
  readOrganisation: VisitorParts['readOrganisation'];
}

export const DEVICE = '/device';

export function deviceRoutes(parts: DevicePageParts): Router {
  const router = new Router();
  router.get(DEVICE, (ctx) => {
    const { user_code: sent } = ctx.query;
    const code = typeof sent === 'string' ? readUserCode(sent) : undefined;
    showCodePage(parts.pages, ctx, { typed: code === undefined ? '' : shownUserCode(code) });
  });
  router.post(DEVICE, async (ctx) => submit(parts, ctx, await readForm(ctx, parts.vault, DEVICE)));
  for (const end of ['done', 'cancelled'])
    router.get(`${DEVICE}/${end}`, (ctx) => parts.pages.show(ctx, `device/${end}`, {}));
  return router;
}

async function submit(parts: DevicePageParts, ctx: Context, fields: Fields): Promise<void> {
  const { user_code: typed = '', go = '' } = fields;
  const userCode = readUserCode(typed);
  if (userCode === undefined) {
    const user_code = typed.trim() === '' ? 'user-code-required' : 'user-code-format';
    return showCodePage(parts.pages, ctx, { typed, errors: { user_code } }, 400);
  }
  const tried = await tryCode(parts, ctx, userCode);
  const shown = { typed: shownUserCode(userCode) };
  if ('problem' in tried)
    return showCodePage(parts.pages, ctx, { ...shown, problem: tried.problem }, tried.status);
  const place = go === 'confirm' || go === 'cancel' ? await act(parts, ctx, tried, go) : '';
  if (place === '') return showConfirmation(parts, ctx, userCode, tried);
  if (place === undefined)
    return showCodePage(parts.pages, ctx, { ...shown, problem: told('user-code-used') }, 409);
  ctx.status = 303;
  ctx.redirect(place);
}

/** Undefined: somebody was faster. */
async function act(
  parts: DevicePageParts,
  ctx: Context,
  entered: EnteredCode,
  go: 'confirm' | 'cancel',
): Promise<string | undefined> {
  if (go === 'confirm') return goOnWith(parts, ctx, entered, browserOf(ctx));
  const refused = await refuseDevice(parts, entered.key, browserOf(ctx));
  return refused ? `${DEVICE}/cancelled` : undefined;
}

type Refused = { problem: Notice; status: number };

/** A try is taken before the code is looked for, and given back for one that there is (RFC 8628 §5.1). */
async function tryCode(
  parts: DevicePageParts,
  ctx: Context,
  userCode: string,
): Promise<EnteredCode | Refused> {
  const { store, vault, now } = parts;
  const counter = userCodeCounter(vault.hash('address of user codes', addressBlock(ctx.ip)));
  const taken = await takeAttempt(store, counter, USER_CODE_RULE, now());
  if (!taken.taken) {
    const seconds = taken.reason === 'wait' ? taken.seconds : 0;
    ctx.set('Retry-After', String(seconds));
    const values = { seconds, minutes: seconds < 60 ? 0 : Math.ceil(seconds / 60) };
    return { problem: { code: 'wait', values }, status: 429 };
  }
  const found = await findUserCode(parts, userCode, browserOf(ctx));
  if (found.is !== 'unknown')
    await changeAttempts(store, counter, undefined, returning(taken.failures));
  return found.is === 'open' ? found : { problem: told(`user-code-${found.is}`), status: 400 };
}

const told = (code: string): Notice => ({ code, values: {} });

interface CodePage {
  /** As the box has it. */
  typed?: string;
  errors?: Readonly<Record<string, string>>;
  problem?: Notice | null;
}

export function showCodePage(
  pages: Pick<Pages, 'show'>,
  ctx: Context,
  { typed = '', errors = {}, problem = null }: CodePage,
  status = 200,
): void {
  // At the end of a sign-in the address is not the page's.
  pages.show(ctx, 'device/code', { action: DEVICE, typed, errors, problem, here: DEVICE }, status);
}

async function showConfirmation(
  parts: DevicePageParts,
  ctx: Context,
  userCode: string,
  { client, code }: EnteredCode,
): Promise<void> {
  const { address = '', userAgent = '' } = (code.payload['deviceInfo'] ??
    {}) as Partial<DeviceInfo>;
  const asked = { at: code.askedAt, address, program: programOf(userAgent) };
  const { name, clientUri: uri } = client;
  // It goes on with this sign-in unasked: whose it is has to be seen before.
  const account = await accountHere(parts, ctx);
  if (account) showFor(ctx, await parts.readOrganisation(account.organisation));
  const shown = { action: DEVICE, userCode: shownUserCode(userCode), client: { name, uri }, asked };
  parts.pages.show(ctx, 'device/confirm', { ...shown, account, here: DEVICE });
}

/** What is not recognised is the sender's own text, and not shown. */
function programOf(userAgent: string): string {
  const name = browserName(userAgent);
  return name.startsWith('Unknown') ? '' : name;
}
