/** `/admin/groups`: which there are, and who is in each. */
import { findGroups, showGroup } from '../../../operations/groups/find-groups.ts';
import { listMembers } from '../../../operations/groups/list-members.ts';
import type { Group } from '../../../records/group.ts';
import { valueOr } from '../../signed-in/found.ts';
import { appsOfGroup } from '../group-apps.ts';
import { isEverywhere } from '../organisations.ts';
import { hasRowFor, mayDo, pathOf, type AdminPage, type AdminVisit } from '../page.ts';
import { personPath } from '../person.ts';

export const GROUPS = pathOf('groups');

export const groupPath = (id: string, page = ''): string =>
  `${GROUPS}/${encodeURIComponent(id)}${page === '' ? '' : `/${page}`}`;

/** Those of one organisation. */
export const groupsPath = (organisation: string): string =>
  `${GROUPS}?${new URLSearchParams({ organisation })}`;

export async function groupOf({ parts, performed, params }: AdminVisit): Promise<Group> {
  return valueOr(await showGroup(parts, performed, params['group'] ?? ''), GROUPS);
}

const groups: AdminPage = {
  path: GROUPS,
  operation: 'group.list',
  section: 'groups',
  fresh: false,

  async show({ parts, performed, person, ctx }) {
    const given = ctx.URL.searchParams;
    const after = given.get('after')?.slice(0, 2000) || undefined;
    const organisation = given.get('organisation')?.slice(0, 100) || undefined;
    const of = organisation === undefined ? GROUPS : groupsPath(organisation);
    const page = valueOr(await findGroups(parts, performed, { after, organisation }), GROUPS);
    const context = {
      of: organisation ?? null,
      groups: page.groups.map(({ id, name, description, organisation }) => ({
        href: groupPath(id),
        name,
        description,
        organisation,
      })),
      everywhere: isEverywhere(person, 'group.list'),
      mayAdd: hasRowFor(person, 'group.add'),
      first: after === undefined ? null : of,
      next: page.next === undefined ? null : nextOf(of, page.next),
    };
    return { show: 'admin/groups', context };
  },
};

const nextOf = (path: string, after: string): string =>
  `${path}${path.includes('?') ? '&' : '?'}${new URLSearchParams({ after })}`;

const group: AdminPage = {
  path: `${GROUPS}/:group`,
  operation: 'group.members',
  section: 'groups',
  fresh: false,

  async show(visit) {
    const { parts, performed, ctx } = visit;
    const found = await groupOf(visit);
    const { id, name, description, organisation } = found;
    const after = ctx.URL.searchParams.get('after')?.slice(0, 2000) || undefined;
    const page = valueOr(await listMembers(parts, performed, id, { after }), GROUPS);
    const target = { organisation };
    const context = {
      group: { name, description, organisation },
      opened: await appsOfGroup(visit, found, GROUPS),
      members: page.people.map((person) => ({
        href: personPath(person.id),
        name: person.name,
        login: person.login,
        remove: mayDo(visit, 'person.change-groups', { person, organisation })
          ? groupPath(id, `members/${encodeURIComponent(person.id)}/remove`)
          : null,
      })),
      add: mayDo(visit, 'person.change-groups', target) ? groupPath(id, 'add') : null,
      edit: mayDo(visit, 'group.change', target) ? groupPath(id, 'edit') : null,
      remove: mayDo(visit, 'group.remove', target) ? groupPath(id, 'remove') : null,
      first: after === undefined ? null : groupPath(id),
      next: page.next === undefined ? null : nextOf(groupPath(id), page.next),
    };
    return { show: 'admin/group', context };
  },
};

export const groupPages: readonly AdminPage[] = [groups, group];
