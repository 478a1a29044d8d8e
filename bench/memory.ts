/** What the processes of a server hold: idle, and after they have been in use for a while. */
import { execFileSync } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { measure } from './measure.ts';
import type { Ready } from './messages.ts';
import { OPERATIONS } from './operations.ts';
import { startProduct, type Site } from './product.ts';
import { folderFor, startProgram } from './program.ts';
import { signInUsers, targetOf, type Server } from './target.ts';

/** RSS of each process, MB: what they share is in each. */
export interface Memory {
  name: string;
  idle: number[];
  loaded: number[];
}

const PEOPLE = 64;
/** Milliseconds. */
const SETTLES = 3_000;

/** One after the other, so that whatever this process has started is what is measured. `seconds`: of load. */
export async function measureMemory(
  main: string,
  seconds: number,
  folder: string,
): Promise<Memory[]> {
  const site: Site = { folder, people: PEOPLE, mongodb: undefined, started: [] };
  const built = pathToFileURL(main).href;
  const rows: Memory[] = [];
  const servers: [string, () => Promise<Server>][] = [
    ['one process', () => startProduct('one', { engine: 'sqlite', workers: 1 }, site, built)],
    ['two workers', () => startProduct('two', { engine: 'sqlite', workers: 2 }, site, built)],
    ['bare oidc-provider', () => startBare(site)],
  ];
  for (const [name, start] of servers)
    try {
      rows.push({ name, ...(await measureServer(await start(), seconds, site)) });
    } finally {
      for (const one of site.started.splice(0).toReversed()) await one.stop();
    }
  return rows;
}

async function startBare({ folder, people, started }: Site): Promise<Server> {
  const own = folderFor('bare-memory', folder);
  const args = [own, String(people)];
  const program = startProgram('bare', own, { file: './bare-server.ts', args, server: true });
  started.push(program);
  return { program, ready: await program.hear<Ready>('ready') };
}

async function measureServer(
  server: Server,
  seconds: number,
  { started }: Site,
): Promise<Omit<Memory, 'name'>> {
  await pause(SETTLES);
  const idle = rssOfChildren();
  const target = await targetOf('memory', server);
  started.push(target);
  await signInUsers(target);
  // Moving its clock would age what it holds.
  const operations = OPERATIONS.filter(({ renew }) => renew === undefined);
  for (const one of operations) await measure(target, one, (seconds * 1000) / operations.length);
  await pause(SETTLES);
  return { idle, loaded: rssOfChildren() };
}

/** Of every process that this one has started, and those of these. */
function rssOfChildren(): number[] {
  const text = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,rss=,comm='], { encoding: 'utf8' });
  const all = text
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/u));
  const below = new Set([String(process.pid)]);
  // In the order of their ids a parent comes first, unless the ids have begun anew.
  const found = all.filter(([pid = '', parent = '', , name]) => {
    if (!below.has(parent) || name === 'ps') return false;
    below.add(pid);
    return name !== 'esbuild';
  });
  return found.map(([, , kib]) => Number(kib) / 1024);
}
