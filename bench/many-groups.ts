/**
 * `node bin/run.js bench/many-groups.ts [ROUNDS] [SECONDS]`: how much more a token costs for somebody in 200
 * groups than for somebody in none. Both kinds of people sign in to one server, taking turns; what is printed
 * is the server's CPU for a silent sign-on with its code, and the median of the ratios of the rounds.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MOST_GROUPS } from '../src/operations/groups/person-groups.ts';
import { clientCollection } from '../src/records/client.ts';
import { groupCollection, newGroupId } from '../src/records/group.ts';
import { changePerson, findPerson } from '../src/records/person.ts';
import { CONNECTIONS } from './browser.ts';
import { measure } from './measure.ts';
import type { Operation } from './operations.ts';
import { startProduct, type Site } from './product.ts';
import { SCOPE } from './relying-party.ts';
import { median, ratio, rounded, sliceOf } from './rows.ts';
import type { Seeding } from './seed.ts';
import { signInUsers, silentSignOn, targetOf, type Target } from './target.ts';
import { takeTurns } from './turns.ts';

const [ROUNDS, SECONDS] = [Number(process.argv[2] ?? 7), Number(process.argv[3] ?? 1)];
const [NONE, MANY] = ['none', 'many'] as const;
/** Those at an odd place are in groups: each kind has every second of them. */
const PEOPLE = 4 * CONNECTIONS;

const signOn: Operation = {
  name: 'silent-sso',
  users: true,
  async run(target, { cookies }) {
    await silentSignOn(target, target.ready.clients.web, cookies, `${SCOPE} groups`);
  },
};

/** The groups, who is in them, and a client that is told of them. */
async function prepare({ store }: Seeding, target: Target): Promise<void> {
  const groups = Array.from({ length: MOST_GROUPS }, () => newGroupId());
  for (const [at, id] of groups.entries()) {
    const group = { id, organisation: 'bench', name: `Group ${at}`, description: '', createdAt: 0 };
    await store.insert(groupCollection, id, group);
  }
  for (const { login } of target.ready.people.filter((_, at) => at % 2 === 1)) {
    const { id = '' } = (await findPerson(store, login)) ?? {};
    await changePerson(store, id, () => ({ set: { groups }, result: undefined }));
  }
  await tell({ store }, target, false);
}

async function tell(
  { store }: Pick<Seeding, 'store'>,
  { ready }: Target,
  claimsInIdToken: boolean,
): Promise<void> {
  await store.update(clientCollection, ready.clients.web.client_id, (client) => {
    if (!client) throw new Error('The client is gone.');
    const scopes = [...SCOPE.split(' '), 'groups'];
    const told = { scopes, organisations: ['bench'], groups: 'all' as const, claimsInIdToken };
    return { put: { ...client, ...told }, result: undefined };
  });
}

async function compare(target: Target): Promise<string> {
  const turns = [NONE, MANY].map((name, odd) => {
    const users = target.users.filter((_, at) => at % 2 === odd);
    const half: Target = { ...target, name, users };
    return [name, (seconds: number) => measure(half, signOn, seconds * 1000)] as const;
  });
  const stretch = { rounds: ROUNDS, seconds: SECONDS, stop: new AbortController().signal };
  const rounds = await takeTurns(turns, stretch);
  const cpu = [NONE, MANY].map((name) =>
    median(rounds.map((round) => sliceOf(round, name)).map(({ cpuMs, n }) => cpuMs / n)),
  );
  const ratios = rounded(median(rounds.map((round) => ratio(round, MANY, NONE))));
  return `${cpu.map((one) => `${one.toFixed(3)} ms`).join(' : ')}   × ${ratios}`;
}

const folder = await mkdtemp(join(tmpdir(), 'latchkey-groups-'));
const site: Site = { folder, people: PEOPLE, mongodb: undefined, started: [] };
try {
  const product = await startProduct('groups', { engine: 'sqlite', workers: 1 }, site);
  const target = await targetOf('groups', product);
  site.started.push(target);
  await product.withStore((parts) => prepare(parts, target));
  await signInUsers(target);
  console.log(`groups at userinfo only     ${await compare(target)}`);
  await product.withStore((parts) => tell(parts, target, true));
  console.log(`groups in ID tokens too     ${await compare(target)}`);
} finally {
  for (const one of site.started.toReversed()) await one.stop();
  await rm(folder, { recursive: true, force: true });
}
