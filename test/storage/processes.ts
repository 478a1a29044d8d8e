/** Starts helper processes on a store, and has them race. */
import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { StoreOptions } from '../../src/storage/options.ts';
import type { Order, RaceName, Verdicts } from './racer.ts';

/** Longer than it takes for a message to reach a process. */
const headStart = 15;

export async function startRacer(options: StoreOptions): Promise<ChildProcess> {
  const racer = fork(new URL('racer.ts', import.meta.url), [JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  assert.equal(await answer(racer), 'ready');
  return racer;
}

/** The next message of a racer; rejects when it ends instead. */
async function answer(racer: ChildProcess): Promise<unknown> {
  const done = new AbortController();
  const ended = once(racer, 'exit', done).then(([code]) => assert.fail(`it ended with ${code}`));
  const message = once(racer, 'message', done).then(([said]) => said as unknown);
  return Promise.race([message, ended]).finally(() => done.abort());
}

export function tell(racer: ChildProcess, order: Order): void {
  racer.send(order);
}

/** All racers do the same at the same moment; the verdicts of all of them together. */
export async function race(
  racers: ChildProcess[],
  name: RaceName,
  id: string,
  times: number,
): Promise<Verdicts> {
  const answers = racers.map(answer);
  const at = Date.now() + headStart;
  for (const racer of racers) tell(racer, { race: name, id, times, at });
  return (await Promise.all(answers)).flatMap((verdicts) => verdicts as Verdicts);
}

export async function closeRacer(racer: ChildProcess): Promise<void> {
  const ended = once(racer, 'exit');
  tell(racer, { close: true });
  assert.deepEqual(await ended, [0, null]);
}

/** Reads ids from its output until there are so many, then kills it; every id it has told of. */
export async function killWhileWriting(racer: ChildProcess, atLeast: number): Promise<string[]> {
  assert.ok(racer.stdout);
  let output = '';
  let lines = 0;
  const ended = once(racer, 'close');
  racer.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    lines += text.split('\n').length - 1;
    if (lines >= atLeast) racer.kill('SIGKILL');
  });
  tell(racer, { stream: true });
  assert.deepEqual(await ended, [null, 'SIGKILL']);
  return output.split('\n').slice(0, -1);
}
