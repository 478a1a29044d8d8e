/** What a client is told of people besides scopes, as it is registered: roles, claims of its own, groups. */
import {
  LONGEST_OWN_CLAIMS,
  MOST_OWN_CLAIMS,
  ownClaimNameFault,
} from '../../../policy/claims/own-claim.ts';
import type { ClientRecord, OwnClaim } from '../../../records/client.ts';
import { isName, isPrintable } from '../../../text/printable.ts';
import type { ClientOption } from '../client-options.ts';
import { refusedValue } from './client-value.ts';

export const MOST_ROLES = 100;
export const MOST_TOLD_GROUPS = 200;
export const MOST_SCOPES = 100;

/** Each once. Whether there is such a scope is the caller's to know. Problem `client-value`. */
export function checkScopes(scopes: readonly string[]): string[] {
  const each = [...new Set(scopes)];
  if (each.length > MOST_SCOPES) throw tooMany('scopes', each.length, MOST_SCOPES);
  for (const scope of each) {
    // RFC 6749 §3.3.
    if (!/^[\x21\x23-\x5B\x5D-\x7E]{1,100}$/u.test(scope))
      throw refusedValue('scopes', scope, 'a scope has 1 to 100 characters of ASCII, no blank');
    if (scope === 'offline_access')
      throw refusedValue('scopes', scope, 'it is given with --offline-access yes');
  }
  return each;
}

export function checkGroups(groups: 'all' | 'none' | readonly string[]): ClientRecord['groups'] {
  if (groups === 'all' || groups === 'none') return groups;
  const each = [...new Set(groups)];
  if (each.length > MOST_TOLD_GROUPS) throw tooMany('groups', each.length, MOST_TOLD_GROUPS);
  return each.length === 0 ? 'none' : each;
}

export function checkRoles(
  roles: ClientRecord['roles'] | readonly ClientRecord['roles'][number][],
) {
  const each = new Map(roles.map(({ value, group }) => [`${group} ${value}`, { value, group }]));
  if (each.size > MOST_ROLES) throw tooMany('roles', each.size, MOST_ROLES);
  for (const { value } of each.values())
    if (!isName(value) || value !== value.trim())
      throw refusedValue('roles', value, 'a role has 1 to 100 characters that can be printed');
  return [...each.values()];
}

export function checkRolesClaim(name: string): string {
  return checkClaimName('rolesClaim', name);
}

/** Problem `client-value`. */
export function checkOwnClaims(claims: readonly OwnClaim[]): OwnClaim[] {
  if (claims.length > MOST_OWN_CLAIMS) throw tooMany('claims', claims.length, MOST_OWN_CLAIMS);
  const names = claims.map(({ name }) => checkClaimName('claims', name));
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw refusedValue('claims', twice, 'it is given twice');
  for (const claim of claims)
    if ('constant' in claim && !isPrintable(claim.constant))
      throw refusedValue('claims', claim.name, 'its text has characters that cannot be printed');
  if (Buffer.byteLength(JSON.stringify(claims)) > LONGEST_OWN_CLAIMS)
    throw refusedValue(
      'claims',
      names.join(' '),
      `together they are longer than ${LONGEST_OWN_CLAIMS} bytes`,
    );
  return [...claims];
}

function checkClaimName(option: 'claims' | 'rolesClaim', name: string): string {
  const fault = ownClaimNameFault(name);
  if (fault === undefined) return name;
  const reason =
    fault === 'taken'
      ? 'tokens have a claim of that name already'
      : 'a claim’s name is a letter, then up to 99 letters, digits or . _ : / -';
  throw refusedValue(option, name, reason);
}

function tooMany(option: ClientOption, count: number, most: number): Error {
  return refusedValue(option, String(count), `there can be ${most} of them`);
}
