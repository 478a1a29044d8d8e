/**
 * Where people go from a page of what went wrong: nobody is left on one. From a sign-in that is over to the
 * app that it was for, by a click, else to their account. The address says for which app (`?client=`), which
 * anybody can write: it is looked up, and only the address that is registered for that app is ever linked to.
 */
import type { Context } from 'koa';
import { getShownClient } from '../oidc/clients/client-names.ts';
import { namedClient, withClient } from '../oidc/authorization/interaction-path.ts';
import type { Problem } from '../problem.ts';
import type { Store } from '../storage/store.ts';
import { pathHere } from './own-path.ts';

export interface WayOn {
  href: string;
  /** What is there: `error.<to>` in the catalogue. */
  to: 'app' | 'account' | 'device' | 'start' | 'retry';
  /** The app's name; null: it is none. */
  client: string | null;
}

/** Null: the page of the problem has its own. Never rejects. */
export type FindWayOn = (ctx: Context, problem: Problem) => Promise<WayOn | null>;

const ACCOUNT: WayOn = { href: '/account', to: 'account', client: null };
const DEVICE: WayOn = { href: '/device', to: 'device', client: null };
const START: WayOn = { href: '/', to: 'start', client: null };

/** A sign-in that is expired or unknown, another browser's, finished. */
const SIGN_IN_IS_OVER = ['interaction-expired', 'interaction-foreign', 'already-finished'];
/** Its client was removed or changed meanwhile. Of a new request these are the app's fault: no app is known. */
const CLIENT_CHANGED = ['unknown-client', 'redirect-uri'];
const IN_SIGN_IN = /^\/(?:interaction|auth|device)\//iu;
const IN_DEVICE = /^\/device\//iu;
/** The account is where a new link is asked for, and where whoever is signed in finds everything. */
const AT_ACCOUNT = ['link-spent', 'link-expired', 'link-unknown', 'set-up-done', 'not-found'];
/** Of a device that was let in too late. */
const USER_CODE = ['user-code-used', 'user-code-expired'];
/** They say at which address this service is. */
const NAMES_ISSUER = ['host', 'ambiguous-request'];

export function findWayOn(store: Pick<Store, 'get' | 'find'>): FindWayOn {
  return async (ctx, { code, status }) => {
    const { query, path } = ctx;
    const isOver = CLIENT_CHANGED.includes(code)
      ? IN_SIGN_IN.test(path)
      : SIGN_IN_IS_OVER.includes(code);
    // A device cannot be gone back to: it shows another code.
    if (isOver && IN_DEVICE.test(path)) return DEVICE;
    if (isOver) return (await appOf(store, namedClient(query))) ?? ACCOUNT;
    if (code === 'oauth' || code === 'not-signed-in')
      return (await appOf(store, askedFor(ctx))) ?? ACCOUNT;
    if (USER_CODE.includes(code)) return DEVICE;
    if (NAMES_ISSUER.includes(code)) return null;
    if (status >= 500) return { href: pathHere(ctx, thisPage(ctx)), to: 'retry', client: null };
    // There is no account yet while somebody sets the installation up.
    const isSettingUp = /^\/setup/iu.test(path) && code !== 'set-up-done';
    return AT_ACCOUNT.includes(code) && !isSettingUp ? ACCOUNT : START;
  };
}

/** The client whose request it is, as the library has found it, or as the address says. */
function askedFor(ctx: Context & { oidc?: { client?: { clientId: string } } }): string {
  const { client_id: asked } = ctx.query;
  return namedClient({ client: ctx.oidc?.client?.clientId ?? asked });
}

async function appOf(store: Pick<Store, 'get' | 'find'>, id: string): Promise<WayOn | undefined> {
  // An error page is due already: a store that can't be asked makes it no other one.
  const client = id === '' ? undefined : await getShownClient(store, id).catch(() => undefined);
  return client?.clientUri ? { href: client.clientUri, to: 'app', client: client.name } : undefined;
}

/** The page of a form that can't be taken, to go back to. */
export function thisPage({ path, query }: Pick<Context, 'path' | 'query'>): string {
  return withClient(path, namedClient(query));
}
