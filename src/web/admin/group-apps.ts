/** What a group opens, and what apps are told of it, as far as whoever looks may see the apps. */
import { findClients } from '../../operations/clients/seen/find-clients.ts';
import { groupsFor } from '../../policy/apps/who-may.ts';
import type { ClientRecord } from '../../records/client.ts';
import type { Group } from '../../records/group.ts';
import { getOrganisation, type Organisation } from '../../records/organisation.ts';
import { valueOr } from '../signed-in/found.ts';
import { appPath } from './apps/app.ts';
import { hasRowFor, type AdminVisit } from './page.ts';

/** Pages of apps that are looked through. */
const MOST_PAGES = 10;

export interface GroupApp {
  name: string;
  href: string;
  /** Is it open to some groups alone, of which this is one? */
  opens: boolean;
  /** `claim: value`. */
  told: string[];
}

/** `isCut`: there are more than were looked through. */
interface Opened {
  apps: GroupApp[];
  isCut: boolean;
}

/** Null: the visitor sees no apps. */
export async function appsOfGroup(
  visit: AdminVisit,
  group: Group,
  back: string,
): Promise<Opened | null> {
  const opened = await appsOfGroups(visit, group.organisation, [group], back);
  return opened?.get(group.id) ?? null;
}

/** Of several of one organisation: apps are read once for all of them. By the id of the group. */
export async function appsOfGroups(
  visit: AdminVisit,
  organisationId: string,
  groups: readonly Group[],
  back: string,
): Promise<Map<string, Opened> | null> {
  if (!hasRowFor(visit.person, 'client.list')) return null;
  const { parts, performed } = visit;
  const organisation = await getOrganisation(parts.store, organisationId);
  if (!organisation) return null;
  const seen: ClientRecord[] = [];
  let after: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const query = { organisation: organisation.id, ...(after === undefined ? {} : { after }) };
    const { clients, next } = valueOr(await findClients(parts, performed, query), back);
    seen.push(...clients.map(({ client }) => client));
    after = next;
    if (after === undefined) break;
  }
  const openedBy = (group: Group): Opened => ({
    apps: seen.flatMap((client) => appOf(client, organisation, group)),
    isCut: after !== undefined,
  });
  return new Map(groups.map((group) => [group.id, openedBy(group)]));
}

function appOf(client: ClientRecord, organisation: Organisation, group: Group): GroupApp[] {
  const opens = groupsFor(organisation, client.id)?.includes(group.id) === true;
  const told = toldOf(client, group);
  if (!opens && told.length === 0) return [];
  return [{ name: client.name, href: appPath(client.id), opens, told }];
}

function toldOf(client: ClientRecord, { id, name }: Group): string[] {
  const isTold = client.groups === 'all' || client.groups.includes(id);
  const roles = client.roles.filter((role) => role.group === id);
  const own = client.claims.filter((claim) => 'group' in claim && claim.group === id);
  return [
    ...(isTold && client.scopes.includes('groups') ? [`groups: ${name}`] : []),
    ...roles.map(({ value }) => `${client.rolesClaim}: ${value}`),
    ...own.map((claim) => `${claim.name}: true`),
  ];
}
