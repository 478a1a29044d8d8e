/**
 * How much a server has to do for so many people, and how many it is good for. Pure: from what one operation costs
 * (costs.ts) and what one person asks for in a day (simulate/day.ts), by multiplication alone.
 */
import { COMING, EACH, STAYING, STORM, type Kind } from '../simulate/day.ts';
import type { EngineCosts } from './costs.ts';

/** Of a core's time: above, whoever comes waits for those before them. */
export const BUSY = 0.6;

/** What is asked for in a second by one person, on average over everybody, when most is asked for. */
export const PEAK: Readonly<Record<Kind, number>> = {
  // The height of the normal distribution.
  'sign-in': 1 / (COMING.deviation * Math.sqrt(2 * Math.PI)),
  'silent-sso': EACH.opened / STAYING.mean,
  refresh: 1 / EACH.refresh,
  introspection: EACH.introspection / STAYING.mean,
  passcode: EACH.passcode / STAYING.mean,
};

export interface Load {
  /** Cores of the servers that are busy at the peak. */
  server: number;
  /** Of the database. */
  database: number;
}

const sum = (rates: Readonly<Record<Kind, number>>, cost: Readonly<Record<Kind, number>>): number =>
  (Object.keys(rates) as Kind[]).reduce((all, kind) => all + rates[kind] * cost[kind], 0) / 1000;

/** `hash`: CPU of a password's hash, milliseconds. */
export function loadOf(people: number, { cpu, database }: EngineCosts, hash: number): Load {
  const withHash = { ...cpu, 'sign-in': cpu['sign-in'] + hash };
  return { server: people * sum(PEAK, withHash), database: people * sum(PEAK, database) };
}

/** People that so many cores are good for at their busiest moment. */
export function peopleFor(cores: number, costs: EngineCosts, hash: number): number {
  const { server, database } = loadOf(1, costs, hash);
  return Math.floor((BUSY * cores) / (server + database));
}

/** How many a second of one kind alone. */
export function aSecond(cores: number, costs: EngineCosts, kind: Kind, hash = 0): number {
  const each = costs.cpu[kind] + costs.database[kind] + (kind === 'sign-in' ? hash : 0);
  return (BUSY * cores * 1000) / each;
}

/** Seconds until everybody has been answered who refreshes in the minute after lunch. */
export function stormSeconds(people: number, cores: number, costs: EngineCosts): number {
  const work = (people * (costs.cpu.refresh + costs.database.refresh)) / 1000;
  return Math.max(STORM.to - STORM.from, work / cores);
}
