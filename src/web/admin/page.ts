/**
 * The console's pages. This folder owns `/admin`: an ordered table of pages (index.ts) for people with a
 * role above member. What they may see and do the table of who may do what says (policy/access.ts): here it
 * decides which links there are, and every operation asks it again.
 */
import { ADMIN_CALLBACK } from '../../oidc/clients/own/admin-client.ts';
import { ADMIN_CLIENT } from '../../oidc/clients/own/own-clients.ts';
import { ACCESS, refusalOf, type Operation, type Target } from '../../policy/access.ts';
import type { AccessRow } from '../../policy/access-row.ts';
import { Problem } from '../../problem.ts';
import type { Person } from '../../records/person.ts';
import type { Area, Page, Visit } from '../signed-in/page.ts';

/** With the operation of the first page of each. */
export const SECTIONS = {
  overview: 'console.show',
  people: 'person.list',
  groups: 'group.list',
  apps: 'client.list',
  organisations: 'organisation.list',
  rollout: 'organisation.rollout',
  approvals: 'approval.list',
  resources: 'resource.list',
  keys: 'keys.list',
  mail: 'mail.list',
  health: 'installation.health',
  audit: 'audit.list',
} as const satisfies Record<string, Operation>;
export type Section = keyof typeof SECTIONS;

export type AdminPage = Page<Section>;
export type AdminVisit = Visit;

export const ADMIN: Area = {
  client: ADMIN_CLIENT,
  home: '/admin',
  callback: ADMIN_CALLBACK,
  actor: 'administrator',
};

export const pathOf = (section: Section): string =>
  section === 'overview' ? ADMIN.home : `${ADMIN.home}/${section}`;

/** Has the role anything to do with it, whomever it is done to? */
export function hasRowFor({ role }: Pick<Person, 'role'>, operation: Operation): boolean {
  const { roles }: AccessRow = ACCESS[operation];
  return roles[role] !== undefined;
}

/** May they, once their second step is fresh? */
export function mayDo({ person, performed }: Visit, operation: Operation, target: Target): boolean {
  const { role, organisation } = person;
  const as = { actor: performed.actor, role, organisation, fresh: true };
  return refusalOf(operation, as, target) === undefined;
}

/** Problem `not-allowed`, for a page about what the visitor may not do to that target. */
export function requireMay(visit: Visit, operation: Operation, target: Target, back: string): void {
  if (!mayDo(visit, operation, target)) throw new Problem('not-allowed', { status: 403, back });
}
