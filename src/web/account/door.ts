/**
 * The way in to the account pages: out to the authorization endpoint, back with a code that is
 * redeemed in the process itself. What was filled in when a proof had grown old waits here, sealed and
 * bound to the browser, and is there again after the step-up.
 */
import { randomBytes } from 'node:crypto';
import type { Context } from 'koa';
import {
  ACCOUNT_CALLBACK,
  ACCOUNT_CLIENT,
  challengeOf,
  redeemAccountCode,
} from '../../oidc/account-client.ts';
import { Problem } from '../../problem.ts';
import type { Vault } from '../../secrets/vault.ts';
import { kind, type Change } from '../../storage/store.ts';
import { browserOf } from '../browser-secret.ts';
import type { Fields } from '../forms.ts';
import type { VisitorParts } from '../visitor-parts.ts';

/** Somebody on their way through the authorization endpoint. */
interface Passage {
  /** Hash of the browser's own secret. */
  browser: string;
  /** Code verifier (RFC 7636 §4.1), sealed. */
  verifier: string;
  /** Where they wanted to go, a path of ours. */
  to: string;
  /** What somebody has filled in there, as JSON, sealed; null: nothing. It is shown to nobody else. */
  held: { person: string; fields: string } | null;
  arrived: boolean;
}

export const passageKind = kind<Passage>('account_passage', { key: 'hash' });

/** What a person has filled in. */
export interface HeldForm {
  person: string;
  fields: Fields;
}

/** Fields that are never kept: they are typed again. */
const SECRET = /password|code|csrf|response/u;

type DoorParts = Pick<VisitorParts, 'store' | 'vault' | 'provider' | 'config' | 'now'>;

const keyOf = ({ vault }: Pick<DoorParts, 'vault'>, state: string): string =>
  vault.hash('account passage', state);

/** Answers the address of the authorization request. `params`: what else is asked for (`max_age`, `acr_values`). */
export async function throughDoor(
  parts: DoorParts,
  ctx: Context,
  wanted: { to: string; held?: HeldForm | null; params?: Readonly<Record<string, string>> },
): Promise<string> {
  const { store, vault, config, now, provider } = parts;
  const [state, verifier] = [random(), random()];
  const id = keyOf(parts, state);
  const passage: Passage = {
    browser: browserOf(ctx),
    verifier: await vault.seal('account passage', id, verifier),
    to: wanted.to,
    held: wanted.held ? await sealForm(vault, id, wanted.held) : null,
    arrived: false,
  };
  const expiresAt = now() + config.lifetimes.sign_in * 1000;
  await store.insert(passageKind, id, passage, { expiresAt });
  const query = new URLSearchParams({
    client_id: ACCOUNT_CLIENT,
    redirect_uri: new URL(ACCOUNT_CALLBACK, config.issuer).href,
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
export async function arrive(
  parts: DoorParts,
  ctx: Context,
): Promise<{ to: string; refused: string | null }> {
  const state = first(ctx.query['state']);
  const id = keyOf(parts, state);
  const browser = browserOf(ctx);
  const passage = await parts.store.update(passageKind, id, arriving(browser));
  if (!passage) throw new Problem('account-door', { back: '/account' });
  const refused = first(ctx.query['error']);
  if (refused !== '') return { to: passage.to, refused };
  const verifier = await parts.vault.open('account passage', id, passage.verifier);
  const redeemed = await redeemAccountCode(parts.provider, first(ctx.query['code']), verifier);
  if (!redeemed) throw new Problem('account-door', { back: '/account' });
  return { to: passage.held === null ? passage.to : withForm(passage.to, state), refused: null };
}

/** Each passage arrives once, in the browser that it began in. */
function arriving(browser: string) {
  return (passage: Passage | undefined): Change<Passage, Passage | undefined> =>
    passage && !passage.arrived && passage.browser === browser
      ? { put: { ...passage, arrived: true }, result: passage }
      : { result: undefined };
}

/** What was filled in before the step-up that leads here; empty when nothing was. */
export async function heldFields(parts: DoorParts, ctx: Context, person: string): Promise<Fields> {
  const state = first(ctx.query['form']);
  if (state === '') return {};
  const id = keyOf(parts, state);
  const passage = await parts.store.get(passageKind, id);
  if (passage?.browser !== browserOf(ctx) || passage.held?.person !== person) return {};
  return JSON.parse(await parts.vault.open('account form', id, passage.held.fields)) as Fields;
}

async function sealForm(
  vault: Vault,
  id: string,
  { person, fields }: HeldForm,
): Promise<Passage['held']> {
  const kept = Object.entries(fields).filter(([name]) => !SECRET.test(name));
  const text = JSON.stringify(Object.fromEntries(kept));
  return { person, fields: await vault.seal('account form', id, text) };
}

function withForm(to: string, state: string): string {
  return `${to}${to.includes('?') ? '&' : '?'}${new URLSearchParams({ form: state })}`;
}

function first(value: string | string[] | undefined): string {
  return typeof value === 'string' && value.length <= 200 ? value : '';
}

function random(): string {
  return randomBytes(32).toString('base64url');
}
