/**
 * A preload for tests (`node --import …`): the process kills itself at its n-th commit to SQLite, just
 * before it or just after, once it was told so: `{ killAt: n, when }`, acknowledged by `{ armed: n }`.
 * `{ commits: true }` is answered with how many there were since.
 */
import { StatementSync } from 'node:sqlite';

export interface KillOrder {
  /** 1 is the next one. 0: never, only counting. */
  killAt: number;
  when: 'before' | 'after';
}

let order: KillOrder = { killAt: 0, when: 'before' };
let commits = 0;

const { run } = StatementSync.prototype;
StatementSync.prototype.run = function counted(this: StatementSync, ...values: never[]) {
  if (this.sourceSQL !== 'COMMIT') return Reflect.apply(run, this, values);
  commits += 1;
  if (commits === order.killAt && order.when === 'before') process.kill(process.pid, 'SIGKILL');
  const result = Reflect.apply(run, this, values);
  if (commits === order.killAt) process.kill(process.pid, 'SIGKILL');
  return result;
};

process.on('message', (message) => {
  if (message === null || typeof message !== 'object') return;
  if ('commits' in message) process.send?.({ counted: commits });
  if (!('killAt' in message)) return;
  order = message as KillOrder;
  commits = 0;
  process.send?.({ armed: order.killAt });
});
