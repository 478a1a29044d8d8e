/**
 * A preload for a group's process (`node --import …`), before `node:test` is loaded: which test something belongs to
 * is known by an AsyncLocalStorage, not by a hook (`async_hooks`) that is told of every promise as it comes and goes.
 * That hook is an eighth of the CPU of tests that talk to a server.
 *
 * `node:test` makes a hook, which notes of each id (`executionAsyncId`) its test, and asks it again with the id of the
 * moment. Here the ids are those of tests alone, and the id of the moment is that of the test that is run.
 */
import hooks, { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';

type Init = NonNullable<Parameters<typeof hooks.createHook>[0]['init']>;

const { createHook, executionAsyncId } = hooks;
const { runInAsyncScope } = AsyncResource.prototype;
const running = new AsyncLocalStorage<number>();
/** What `node:test` calls the resources that are tests. */
const TESTS = new Set(['Test', 'Suite', 'TestHook']);
let note: Init = () => {};

hooks.createHook = (callbacks) => {
  if (!/test_runner/u.test(new Error().stack ?? '')) return createHook(callbacks);
  note = callbacks.init ?? note;
  const hook = { enable: () => hook, disable: () => hook };
  return hook;
};

hooks.executionAsyncId = () => running.getStore() ?? executionAsyncId();

AsyncResource.prototype.runInAsyncScope = function inContext(
  this: AsyncResource,
  fn: (...args: unknown[]) => unknown,
  self?: unknown,
  ...args: unknown[]
) {
  if (!TESTS.has(this.constructor.name)) return runInAsyncScope.call(this, fn, self, ...args);
  const id = this.asyncId();
  note(id, '', this.triggerAsyncId(), this);
  const run = (): unknown => running.run(id, () => Reflect.apply(fn, self, args));
  return runInAsyncScope.call(this, run);
} as typeof runInAsyncScope;
