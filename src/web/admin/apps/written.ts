/** What is set of an app, as it is written in the boxes of a form, and read from them. */
import { groupsIn } from '../../../operations/clients/check-named.ts';
import type { ClientFields } from '../../../oidc/clients/new-client.ts';
import { ACR } from '../../../policy/factors.ts';
import { Problem } from '../../../problem.ts';
import type { ClientRecord, OwnClaim } from '../../../records/client.ts';
import { getGroups, groupCollection, groupNamed, writtenGroup } from '../../../records/group.ts';
import { isUnreadable } from '../../../storage/damage.ts';
import type { Store } from '../../../storage/store.ts';
import type { Fields } from '../../forms.ts';
import type { AppField } from './fields.ts';

/** Names of groups by their ids: `ORGANISATION/NAME`. */
export type GroupNames = ReadonlyMap<string, string>;

/** Beside `groups`, which says whether some are named at all. */
export const NAMED_GROUPS = 'groupNames';

/** Of those that the app names; one that is gone has no name. One that can't be read is called by its id, so that it is kept. */
export async function groupNamesOf(
  store: Pick<Store, 'get' | 'getMany'>,
  client: ClientRecord,
): Promise<GroupNames> {
  const named = groupsIn(client);
  const found = await getGroups(store, named);
  const names = new Map([...found].map(([id, group]) => [id, writtenGroup(group)]));
  for (const id of named)
    if (!found.has(id) && (await isUnreadable(store, groupCollection, id))) names.set(id, id);
  return names;
}

/** By the names of the boxes. Of a group that is gone nothing is written. */
export function written(
  client: ClientRecord,
  { name, kind }: AppField,
  groups: GroupNames,
): Record<string, string> {
  const value: unknown = { ...client, ...client.lifetimes }[name as 'name'];
  switch (kind) {
    case 'flag':
      return { [name]: value === true ? 'yes' : '' };
    case 'lines':
      return { [name]: (value as string[]).join('\n') };
    case 'set':
      return Object.fromEntries((value as string[]).map((one) => [`${name}-${one}`, 'yes']));
    case 'keys':
      return { [name]: value ? JSON.stringify(value, null, 1) : '' };
    case 'groups':
      return writtenGroups(client.groups, groups);
    case 'roles':
      return { [name]: client.roles.flatMap((role) => writtenRole(role, groups)).join('\n') };
    case 'claims':
      return { [name]: client.claims.flatMap((claim) => writtenClaim(claim, groups)).join('\n') };
    default:
      return { [name]: name === 'requireAcr' ? writtenAcr(client) : asText(value) };
  }
}

const asText = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';

const writtenAcr = ({ requireAcr }: ClientRecord): string =>
  requireAcr === null ? 'none' : ACR[requireAcr];

function writtenGroups(told: ClientRecord['groups'], groups: GroupNames): Record<string, string> {
  if (!Array.isArray(told)) return { groups: told, [NAMED_GROUPS]: '' };
  const names = told.flatMap((id) => groups.get(id) ?? []);
  return { groups: 'named', [NAMED_GROUPS]: names.join('\n') };
}

function writtenRole({ value, group }: ClientRecord['roles'][number], groups: GroupNames) {
  const name = groups.get(group);
  return name === undefined ? [] : [`${value} = ${name}`];
}

function writtenClaim(claim: OwnClaim, groups: GroupNames): string[] {
  if ('attribute' in claim) return [`${claim.name} = attribute:${claim.attribute}`];
  if ('constant' in claim) return [`${claim.name} = constant:${claim.constant}`];
  const name = groups.get(claim.group);
  return name === undefined ? [] : [`${claim.name} = group:${name}`];
}

/** What the boxes of a field say. Problems: `group-unknown`, and `client-value` for what can't be read. */
export async function readField(
  store: Pick<Store, 'get'>,
  field: AppField,
  fields: Fields,
): Promise<unknown> {
  const { name, kind, values = [] } = field;
  const typed = (fields[name] ?? '').trim();
  switch (kind) {
    case 'flag':
      return typed === 'yes';
    case 'lines':
      // Scopes as they stand in a request, too: "openid email".
      return linesIn(name === 'scopes' ? typed.replaceAll(/[^\S\n]+/gu, '\n') : typed);
    case 'set':
      return values.filter((one) => fields[`${name}-${one}`] === 'yes');
    case 'seconds':
      return typed === '' ? null : /^\d{1,9}$/u.test(typed) ? Number(typed) : refuse(typed);
    case 'keys':
      return typed === '' ? null : keysIn(typed);
    case 'groups':
      return typed === 'named' ? namedGroups(store, fields[NAMED_GROUPS] ?? '') : typed;
    case 'roles':
      return Promise.all(linesIn(typed).map((line) => readRole(store, line)));
    case 'claims':
      return Promise.all(linesIn(typed).map((line) => readClaim(store, line)));
    default:
      return valueIn(name, typed);
  }
}

/** What is required stays a text: a name that is empty is told as one. */
function valueIn(name: string, typed: string): string | null {
  if (name === 'requireAcr') return typed === 'none' ? null : typed;
  const isNothing = typed === '' && name !== 'name' && name !== 'rolesClaim';
  return isNothing ? null : typed;
}

export function linesIn(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function refuse(value: string): never {
  throw new Problem('app-unreadable', { values: { value: value.slice(0, 300) } });
}

function keysIn(text: string): NonNullable<ClientFields['jwks']> {
  const set = parsed(text) as { keys?: unknown } | undefined;
  const isSet =
    Array.isArray(set?.keys) && set.keys.every((key) => typeof key === 'object' && key !== null);
  return isSet ? { keys: set.keys as object[] } : refuse(text.slice(0, 40));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

type Groups = Pick<Store, 'get'>;

async function groupIdOf(store: Groups, written: string): Promise<string> {
  const name = written.trim();
  const isId = !name.includes('/') && (await isUnreadable(store, groupCollection, name));
  return isId ? name : (await groupNamed(store, name)).id;
}

function namedGroups(store: Groups, text: string): Promise<string[]> {
  return Promise.all(linesIn(text).map((name) => groupIdOf(store, name)));
}

async function readRole(store: Groups, line: string) {
  const [, value, group] = /^(.+?)\s*=\s*(?:group:)?(.+)$/u.exec(line) ?? [];
  if (value === undefined || group === undefined) return refuse(line);
  return { value, group: await groupIdOf(store, group) };
}

async function readClaim(store: Groups, line: string): Promise<OwnClaim> {
  const [, name, source, value] =
    /^([^=\s]+)\s*=\s*(attribute|group|constant):(.*)$/u.exec(line) ?? [];
  if (name === undefined || value === undefined) return refuse(line);
  if (source === 'group') return { name, group: await groupIdOf(store, value) };
  return source === 'attribute' ? { name, attribute: value } : { name, constant: value };
}
