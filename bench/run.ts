/** The whole run: what was asked for, in a folder of its own, and everything ended whatever happens. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compare } from './comparison.ts';
import { measureGroups, type GroupRow } from './groups.ts';
import { measureGrowth } from './growth.ts';
import type { GrowthRow } from './growth-rows.ts';
import { measureRates, type RateRow } from './rates.ts';
import type { Options } from './options.ts';
import type { Row } from './rows.ts';
import type { Running, RunParts } from './running.ts';

export interface Results {
  rows: Row[];
  growth: GrowthRow[];
  groups: GroupRow[];
  rates: RateRow[];
}

export async function runBench(options: Options, parts: RunParts): Promise<Results> {
  const { stop } = parts;
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-bench-'));
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const onStop = (): void => reject(stop.reason);
  stop.addEventListener('abort', onStop);
  if (stop.aborted) onStop();
  const running: Running = { ...parts, folder, people: options.people, started: [] };
  try {
    return await Promise.race([stopped, measureAll(options, running)]);
  } finally {
    stop.removeEventListener('abort', onStop);
    await stopAll(running);
    await rm(folder, { recursive: true, force: true });
  }
}

async function measureAll(options: Options, running: Running): Promise<Results> {
  const { compared, growth, groups, rates, engines } = options;
  const results: Results = { rows: [], growth: [], groups: [], rates: [] };
  if (compared) results.rows = await compare(options, compared, running);
  for (const engine of growth ? engines : []) {
    await stopAll(running);
    if (growth) results.growth.push(...(await measureGrowth(options, engine, growth, running)));
  }
  for (const engine of groups === undefined ? [] : engines) {
    await stopAll(running);
    if (groups !== undefined)
      results.groups.push(await measureGroups(options, engine, groups, running));
  }
  for (const engine of rates.length === 0 ? [] : engines) {
    await stopAll(running);
    results.rates.push(...(await measureRates(options, engine, rates, running)));
  }
  return results;
}

/** The newest first: a server goes before its database. What fails to stop keeps nothing else running. */
async function stopAll({ started, progress }: Running): Promise<void> {
  for (const one of started.splice(0).toReversed()) {
    await one.stop().catch((error: unknown) => progress(`warning: ${String(error)}`));
  }
}
