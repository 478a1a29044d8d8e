/** `user list`: everybody, or those who are searched for. */
import { operatorPerformed } from '../../audit/performed.ts';
import { checkOrganisations } from '../../operations/organisations/check-organisations.ts';
import { given } from '../../operations/input.ts';
import {
  findPeople,
  type ListedPerson,
  type PeoplePage,
} from '../../operations/people/list/find-people.ts';
import { listEarlierPeople } from '../../operations/people/list/list-earlier-people.ts';
import {
  MOST_PEOPLE,
  PEOPLE_SORTS,
  PEOPLE_STATES,
  peopleQuery,
  type PeopleQuery,
} from '../../operations/people/list/people-query.ts';
import { getOrganisation, type Organisation } from '../../records/organisation.ts';
import { ROLES } from '../../records/person.ts';
import { valueOf } from '../../result.ts';
import type { Installation } from '../../server/opened.ts';
import type { World } from '../../server/world.ts';
import { remembering } from '../../timing/remembering.ts';
import {
  oneOf,
  relayTold,
  string,
  wholeNumber,
  withInstallation,
  type Command,
  type Options,
} from '../command.ts';
import { programIn } from '../everywhere.ts';
import { groupTyped } from '../group/parts.ts';
import { inputFrom } from '../input.ts';
import { printList, type ListItem } from '../list.ts';
import { UsageError } from '../usage-error.ts';
import { effectiveMfa, mfaAt, stateOf } from './list.ts';

export const userList: Command = {
  usage:
    '[--search TEXT] [--org ID] [--group ORGANISATION/NAME] [--role ROLE]\n' +
    `         [--state ${PEOPLE_STATES.join('|')}] [--locked] [--disabled] [--never-signed-in]\n` +
    '         [--sort [-]name|login|email] [--limit N] [--after PLACE]',
  options: {
    search: { type: 'string' },
    org: { type: 'string' },
    group: { type: 'string' },
    role: { type: 'string', values: ROLES },
    state: { type: 'string', values: PEOPLE_STATES },
    locked: { type: 'boolean' },
    disabled: { type: 'boolean' },
    'never-signed-in': { type: 'boolean' },
    sort: { type: 'string', values: PEOPLE_SORTS },
    limit: { type: 'string' },
    after: { type: 'string' },
  },
  run: (world, { options }) =>
    withInstallation(world, options, async (installation) => {
      const query = await queryOf(installation, options);
      await completeList(installation, world);
      const limit = wholeNumber(options, 'limit', { least: 1 }) ?? Infinity;
      const people = listed(installation, world, query, limit);
      await printList(world, options, people, emptyOf(world, query), {
        dispensable: ['id', 'factors', 'email'],
      });
      return undefined;
    }),
};

/** What was changed a moment ago, and people of an older version, are put into the list first. */
export async function completeList(installation: Installation, world: World): Promise<void> {
  await relayTold(installation, world);
  await listEarlierPeople(installation.store);
}

export async function queryOf(installation: Installation, options: Options): Promise<PeopleQuery> {
  const [of, typed] = [string(options, 'org'), string(options, 'group')];
  await checkOrganisations(installation.store, of === undefined ? [] : [of]);
  const group = typed === undefined ? undefined : await groupTyped(installation, typed, of);
  if (group && of !== undefined && group.organisation !== of)
    throw new UsageError('--group is a group of another organisation than --org.');
  return inputFrom(
    peopleQuery,
    given<Required<PeopleQuery>>({
      q: string(options, 'search'),
      organisation: of,
      group: group?.id,
      role: oneOf(options, 'role', ROLES),
      state: oneOf(options, 'state', PEOPLE_STATES),
      locked: options['locked'] === true || undefined,
      disabled: options['disabled'] === true || undefined,
      neverSignedIn: options['never-signed-in'] === true || undefined,
      sort: oneOf(options, 'sort', PEOPLE_SORTS),
      after: string(options, 'after'),
      before: undefined,
      limit: undefined,
    }),
  );
}

function emptyOf(world: World, query: PeopleQuery): string {
  const { organisation: _organisation, group, ...filters } = query;
  if (Object.keys(filters).length > 0) return 'Nobody is like that.';
  return group === undefined
    ? `Nobody yet. Add somebody: ${programIn(world)} user add LOGIN --org ID …`
    : 'Nobody is in that group.';
}

/** All of them unless there is a limit; then how to go on is said beside the list. */
async function* listed(
  installation: Installation,
  world: World,
  query: PeopleQuery,
  limit: number,
): AsyncGenerator<ListItem> {
  const now = world.now();
  const performed = operatorPerformed(installation.config, now);
  const organisationOf = remembering((id) => getOrganisation(installation.store, id));
  let left = limit;
  let page: PeoplePage | undefined;
  do {
    const after = page?.next ?? query.after;
    const asked = { ...query, limit: Math.min(left, MOST_PEOPLE), ...given({ after }) };
    page = valueOf(await findPeople(installation, performed, asked));
    for (const person of page.people)
      yield itemOf(person, await organisationOf(person.organisation), now);
    left -= page.people.length;
  } while (page.next !== undefined && left > 0);
  if (page.next !== undefined) world.stderr.write(`There are more: --after ${page.next}\n`);
}

function itemOf(
  person: ListedPerson,
  organisation: Organisation | undefined,
  now: number,
): ListItem {
  const { person: id, login, name, email, role, mfa, active, factors, removedAt } = person;
  const shown = { id, login, name, email, organisation: person.organisation, role };
  return {
    row: {
      ...shown,
      mfa: mfaAt(person, organisation, now),
      factors: factors.join(' ') || '-',
      state: stateOf({ active, removedAt }),
    },
    json: {
      ...shown,
      mfa,
      active,
      factors,
      effective_mfa: effectiveMfa(person, organisation),
      required_from: person.requiredFrom,
      last_sign_in: person.lastSignIn,
    },
  };
}
