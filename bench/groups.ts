/** The people of a group: how long the first page of very many takes the server. */
import { join } from 'node:path';
import { operatorPerformed } from '../src/audit/performed.ts';
import { listMembers } from '../src/operations/groups/list-members.ts';
import { groupCollection, newGroupId } from '../src/records/group.ts';
import { membershipCollection, membershipId, membershipOf } from '../src/records/membership.ts';
import { insertPerson, newPersonId, personCollection } from '../src/records/person.ts';
import { valueOf } from '../src/result.ts';
import { COLLECTIONS } from '../src/server/collections.ts';
import { openStore } from '../src/storage/open.ts';
import type { StoreOptions } from '../src/storage/options.ts';
import type { Store } from '../src/storage/store.ts';
import { grouped, type Bar } from '../src/text/progress-bar.ts';
import { dropDatabase, ownDatabase } from './mongodb.ts';
import type { Options } from './options.ts';
import { folderFor } from './program.ts';
import type { Engine } from './product.ts';
import { median, percentile, rounded } from './rows.ts';
import type { Running } from './running.ts';

export interface GroupRow {
  operation: 'group-members';
  engine: string;
  /** Of the group. */
  people: number;
  /** First pages that were read, one after the other. */
  n: number;
  p50_ms: number;
  p99_ms: number;
  /** Of this process, which does what the server does, for each page; the median of the rounds. */
  cpu_ms: number;
}

/** Written at once. */
const AT_ONCE = 500;
const DAY = 86_400_000;

export async function measureGroups(
  { rounds, seconds }: Options,
  engine: Engine,
  people: number,
  { folder, mongodb, started, progress, bar, stop }: Running,
): Promise<GroupRow> {
  const own = folderFor(`${engine}-groups`, folder);
  const options = storeFor(engine, own, mongodb);
  if (options.engine === 'mongodb') started.push({ stop: () => dropDatabase(options.url) });
  const store = await openStore(options, COLLECTIONS, { now: Date.now });
  started.push({ stop: () => store.close() });
  progress(`loading ${engine} with a group of ${grouped(people)} people`);
  const group = await loadGroup(store, people, bar(`loading ${engine}`), stop);
  progress(`measuring the people of a group on ${engine}`);
  const cpu: number[] = [];
  const times: number[] = [];
  // The first round warms up.
  for (let round = 0; round <= rounds; round += 1) {
    const measured = await readPages(store, group, seconds, stop);
    if (round === 0) continue;
    cpu.push(measured.cpuMs / measured.times.length);
    times.push(...measured.times);
  }
  const sorted = Float64Array.from(times).toSorted();
  return {
    operation: 'group-members',
    engine,
    people,
    n: sorted.length,
    p50_ms: rounded(percentile(sorted, 0.5)),
    p99_ms: rounded(percentile(sorted, 0.99)),
    cpu_ms: rounded(median(cpu)),
  };
}

function storeFor(engine: Engine, folder: string, mongodb: string | undefined): StoreOptions {
  if (engine === 'sqlite') return { engine, path: join(folder, 'latchkey.db') };
  return { engine, url: ownDatabase(mongodb ?? ''), requireReplicaSet: false, timeout: 10_000 };
}

/** As their operations leave them, once the messages are moved. */
async function loadGroup(
  store: Store,
  people: number,
  bar: Bar,
  stop: AbortSignal,
): Promise<string> {
  const id = newGroupId();
  const group = { id, organisation: 'bench', name: 'everybody', description: '', createdAt: 0 };
  await store.insert(groupCollection, id, group);
  for (let at = 0; at < people; at += AT_ONCE) {
    stop.throwIfAborted();
    const many = Math.min(AT_ONCE, people - at);
    await Promise.all(
      Array.from({ length: many }, (_, index) => loadMember(store, id, at + index)),
    );
    bar.at(at + many, people);
  }
  bar.end();
  return id;
}

async function loadMember(store: Store, group: string, at: number): Promise<void> {
  const login = `person${String(at).padStart(7, '0')}`;
  const names = { login, email: `${login}@bench.test`, name: `Person ${at}` };
  const who = { id: newPersonId(), organisation: 'bench', ...names, createdAt: at * DAY };
  // As they are written, without the message that was moved meanwhile.
  const nowhere = { insert: () => Promise.resolve(true) };
  const { postings: _, ...person } = await insertPerson(nowhere, { ...who, groups: [group] });
  await store.insert(personCollection, who.id, person);
  await store.insert(membershipCollection, membershipId(group, who.id), membershipOf(group, who));
}

async function readPages(
  store: Store,
  group: string,
  seconds: number,
  stop: AbortSignal,
): Promise<{ times: number[]; cpuMs: number }> {
  const performed = operatorPerformed({ default_language: 'en' }, Date.now());
  const times: number[] = [];
  const before = process.cpuUsage();
  const begun = performance.now();
  while (performance.now() - begun < seconds * 1000) {
    stop.throwIfAborted();
    const at = performance.now();
    const { people } = valueOf(await listMembers({ store }, performed, group));
    times.push(performance.now() - at);
    if (people[0]?.login !== 'person0000000') throw new Error('The first page is another one.');
  }
  const { user, system } = process.cpuUsage(before);
  return { times, cpuMs: (user + system) / 1000 };
}
