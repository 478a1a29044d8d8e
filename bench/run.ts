/**
 * The whole run: starts the servers and the floor as processes of their own, lets them take turns, and
 * ends them whatever happens.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measure } from './measure.ts';
import type { Slice } from './messages.ts';
import type { Operation } from './operations.ts';
import { ENGINES, floorSeconds, warmUpSeconds, type Options } from './options.ts';
import { startProgram, type Program } from './program.ts';
import { BARE, FLOOR, floorRow, rowsOf, type Measured, type Row } from './rows.ts';
import { signInUsers, startTarget, type Target } from './target.ts';

export interface RunParts {
  /** Tells how far it is. */
  progress(line: string): void;
  /** Ends the run; its reason is what the run fails with. */
  stop: AbortSignal;
}

export async function runBench(options: Options, { progress, stop }: RunParts): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-bench-'));
  const started: { stop(): Promise<void> }[] = [];
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const onStop = (): void => reject(stop.reason);
  stop.addEventListener('abort', onStop);
  if (stop.aborted) onStop();
  try {
    return await Promise.race([stopped, measureAll(options, { folder, started, progress, stop })]);
  } finally {
    stop.removeEventListener('abort', onStop);
    await Promise.all(started.map((one) => one.stop()));
    await rm(folder, { recursive: true, force: true });
  }
}

interface Running extends RunParts {
  folder: string;
  /** To be stopped at the end. */
  started: { stop(): Promise<void> }[];
}

async function measureAll(options: Options, running: Running): Promise<Row[]> {
  const { folder, started, progress, stop } = running;
  const { program: floor } = await startProgram<true>(FLOOR, './floor.ts', folder);
  started.push(floor);
  const targets: Target[] = [];
  for (const engine of [BARE, ...options.engines]) {
    progress(`starting ${engine}`);
    const target = await startTarget(engine, ENGINES[engine] ?? './bare-server.ts', folder);
    started.push(target);
    targets.push(target);
    if (!options.operations.some(({ users }) => users)) continue;
    progress(`signing ${target.ready.people.length} people in to ${engine}`);
    await signInUsers(target);
  }

  const measured: Measured[] = [];
  for (const operation of options.operations) {
    stop.throwIfAborted();
    progress(`measuring ${operation.name}`);
    const one = await measureOne(operation, { targets, floor }, options, stop);
    warnOfUnlike(one, progress);
    measured.push(one);
  }
  const engines = targets.map(({ engine }) => engine).toReversed();
  return [...measured.flatMap((one) => rowsOf(one, engines)), floorRow(measured)];
}

/** The pages of a sign-in may take another way in the product than those of the bare server. */
function warnOfUnlike({ operation, rounds }: Measured, warn: (line: string) => void): void {
  const [round] = rounds;
  const requests = (engine: string): number => {
    const slice = round?.get(engine);
    return slice ? Math.round(slice.requests / slice.n) : 0;
  };
  for (const engine of round?.keys() ?? []) {
    if (engine === FLOOR || requests(engine) === requests(BARE)) continue;
    const counts = `${requests(engine)} requests, ${BARE} ${requests(BARE)}`;
    warn(`warning: ${operation} is not alike: ${engine} takes ${counts}`);
  }
}

async function measureOne(
  operation: Operation,
  { targets, floor }: { targets: readonly Target[]; floor: Program },
  { rounds, seconds }: Options,
  stop: AbortSignal,
): Promise<Measured> {
  const turns: [string, (s: number) => Promise<Slice>][] = [
    ...targets.map((target): [string, (s: number) => Promise<Slice>] => [
      target.engine,
      (s) => measure(target, operation, s * 1000),
    ]),
    [FLOOR, (s) => floor.ask<Slice>({ run: floorSeconds(s) * 1000 }, 'slice')],
  ];
  for (const [, turn] of turns) await turn(warmUpSeconds(seconds));

  const measured: Measured = { operation: operation.name, rounds: [] };
  for (let round = 0; round < rounds; round += 1) {
    stop.throwIfAborted();
    const slices = new Map<string, Slice>();
    // Who comes after whom changes, so that nobody is always the one after a pause.
    for (const [engine, turn] of round % 2 === 0 ? turns : turns.toReversed()) {
      slices.set(engine, await turn(seconds));
    }
    measured.rounds.push(slices);
  }
  return measured;
}
