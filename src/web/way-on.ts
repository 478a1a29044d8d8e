/**
 * Where people go from a sign-in that is over: to the app that it was for, by a click, else to their
 * account. The address says for which app (`?client=`), which anybody can write: it is looked up, and only
 * the address that is registered for that app is ever linked to.
 */
import type { Context } from 'koa';
import { getShownClient } from '../oidc/clients/client-names.ts';
import { namedClient, withClient } from '../oidc/authorization/interaction-path.ts';
import type { Problem } from '../problem.ts';
import type { Store } from '../storage/store.ts';

export interface WayOn {
  href: string;
  /** The app's name; null: it is the account. */
  client: string | null;
}

/** Null: the problem has no such way. Never rejects. */
export type FindWayOn = (ctx: Context, problem: Problem) => Promise<WayOn | null>;

const ACCOUNT: WayOn = { href: '/account', client: null };

/** A sign-in that is expired or unknown, another browser's, finished. */
const SIGN_IN_IS_OVER = ['interaction-expired', 'interaction-foreign', 'already-finished'];
/** Its client was removed or changed meanwhile. Of a new request these are the app's fault: no way is known. */
const CLIENT_CHANGED = ['unknown-client', 'redirect-uri'];
const IN_SIGN_IN = /^\/(?:interaction|auth)\//iu;
/** A link that sets a password; a new one is asked for where the account is signed in to. */
const LINK_IS_OVER = ['link-spent', 'link-expired', 'link-unknown'];

export function findWayOn(store: Pick<Store, 'get' | 'find'>): FindWayOn {
  return async ({ query, path }, { code }) => {
    const isOver = CLIENT_CHANGED.includes(code)
      ? IN_SIGN_IN.test(path)
      : SIGN_IN_IS_OVER.includes(code);
    if (isOver) return (await appOf(store, namedClient(query))) ?? ACCOUNT;
    return LINK_IS_OVER.includes(code) && /^\/set-password$/iu.test(path) ? ACCOUNT : null;
  };
}

async function appOf(store: Pick<Store, 'get' | 'find'>, id: string): Promise<WayOn | undefined> {
  // An error page is due already: a store that can't be asked makes it no other one.
  const client = id === '' ? undefined : await getShownClient(store, id).catch(() => undefined);
  return client?.clientUri ? { href: client.clientUri, client: client.name } : undefined;
}

/** The page of a form that can't be taken, to go back to. */
export function thisPage({ path, query }: Pick<Context, 'path' | 'query'>): string {
  return withClient(path, namedClient(query));
}
