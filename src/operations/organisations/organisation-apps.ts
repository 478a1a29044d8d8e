/** Which of its people an organisation lets use an app: part of its own document, and all that it changes of a client. */
import { z } from 'zod';
import { ACCOUNT_CLIENT, isOwnClient } from '../../oidc/clients/own/own-clients.ts';
import { getClient } from '../../oidc/clients/clients.ts';
import { admittedAfter, groupsFor } from '../../policy/apps/who-may.ts';
import { Problem } from '../../problem.ts';
import { getGroups, groupUnknown } from '../../records/group.ts';
import type { Organisation } from '../../records/organisation.ts';
import type { Store } from '../../storage/store.ts';
import type { Changes } from '../changes.ts';
import { clientUnknown } from '../clients/client-named.ts';
import { boundedText } from '../input.ts';

/** Apps that an organisation can have such lists of. */
export const MOST_APPS = 200;
export const MOST_GROUPS_OF_APP = 200;

/**
 * `client`: its id; `groups`: ids, null for everybody in the organisation; `seen`: the same, as whoever changes it
 * has seen it, undefined: they have not.
 */
export const organisationAppsInput = z
  .array(
    z.strictObject({
      client: boundedText,
      groups: z.array(boundedText).max(MOST_GROUPS_OF_APP).nullable(),
      seen: z.array(boundedText).max(MOST_GROUPS_OF_APP).nullable().optional(),
    }),
  )
  .max(MOST_APPS);
export type OrganisationApps = z.output<typeof organisationAppsInput>;

/**
 * Are they there, and of this organisation? What others have does not exist for it. Problems: `client-unknown`,
 * `client-built-in`, `group-unknown`.
 */
export async function checkApps(
  store: Pick<Store, 'get' | 'getMany'>,
  organisation: string,
  apps: OrganisationApps,
): Promise<void> {
  for (const { client: id, groups } of apps) {
    const client = groups === null ? undefined : await getClient(store, id);
    const isOpen = client && (client.organisations?.includes(organisation) ?? true);
    if (groups !== null && !isOpen) throw clientUnknown(id);
    if (isOwnClient(id) && groups !== null) {
      const reason = id === ACCOUNT_CLIENT ? 'everybody has an account' : 'roles say who may';
      const values = { id, act: '--app', reason };
      throw new Problem('client-built-in', { status: 409, values });
    }
    const found = await getGroups(store, groups ?? []);
    for (const group of groups ?? [])
      if (found.get(group)?.organisation !== organisation) throw groupUnknown(group);
  }
}

/** Problem `changed-meanwhile`: who may use an app is no longer what was seen. */
export function checkSeenApps(organisation: Organisation, given: OrganisationApps): void {
  const told = (groups: readonly string[] | null): string => JSON.stringify(groups?.toSorted());
  for (const { client, seen } of given)
    if (seen !== undefined && told(seen) !== told(groupsFor(organisation, client)))
      throw new Problem('changed-meanwhile', { status: 409 });
}

/** The fields after the change; empty: nothing is different. Problem `organisation-apps`: too many. */
export function appsAfter(
  organisation: Organisation,
  given: OrganisationApps,
  now: number,
): Partial<Pick<Organisation, 'apps' | 'appsAdmitted'>> {
  const apps = new Map(Object.entries(organisation.apps));
  const admitted = new Map(Object.entries(organisation.appsAdmitted ?? {}));
  for (const { client, groups } of given) {
    const before = groupsFor(organisation, client);
    const after = groups && [...new Set(groups)];
    const since = admittedAfter(before, admitted.get(client) ?? {}, after, now);
    if (!since) continue;
    if (after) apps.set(client, after);
    else apps.delete(client);
    admitted.set(client, since);
  }
  if (apps.size > MOST_APPS || admitted.size > 5 * MOST_APPS)
    throw new Problem('organisation-apps', { values: { most: MOST_APPS } });
  const set = { apps: Object.fromEntries(apps), appsAdmitted: Object.fromEntries(admitted) };
  return Object.keys(appChanges(organisation, given)).length === 0 ? {} : set;
}

/** Of each app that is given: `{ apps: 'webmail: all → k3J…' }`, with the groups' ids. */
export function appChanges(organisation: Organisation, given: OrganisationApps): Changes {
  const told = given.flatMap(({ client, groups }) => {
    const [was, is] = [groupsFor(organisation, client), groups].map(
      (those) => those?.join(',') ?? 'all',
    );
    return was === is ? [] : [`${client}: ${was} → ${is}`];
  });
  return told.length === 0 ? {} : { apps: told.join('; ') };
}

/** What is no client any more leaves nothing behind. Empty: there was nothing. */
export function withoutApp(
  { apps, appsAdmitted = {} }: Organisation,
  client: string,
): Partial<Pick<Organisation, 'apps' | 'appsAdmitted'>> {
  if (!Object.hasOwn(apps, client) && !Object.hasOwn(appsAdmitted, client)) return {};
  const without = <T>(values: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(values).filter(([id]) => id !== client));
  return { apps: without(apps), appsAdmitted: without(appsAdmitted) };
}
