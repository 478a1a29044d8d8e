/**
 * Addresses of a sign-in. Each names the client that the sign-in is for: when that is over, or was never
 * this browser's, the store knows nothing of it any more, and the page that says so can lead to the app
 * (web/way-on.ts). Nothing else is done with the name.
 */
import { isClientId } from '../clients/clients.ts';

const CLIENT = 'client';

/** Where the browser is sent for the pages between `/auth` and the redirect back; `page`: step, and page within it. */
export function interactionPath(uid: string, client: string, ...page: readonly string[]): string {
  const parts = ['/interaction', uid, ...page].filter((part) => part !== '');
  return withClient(parts.join('/'), client);
}

/** A path with the name of the client; as it is where there is none. */
export function withClient(path: string, client: string): string {
  const joint = path.includes('?') ? '&' : '?';
  return isClientId(client) ? `${path}${joint}${CLIENT}=${client}` : path;
}

/** The client that a request's query names; '' for none, several, or what can't be one. */
export function namedClient(query: Readonly<Record<string, unknown>>): string {
  const { [CLIENT]: client } = query;
  return typeof client === 'string' && isClientId(client) ? client : '';
}
