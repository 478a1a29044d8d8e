/** The tables of docs/scaling.md, computed from what was measured (costs.ts). */
import { grouped } from '../../src/text/progress-bar.ts';
import { BYTES, HASH_MS, MONGODB, SQLITE, type EngineCosts } from './costs.ts';
import { aSecond, BUSY, loadOf, peopleFor, stormSeconds } from './sizing.ts';

const CORES = [1, 4, 16];
const PEOPLE = [100_000, 1_000_000, 100_000_000];
/** Of a machine that the database has to itself, and the room that one of its shards may take. */
const DATABASE_CORES = 16;
const SHARD_BYTES = 2e12;
const SERVER_CORES = 8;

const two = (value: number): string => grouped(Number(value.toPrecision(2)));

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}

function byCores(costs: EngineCosts): string {
  const rows = CORES.map((cores) => [
    `${cores}`,
    two(peopleFor(cores, costs, HASH_MS)),
    two(aSecond(cores, costs, 'sign-in', HASH_MS)),
    two(aSecond(cores, costs, 'silent-sso')),
    two(aSecond(cores, costs, 'refresh')),
    `${two(stormSeconds(peopleFor(cores, costs, HASH_MS), cores, costs))} s`,
  ]);
  const heads = ['cores', 'people', 'sign-ins/s', 'silent sign-ons/s', 'refreshes/s', 'storm'];
  return table(heads, rows);
}

function onMongodb(people: number): string[] {
  const { server, database } = loadOf(people, MONGODB, HASH_MS);
  const bytes = people * (BYTES.person + BYTES.living + 365 * BYTES.audit);
  const shards = Math.ceil(Math.max(database / (BUSY * DATABASE_CORES), bytes / SHARD_BYTES));
  return [
    grouped(people),
    two(server),
    `${two(Math.max(2, Math.ceil(server / BUSY / SERVER_CORES) + 1))} of ${SERVER_CORES} cores`,
    two(database),
    `${two(bytes / 1e9)} GB`,
    grouped(shards),
  ];
}

const HEADS = ['people', 'server cores busy', 'machines', 'database cores busy', 'store', 'shards'];

/** In the order of the page. */
export function tables(): string[] {
  return [byCores(SQLITE), byCores(MONGODB), table(HEADS, PEOPLE.map(onMongodb))];
}
