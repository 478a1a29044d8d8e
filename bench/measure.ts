/** One stretch of measuring: an operation over and over on every connection, and what it cost. */
import { CONNECTIONS } from './browser.ts';
import type { Slice } from './messages.ts';
import type { Operation } from './operations.ts';
import { userOf, type Target, type User } from './target.ts';

/** Stands in where an operation is about no person. */
const NOBODY: User = userOf({ login: '', password: '', totpSecret: '', passcode: '' });

/** Runs `operation` for `ms` milliseconds; what has begun by then is finished and counts. */
export async function measure(target: Target, operation: Operation, ms: number): Promise<Slice> {
  const latencies: number[] = [];
  const requestsBefore = target.requests;
  const cpuBefore = await target.cpuMs();
  const start = performance.now();
  const deadline = start + ms;
  do {
    await operation.renew?.(target);
    const lanes = Array.from({ length: CONNECTIONS }, (_, lane) =>
      runLane(target, operation, { lane, deadline, latencies }),
    );
    await Promise.all(lanes);
  } while (performance.now() < deadline);
  const took = performance.now() - start;
  const cpuMs = (await target.cpuMs()) - cpuBefore;
  const requests = target.requests - requestsBefore;
  return { n: latencies.length, ms: took, cpuMs, latencies, requests };
}

/**
 * A lane has users of its own, so that nobody does two things at a time. Who is good for one at a time
 * only is a person, however many sessions they have.
 */
async function runLane(
  target: Target,
  operation: Operation,
  { lane, deadline, latencies }: { lane: number; deadline: number; latencies: number[] },
): Promise<void> {
  const all = operation.renew ? target.people : target.users;
  const users = all.filter((_, at) => at % CONNECTIONS === lane);
  const most = operation.renew ? users.length : Infinity;
  let last = performance.now();
  for (let turn = 0; turn < most && last < deadline; turn += 1) {
    await operation.run(target, users[turn % users.length] ?? NOBODY);
    const done = performance.now();
    latencies.push(done - last);
    last = done;
  }
}
