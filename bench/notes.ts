/** What is printed: the tables, on what they were measured, and how they are to be read. */
import { availableParallelism } from 'node:os';
import { CONNECTIONS } from './browser.ts';
import type { Options } from './options.ts';
import { MOST_LOADING } from './plan.ts';
import type { Results } from './run.ts';
import { groupTable, growthTable, rateTable, table } from './table.ts';

export interface Told {
  options: Options;
  /** The MongoDB server that was measured on. */
  mongodb: string | null;
}

export function notes(
  { options, mongodb }: Told,
  { rows, growth, groups, rates }: Results,
): string {
  const parts = [heading(options)];
  if (options.compared) parts.push(table(rows), COMPARISON);
  if (options.growth) parts.push(growthTable(growth), GROWTH);
  if (options.groups !== undefined) parts.push(groupTable(groups), GROUPS);
  if (options.rates.length > 0) parts.push(rateTable(rates), RATES);
  if (mongodb !== null) parts.push(mongodbNote(mongodb));
  if (options.leftOut.length > 0) {
    parts.push(`left out: ${options.leftOut.join(', ')}, as MONGODB_URI is not set.\n`);
  }
  return parts.join('\n\n').replaceAll('\n\n\n', '\n\n');
}

function heading({ people, rounds, seconds }: Options): string {
  return (
    `Node ${process.version}, ${availableParallelism()} CPUs shared with the driver, ` +
    `${CONNECTIONS} connections, ${people} people, ${rounds} rounds of ${seconds} s`
  );
}

const COMPARISON = `CPU is that of all the server's processes (×2: two workers and the one that started them), with all
their threads. The ratios compare it within a round; the median is shown. Each of two workers has half of the
connections, so that fewer requests share a commit and a turn of its loop; and half as many to warm up with.
op/s is what was answered while the driver, and for MongoDB the database, used the same CPUs.
floor: one ES256 signature and one durable SQLite commit, in a loop without a server around it.
bare:  oidc-provider alone, ES256, everything in plain Maps, clients in its configuration; its sign-in
       pages have as many requests as the product's and check next to nothing.
`;

const GROWTH = `Growth: small and large are the sessions and tokens in the store (with their grants), CPU in ms
for each operation. × CPU and × time compare the two stores within a round; the median is shown, the
aim is at most 1.20. Browsers from all over each store take turns. Where the large store would take more
than ${MOST_LOADING / 60} minutes to load, it has fewer, by a power of ten.
`;

const GROUPS = `group-members: the first page of the people of one group, which has so many; the aim is at most 20 ms.
Measured in one process, which is the server and all there is: pages are read one after the other.
`;

const RATES = `a second: requests that are sent in it, each at its planned time, whether those before it have been
answered or not; p50 and p99 count from that time, so that whoever would have come during a stall waits for it.
server: from a request's headers to the last byte of its answer, in the server; the aim is at most 1 ms for p50
and 5 ms for p99. With one worker. The driver runs on the same CPUs.
`;

function mongodbNote(server: string): string {
  return `mongodb: ${server}; CPU is without the database's own.\n`;
}
