/** The app that a page of the console is about, as far as it concerns whoever looks. */
import { isOwnClient } from '../../../oidc/clients/own/own-clients.ts';
import {
  showClient,
  type Look,
  type SeenClient,
} from '../../../operations/clients/seen/show-client.ts';
import type { Operation } from '../../../policy/access.ts';
import { hasPeople, type ClientRecord } from '../../../records/client.ts';
import { found, valueOr } from '../../signed-in/found.ts';
import { hasRowFor, pathOf, type AdminVisit } from '../page.ts';

export const APPS = pathOf('apps');
/** No client's id: it is not below those. */
export const ADD_APP = '/admin/add-app';

export const appPath = (id: string, page = ''): string =>
  `${APPS}/${encodeURIComponent(id)}${page === '' ? '' : `/${page}`}`;

/** Problem `not-found` for one that is not open to the only organisation that the visitor sees, too. */
export async function appOf(
  { parts, performed, params }: AdminVisit,
  look?: Look,
): Promise<SeenClient> {
  return valueOr(await showClient(parts, performed, params['client'] ?? '', look), APPS);
}

/** Of the pages of an app: a tab each, in their order, with what it is about. */
const TABS = {
  overview: { page: '', operation: 'client.show', applies: () => true },
  who: { page: 'who', operation: 'client.show', applies: isOpenToSome },
  settings: { page: 'settings', operation: 'client.change', applies: () => true },
  secrets: { page: 'secrets', operation: 'client.rotate-secret', applies: hasSecrets },
  preview: { page: 'preview', operation: 'client.preview', applies: isSignedInTo },
  refusals: { page: 'refusals', operation: 'client.list-refusals', applies: () => true },
  used: { page: 'used', operation: 'audit.list', applies: isSignedInTo },
} as const satisfies Record<
  string,
  { page: string; operation: Operation; applies(client: ClientRecord): boolean }
>;
export type AppTab = keyof typeof TABS;

function isOpenToSome({ id, kind }: ClientRecord): boolean {
  return !isOwnClient(id) && (hasPeople(kind) || kind === 'mail');
}

function isSignedInTo({ kind }: ClientRecord): boolean {
  return hasPeople(kind);
}

function hasSecrets({ id, secrets }: ClientRecord): boolean {
  return !isOwnClient(id) && secrets.length > 0;
}

/** The same, of an app that has that tab. */
export async function appAt(visit: AdminVisit, tab: AppTab, look?: Look): Promise<SeenClient> {
  const seen = await appOf(visit, look);
  const { client } = seen;
  found(TABS[tab].applies(client) || undefined, appPath(client.id));
  return seen;
}

/** What every page of an app shows. */
export function appFrame({ person }: AdminVisit, { client }: SeenClient, here: AppTab) {
  const { id, name, kind, firstParty } = client;
  const ids = Object.keys(TABS) as AppTab[];
  const tabs = ids
    .filter((tab) => hasRowFor(person, TABS[tab].operation) && TABS[tab].applies(client))
    .map((tab) => ({ id: tab, href: appPath(id, TABS[tab].page), here: tab === here }));
  return { app: { id, name, kind, firstParty, own: isOwnClient(id) }, tabs };
}
