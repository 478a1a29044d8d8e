/** The product beside bare oidc-provider and the floor: the table that `npm run bench` is for. */
import { measure } from './measure.ts';
import type { Ready, Slice } from './messages.ts';
import type { Operation } from './operations.ts';
import type { Options } from './options.ts';
import { floorSeconds } from './plan.ts';
import { startProduct, type Product } from './product.ts';
import { folderFor, startProgram, type Program } from './program.ts';
import {
  BARE,
  FLOOR,
  floorRow,
  rowsOf,
  subjectOf,
  type Measured,
  type Row,
  type Subject,
} from './rows.ts';
import type { Running } from './running.ts';
import { signInUsers, targetOf, type Server, type Target } from './target.ts';
import { takeTurns, type Turn } from './turns.ts';

const BARE_SUBJECT: Subject = { name: BARE, engine: BARE, workers: 1 };

export async function compare(
  options: Options,
  products: readonly Product[],
  running: Running,
): Promise<Row[]> {
  const floor = await startFloor(running);
  const subjects = [BARE_SUBJECT, ...products.map(subjectOf)];
  const targets: Target[] = [await start(BARE_SUBJECT, () => startBare(running), options, running)];
  for (const product of products) {
    const subject = subjectOf(product);
    const folder = `${product.engine}-${product.workers}`;
    const starts = (): Promise<Server> => startProduct(folder, product, running);
    targets.push(await start(subject, starts, options, running));
  }

  const measured: Measured[] = [];
  for (const operation of options.operations) {
    running.progress(`measuring ${operation.name}`);
    const turns = turnsOf(operation, targets, floor);
    const rounds = await takeTurns(turns, { ...options, stop: running.stop });
    const one = { operation: operation.name, rounds };
    warnOfUnlike(one, running.progress);
    measured.push(one);
  }
  const shown = [...subjects.slice(1), BARE_SUBJECT];
  return [...measured.flatMap((one) => rowsOf(one, shown)), floorRow(measured)];
}

async function startFloor({ folder, started }: Running): Promise<Program> {
  const own = folderFor(FLOOR, folder);
  const floor = startProgram(FLOOR, own, { file: './floor.ts', args: [own], server: false });
  started.push(floor);
  await floor.hear('ready');
  return floor;
}

async function startBare({ folder, people, started }: Running): Promise<Server> {
  const own = folderFor(BARE, folder);
  const args = [own, String(people)];
  const program = startProgram(BARE, own, { file: './bare-server.ts', args, server: true });
  started.push(program);
  return { program, ready: await program.hear<Ready>('ready') };
}

async function start(
  { name }: Subject,
  starts: () => Promise<Server>,
  { operations }: Options,
  { started, progress, stop }: Running,
): Promise<Target> {
  stop.throwIfAborted();
  progress(`starting ${name}`);
  const target = await targetOf(name, await starts());
  started.push(target);
  if (!operations.some(({ users }) => users)) return target;
  progress(`signing ${target.ready.people.length} people in to ${name}`);
  await signInUsers(target);
  return target;
}

function turnsOf(operation: Operation, targets: readonly Target[], floor: Program): Turn[] {
  return [
    ...targets.map((target): Turn => [target.name, (s) => measure(target, operation, s * 1000)]),
    [FLOOR, (s) => floor.ask<Slice>({ run: floorSeconds(s) * 1000 }, 'slice')],
  ];
}

/** The pages of a sign-in may take another way in the product than those of the bare server. */
function warnOfUnlike({ operation, rounds }: Measured, warn: (line: string) => void): void {
  const [round] = rounds;
  const requests = (name: string): number => {
    const slice = round?.get(name);
    return slice ? Math.round(slice.requests / slice.n) : 0;
  };
  for (const name of round?.keys() ?? []) {
    if (name === FLOOR || requests(name) === requests(BARE)) continue;
    const counts = `${requests(name)} requests, ${BARE} ${requests(BARE)}`;
    warn(`warning: ${operation} is not alike: ${name} takes ${counts}`);
  }
}
