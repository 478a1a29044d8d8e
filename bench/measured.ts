/**
 * A preload for a server that is measured: it answers the bench's questions for this process and for
 * the workers that it has, in which this file is preloaded as well.
 *
 * - `{ cpu: true }` → `{ cpu: Cpu }`: this process alone.
 * - `{ timing: true }` → `{ times: [ms, …] }`: how long this process had each request that it has answered since
 *   it was asked the last time, from its headers to the last byte of the answer. Nothing is timed before the first.
 * - `{ serving: true }` → `{ serving: n }`: how many workers have said so far that they serve.
 * - `{ relay: message, key }` → `{ relayed: [value, …] }`: what each worker answered under `key`.
 */
import cluster, { type Worker } from 'node:cluster';
import { channel } from 'node:diagnostics_channel';
import { once } from 'node:events';
import type { Cpu, Question } from './messages.ts';

let serving = 0;

async function answer({ cpu, timing, serving: asked, relay, key = '' }: Question): Promise<void> {
  if (cpu) tell({ cpu: process.cpuUsage() satisfies Cpu });
  if (timing) tell({ times: timesSoFar() });
  if (asked) tell({ serving });
  if (relay) tell({ relayed: await Promise.all(workers().map((one) => ask(one, relay, key))) });
}

let times: number[] | undefined;

function timesSoFar(): number[] {
  if (!times) timeRequests();
  const found = times ?? [];
  times = [];
  return found;
}

function timeRequests(): void {
  const begun = new WeakMap<object, number>();
  channel('http.server.request.start').subscribe((message) => {
    begun.set((message as { request: object }).request, performance.now());
  });
  channel('http.server.response.finish').subscribe((message) => {
    const at = begun.get((message as { request: object }).request);
    if (at !== undefined) times?.push(performance.now() - at);
  });
}

function workers(): Worker[] {
  return Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
}

async function ask(worker: Worker, message: object, key: string): Promise<unknown> {
  worker.send(message);
  for (;;) {
    const [told] = (await once(worker, 'message')) as [Record<string, unknown> | null];
    if (told?.[key] !== undefined) return told[key];
  }
}

function tell(message: object): void {
  process.send?.(message);
}

cluster.on('message', (_worker, message: { ready?: unknown } | null) => {
  if (message?.ready === true) serving += 1;
});
process.on('message', (message: Question | null) => void answer(message ?? {}));
// The bench must not keep a server alive that has stopped. What a worker's channel holds is the cluster's.
if (cluster.isPrimary) process.channel?.unref();
