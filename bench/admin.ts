/**
 * `npm run bench -- --only admin`, or `node bin/run.js bench/admin.ts [PEOPLE] [EVENTS]`: CPU of lists, searches
 * and audit filters with very many people and events on SQLite (100,000 and 1,000,000 unless told) and with a
 * thousand and ten thousand, CPU and p95 of the console's pages over HTTP, and how many people an import adds in a second.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { auditCollection, EVENT_TYPES, newEvent } from '../src/audit/event.ts';
import { operatorPerformed, type Performed } from '../src/audit/performed.ts';
import { listEvents } from '../src/operations/audit/list-events.ts';
import type { EventsQuery } from '../src/operations/audit/events-query.ts';
import { addOrganisation } from '../src/operations/organisations/add-organisation.ts';
import { importPeople } from '../src/operations/people/import/import-people.ts';
import { deriveEntry } from '../src/operations/people/list/derive-entry.ts';
import { findPeople } from '../src/operations/people/list/find-people.ts';
import type { PeopleQuery } from '../src/operations/people/list/people-query.ts';
import { derivationCollection, personEntryCollection } from '../src/records/lists/person-entry.ts';
import { insertPerson, newPersonId, type Role } from '../src/records/person.ts';
import { valueOf } from '../src/result.ts';
import { createVault, vaultKey, type Vault } from '../src/secrets/vault.ts';
import { COLLECTIONS } from '../src/server/collections.ts';
import { openStore } from '../src/storage/open.ts';
import type { Store } from '../src/storage/store.ts';
import { addAdministrator, pageCosts, type PageCost } from './admin-pages.ts';
import { median } from './rows.ts';

const NOW = Date.UTC(2026, 10, 1);
const PAGE = 50;
const AT_ONCE = 2_000;
const IMPORTED = 5_000;
const TIMES = 40;
/** People with that role, however many there are. */
const HELPDESK = 50;
const performed: Performed = operatorPerformed({ default_language: 'en' }, NOW);
const ORGANISATIONS = ['acme', 'globex', 'initech'] as const;
const org = (at: number): string => ORGANISATIONS[at % 20 === 0 ? 1 + (at % 2) : 0] ?? 'acme';

interface Site {
  store: Store;
  vault: Vault;
  ids: string[];
}

/** Milliseconds of CPU that each takes, by name. */
type Costs = Map<string, number>;

async function inTurns(count: number, work: (at: number) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < count; from += AT_ONCE) {
    const many = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, at) =>
      work(from + at),
    );
    await Promise.all(many);
  }
}

async function fill(site: Site, people: number, events: number): Promise<void> {
  const { store, ids } = site;
  for (const id of ORGANISATIONS)
    valueOf(await addOrganisation({ store }, performed, { name: id, id, mfa: 'required' }));
  await inTurns(people, async (at) => {
    const id = newPersonId();
    ids.push(id);
    const name = `Person${(at * 7919) % people} Family${at % 997}`;
    const login = `user${at}`;
    const role: Role = at % (people / HELPDESK) === 0 ? 'helpdesk' : 'member';
    const who = { id, organisation: org(at), login, email: `${login}@${org(at)}.test`, name, role };
    await insertPerson(store, { ...who, createdAt: NOW });
    await deriveEntry(store, id, at % 10 === 0 ? null : '2026-10-31');
  });
  await store.put(derivationCollection, personEntryCollection.name, { isComplete: true });
  const origin = { client: 'webmail', address: '192.0.2.1', userAgent: 'Firefox on Windows' };
  await inTurns(events, async (at) => {
    const who = at % people;
    const person = { id: ids[who] ?? '', organisation: org(who) };
    const rare = at % 50_000 === 0;
    const type = rare ? 'factors.reset' : (EVENT_TYPES[at % 4] ?? 'sign-out');
    const actor = rare ? ({ kind: 'administrator', id: ids[0] ?? '' } as const) : undefined;
    const event = newEvent({ type, at: NOW - at * 1_000, origin, person, ...(actor && { actor }) });
    await store.insert(auditCollection, event.id, event);
  });
}

/** The median, after a few that warm up. */
async function cost(work: () => Promise<unknown>): Promise<number> {
  const took: number[] = [];
  for (let at = 0; at < TIMES + 5; at += 1) {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    if (at >= 5) took.push((user + system) / 1_000);
  }
  return median(took);
}

async function lists(site: Site, people: number): Promise<Costs> {
  const find = async (query: PeopleQuery) => valueOf(await findPeople(site, performed, query));
  const audit = async (query: EventsQuery) => valueOf(await listEvents(site, performed, query));
  const far = await farPage(site, people);
  const sought = soughtIn(people);
  const works: Record<string, () => Promise<unknown>> = {
    'people, first page': () => find({}),
    'people, 1,000th page': () => find({ after: far }),
    'people, back from there': () => find({ before: far }),
    'people, search by name': () => find({ q: sought.name }),
    'people, search by login': () => find({ q: sought.login }),
    'people, search without a match': () => find({ q: 'zzz' }),
    'people, of an organisation': () => find({ organisation: 'globex' }),
    'people, searched in an organisation': () => find({ organisation: 'globex', q: sought.family }),
    'people, overdue': () => find({ organisation: 'acme', state: 'overdue' }),
    'people, by role': () => find({ role: 'helpdesk' }),
    'people, 2,000 passed over': () => find({ state: 'strong' }),
    'audit, first page': () => audit({}),
    'audit, of a person': () => audit({ person: site.ids[1] ?? '' }),
    'audit, by an actor': () => audit({ actor: site.ids[0] ?? '' }),
    'audit, of an organisation and a time': () =>
      audit({ organisation: 'globex', until: NOW - 5_000_000 }),
    'audit, of a type': () => audit({ type: 'sign-in.refused' }),
    'audit, 2,000 passed over': () => audit({ type: 'group.removed' }),
  };
  const costs: Costs = new Map();
  for (const [name, work] of Object.entries(works)) costs.set(name, await cost(work));
  return costs;
}

/** As many are found however many there are: what grows is what is searched, not the page. */
function soughtIn(people: number): Record<'name' | 'login' | 'family', string> {
  const digits = String(people).length;
  return {
    name: `person${'1234'.slice(0, digits - 2)}`,
    login: `user${'9900'.slice(0, digits - 2)}`,
    family: `family${'123'.slice(0, digits - 3)}`,
  };
}

function farPage(site: Site, people: number): Promise<string> {
  const read = async (after: string | undefined) =>
    valueOf(await findPeople(site, performed, { limit: PAGE, ...(after && { after }) }));
  return pageAt(Math.min(1_000, Math.floor(people / PAGE)), read);
}

/** The cursor that leads to that page. */
async function pageAt(
  page: number,
  read: (after: string | undefined) => Promise<{ next?: string }>,
): Promise<string> {
  let after: string | undefined;
  for (let at = 1; at < page; at += 1) after = (await read(after)).next ?? after;
  return after ?? '';
}

/** People a second of CPU. */
async function imported({ store, vault }: Site): Promise<number> {
  const run = randomBytes(3).toString('hex');
  const lines = Array.from(
    { length: IMPORTED },
    (_, at) => `${run}-${at},${run}-${at}@acme.test,New Person${at},acme,Sales`,
  );
  const file = Buffer.from(['login,email,name,organisation,department', ...lines].join('\n'));
  const relay = { soon: (): void => {} };
  const notices = { to: () => Promise.resolve([]), about: () => Promise.resolve([]) };
  const before = process.cpuUsage();
  const so = valueOf(
    await importPeople(
      { store, vault, relay, notices },
      performed,
      async function* () {
        yield file;
      },
      { format: 'csv', mode: 'create', key: 'login', isDry: false },
    ),
  );
  const { user, system } = process.cpuUsage(before);
  if (so.created !== IMPORTED) throw new Error(`Only ${so.created} people were imported.`);
  return IMPORTED / ((user + system) / 1_000_000);
}

interface Measured {
  costs: Costs;
  pages: Map<string, PageCost>;
  /** People that an import adds in a second of CPU. */
  rate: number;
}

async function measured(people: number, events: number): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-bench-'));
  const path = join(folder, 'latchkey.db');
  const key = randomBytes(32);
  try {
    const filled = await onStore(path, key, async (site) => {
      await fill(site, people, events);
      const costs = await lists(site, people);
      const far = await farPage(site, people);
      return { costs, who: await addAdministrator(site, NOW), paths: pathsIn(site, far) };
    });
    const begun = Date.now();
    const now = (): number => NOW + Date.now() - begun;
    const { who, paths } = filled;
    const pages = await pageCosts({
      folder,
      path,
      key: key.toString('base64url'),
      who,
      paths,
      now,
    });
    return { costs: filled.costs, pages, rate: await onStore(path, key, imported) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function onStore<T>(path: string, key: Buffer, work: (site: Site) => Promise<T>): Promise<T> {
  const options = { engine: 'sqlite', path } as const;
  const store = await openStore(options, COLLECTIONS, { now: () => NOW });
  try {
    return await work({ store, vault: createVault([vaultKey(key)]), ids: [] });
  } finally {
    await store.close();
  }
}

/** Of the console: lists and searches, and pages about one thing. */
function pathsIn({ ids }: Site, far: string): Record<string, string> {
  const [, person = ''] = ids;
  const query = (of: Record<string, string>): string => new URLSearchParams(of).toString();
  return {
    'list: people, first page': '/admin/people',
    'list: people, 1,000th page': `/admin/people?${query({ after: far })}`,
    'list: search by name': `/admin/people?q=${soughtIn(ids.length).name}`,
    'list: search without a match': '/admin/people?q=zzz',
    'list: audit of a person': `/admin/audit?${query({ person })}`,
    'list: audit of a type': '/admin/audit?type=sign-in.refused',
    'list: audit, 2,000 passed over': '/admin/audit?type=group.removed',
    'page: overview': '/admin',
    'page: person': `/admin/people/${person}`,
    'page: security of a person': `/admin/people/${person}/security`,
    'page: activity of a person': `/admin/people/${person}/activity`,
    'page: board': '/admin/rollout/acme',
    'page: health': '/admin/health',
  };
}

export async function measureAdmin(people = 100_000, events = 1_000_000): Promise<void> {
  const small = await measured(1_000, 10_000);
  const large = await measured(people, events);
  const count = (n: number): string => n.toLocaleString('en');
  console.log(`CPU in ms, median of ${TIMES}: ${count(people)} people and ${count(events)} events`);
  console.log(`${''.padEnd(40)}${'1,000'.padStart(9)}${count(people).padStart(9)}   growth`);
  for (const [name, cpu] of large.costs) {
    const before = small.costs.get(name) ?? NaN;
    const cells = [before.toFixed(2).padStart(9), cpu.toFixed(2).padStart(9)].join('');
    console.log(`${name.padEnd(40)}${cells}   ${(cpu / before).toFixed(2)} ×`);
  }
  console.log('The console over HTTP, p95 in ms at the end');
  for (const [name, { cpu, p95 }] of large.pages) {
    const before = small.pages.get(name)?.cpu ?? NaN;
    const cells = [before.toFixed(2).padStart(9), cpu.toFixed(2).padStart(9)].join('');
    console.log(`${name.padEnd(40)}${cells}   ${(cpu / before).toFixed(2)} ×   ${p95.toFixed(1)}`);
  }
  const [rate, fuller] = [small.rate, large.rate].map((one) => count(Math.round(one)));
  console.log(
    `import, people a second of CPU          ${rate} and, among ${count(people)}, ${fuller}`,
  );
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  await measureAdmin(...process.argv.slice(2, 4).map(Number));
