/**
 * The way in to the pages of an area: out to the authorization endpoint, back with a code that is
 * redeemed in the process itself. Nothing is stored for whoever sets out: where they want to go
 * travels in `state`, authenticated and bound to the browser, and the code is good once. What somebody
 * has filled in when a proof had grown old waits here, sealed and bound to the browser as well, and is
 * there again after the step-up.
 */
import { randomBytes } from 'node:crypto';
import type { Context } from 'koa';
import { challengeOf, redeemOwnCode } from '../../oidc/clients/own/own-client.ts';
import { Problem } from '../../problem.ts';
import {
  pendingAuthorizationCollection,
  type PendingAuthorization,
} from '../../records/under-way/pending-authorization.ts';
import type { Change } from '../../storage/store.ts';
import { browserOf } from '../browser-secret.ts';
import type { Fields } from '../forms.ts';
import type { VisitorParts } from '../visitor-parts.ts';
import { makeState, readState } from './authorization-state.ts';
import type { Area } from './page.ts';

/** What a person has filled in. */
interface HeldForm {
  person: string;
  fields: Fields;
}

/** Characters; a state of ours is the longest. */
const LONGEST_PARAMETER = 2000;

/** Fields that are never kept: they are typed again. */
const SECRET = /password|code|csrf|response/u;

type AuthorizationParts = Pick<VisitorParts, 'store' | 'vault' | 'provider' | 'config' | 'now'>;
/** Which area somebody wants to go to. */
type At = Pick<Area, 'client' | 'home' | 'callback'>;

const keyOf = ({ vault }: Pick<AuthorizationParts, 'vault'>, state: string): string =>
  vault.hash('account passage', state);

/** Answers the address of the authorization request. `params`: what else is asked for (`max_age`, `acr_values`). */
export async function authorizationRequest(
  parts: AuthorizationParts,
  ctx: Context,
  area: At,
  wanted: { to: string; held?: HeldForm | null; params?: Readonly<Record<string, string>> },
): Promise<string> {
  const { vault, config, now, provider } = parts;
  const browser = browserOf(ctx);
  const until = now() + config.lifetimes.sign_in * 1000;
  const to = wanted.held
    ? await keepForm(parts, { ...wanted, held: wanted.held, browser, until })
    : wanted.to;
  const { state, verifier } = makeState(vault, { to, browser, until });
  const query = new URLSearchParams({
    client_id: area.client,
    redirect_uri: new URL(area.callback, config.issuer).href,
    response_type: 'code',
    scope: 'openid',
    state,
    code_challenge: challengeOf(verifier),
    code_challenge_method: 'S256',
    ...wanted.params,
  });
  return `${provider.pathFor('authorization')}?${query}`;
}

/** Back from the authorization endpoint: where to go on, and whether the sign-in was cancelled or refused. */
export async function handleCallback(
  parts: AuthorizationParts,
  ctx: Context,
  { client, home }: At,
): Promise<{ to: string; refused: string | null }> {
  const state = first(ctx.query['state']);
  const at = { browser: browserOf(ctx), now: parts.now() };
  const pending = state.includes('.')
    ? readState(parts.vault, state, at)
    : await arriveOld(parts, state, at.browser);
  if (!pending) throw new Problem('account-door', { back: home });
  const { to, verifier } = pending;
  const refused = first(ctx.query['error']);
  if (refused !== '') return { to, refused };
  // The code is good once, and for this verifier alone.
  const code = first(ctx.query['code']);
  if (!(await redeemOwnCode(parts.provider, client, { code, verifier })))
    throw new Problem('account-door', { back: home });
  return { to, refused: null };
}

/** Of somebody who set out before an upgrade: the pending is stored, and arrives once. */
async function arriveOld(
  parts: AuthorizationParts,
  state: string,
  browser: string,
): Promise<{ to: string; verifier: string } | undefined> {
  const id = keyOf(parts, state);
  const pending = await parts.store.update(pendingAuthorizationCollection, id, arriving(browser));
  if (pending?.to === undefined || pending.verifier === undefined) return undefined;
  const verifier = await opened(parts, 'account passage', id, pending.verifier);
  return { to: pending.held === null ? pending.to : withForm(pending.to, state), verifier };
}

function arriving(browser: string) {
  return (
    pending: PendingAuthorization | undefined,
  ): Change<PendingAuthorization, PendingAuthorization | undefined> =>
    pending && !pending.arrived && pending.browser === browser
      ? { put: { ...pending, arrived: true }, result: pending }
      : { result: undefined };
}

/** What was filled in before the step-up that leads here; empty when nothing was. */
export async function heldFields(
  parts: AuthorizationParts,
  ctx: Context,
  person: string,
): Promise<Fields> {
  const state = first(ctx.query['form']);
  if (state === '') return {};
  const id = keyOf(parts, state);
  const pending = await parts.store.get(pendingAuthorizationCollection, id);
  if (pending?.browser !== browserOf(ctx) || pending.held?.person !== person) return {};
  return JSON.parse(await opened(parts, 'account form', id, pending.held.fields)) as Fields;
}

/** It was sealed for the id that it is kept by: made under another key than the active one, that is another id. */
async function opened(
  { vault }: Pick<AuthorizationParts, 'vault'>,
  purpose: string,
  id: string,
  sealed: string,
): Promise<string> {
  for (const { hash } of vault.others(id)) {
    const plain = await vault.open(purpose, hash, sealed).catch(() => undefined);
    if (plain !== undefined) return plain;
  }
  return vault.open(purpose, id, sealed);
}

/** Keeps what was filled in until somebody is back; answers the way that leads to it. */
async function keepForm(
  parts: AuthorizationParts,
  { to, held, browser, until }: { to: string; held: HeldForm; browser: string; until: number },
): Promise<string> {
  const form = randomBytes(32).toString('base64url');
  const id = keyOf(parts, form);
  const kept = Object.entries(held.fields).filter(([name]) => !SECRET.test(name));
  const text = JSON.stringify(Object.fromEntries(kept));
  const fields = await parts.vault.seal('account form', id, text);
  const pending = { browser, held: { person: held.person, fields } };
  await parts.store.insert(pendingAuthorizationCollection, id, pending, { expiresAt: until });
  return withForm(to, form);
}

function withForm(to: string, state: string): string {
  return `${to}${to.includes('?') ? '&' : '?'}${new URLSearchParams({ form: state })}`;
}

function first(value: string | string[] | undefined): string {
  return typeof value === 'string' && value.length <= LONGEST_PARAMETER ? value : '';
}
