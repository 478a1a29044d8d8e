/**
 * Who may use an app: of the console, whoever has a role above member; else people of the organisations that
 * its client's record names, and of those, where their organisation says so, the ones in one of the groups that
 * it names. Pure; groups that are gone have been taken out of what the organisation says
 * (oidc/clients/known-organisations.ts).
 */
import type { Admitted } from '../../records/client.ts';
import type { Organisation } from '../../records/organisation.ts';
import type { Person } from '../../records/person.ts';
import { RANK } from '../access.ts';
import { shutsOut } from '../policy-change.ts';

/** What a client's record says of it. */
export interface OpenApp {
  /** Its client's id. */
  id: string;
  /** Ids of the organisations that it is open to; null: all. */
  organisations: readonly string[] | null;
  /** Is it for people with a role above member, and for no others? */
  staffOnly?: boolean | undefined;
  admitted?: Admitted | null | undefined;
}

export interface Somebody {
  person: Pick<Person, 'groups' | 'groupsSince'> & Partial<Pick<Person, 'role'>>;
  organisation: Pick<Organisation, 'id' | 'apps' | 'appsAdmitted'>;
}

export type ShutOutBy = 'organisation' | 'groups' | 'role';

/** Undefined: they may. */
export function shutOutBy(app: OpenApp, who: Somebody): ShutOutBy | undefined {
  if (app.staffOnly && RANK[who.person.role ?? 'member'] === 0) return 'role';
  if (app.organisations?.includes(who.organisation.id) === false) return 'organisation';
  const groups = groupsFor(who.organisation, app.id);
  return groups === null || groups.some((id) => who.person.groups.includes(id))
    ? undefined
    : 'groups';
}

/**
 * May they, and might they ever since? By a group, only as long as they are in it and it is let in. `at`:
 * milliseconds since the epoch; of what is known to the second, its beginning, so that what was issued in
 * the second in which somebody was shut out and let in again does not come back with it.
 */
export function mayUseSince(app: OpenApp, who: Somebody, at: number): boolean {
  if (shutOutBy(app, who) !== undefined) return false;
  const { person, organisation } = who;
  if (at < since(app.admitted, organisation.id)) return false;
  const admitted = ownOf(organisation.appsAdmitted, app.id);
  const groups = groupsFor(organisation, app.id);
  // Let in by no group.
  if (groups === null && at >= since(admitted, '*')) return true;
  const theirs =
    groups === null ? person.groups : person.groups.filter((id) => groups.includes(id));
  return theirs.some((id) => at >= Math.max(since(admitted, id), since(person.groupsSince, id)));
}

/** Ids of the groups of an organisation whose people may use the app; null: everybody in it. */
export function groupsFor(
  { apps }: Pick<Organisation, 'apps'>,
  client: string,
): readonly string[] | null {
  return ownOf(apps, client) ?? null;
}

/**
 * Since when each of those that a list names is let in: what was issued before one was shut out stays dead
 * when it is let in again. Null: all are. Undefined: nobody's access changes.
 */
export function admittedAfter(
  open: readonly string[] | null,
  admitted: Admitted,
  after: readonly string[] | null,
  now: number,
): Admitted | undefined {
  if (!shutsOut(open, after) && !shutsOut(after, open)) return undefined;
  const sinceOf = (id: string): number =>
    open === null || open.includes(id) ? since(admitted, id) : now;
  const named = after ?? open ?? [];
  return { ...Object.fromEntries(named.map((id) => [id, sinceOf(id)])), '*': now };
}

function since(admitted: Admitted | null | undefined, id: string): number {
  return ownOf(admitted, id) ?? ownOf(admitted, '*') ?? 0;
}

/** Ids are anything: `__proto__` is one. */
function ownOf<T>(
  values: Readonly<Record<string, T>> | null | undefined,
  name: string,
): T | undefined {
  return values && Object.hasOwn(values, name) ? values[name] : undefined;
}
