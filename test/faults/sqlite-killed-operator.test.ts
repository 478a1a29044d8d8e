/**
 * An operator's command killed (SIGKILL) at every commit of its act, just before it and just after: the
 * change is there with its event, or neither is.
 */
import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { auditCollection } from '../../src/audit/event.ts';
import { clientPkceCollection } from '../../src/oidc/clients/client-pkce.ts';
import { getClient } from '../../src/oidc/clients/clients.ts';
import { getOrganisation } from '../../src/records/organisation.ts';
import { relayMessages } from '../../src/server/outbox.ts';
import { createLog } from '../../src/server/log/log.ts';
import { loadConfig } from '../../src/config/load.ts';
import { byOperator, type ByOperator } from '../support/by-operator.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';
import { ENGINE } from '../support/stores.ts';
import type { KillOrder } from './kill-at-commit.ts';
import type { Act, ActOrder } from './killed-operator.ts';

const PRELOAD = new URL('./kill-at-commit.ts', import.meta.url).href;
const OPERATOR = new URL('./killed-operator.ts', import.meta.url);

let fresh: FreshStore;
let operator: ByOperator;
before(async () => {
  fresh = await openFreshStore();
  operator = byOperator({ ...fresh, now: () => fresh.clock.now });
  await operator.addOrganisation({ name: 'Acme', mfa: 'required' });
});
after(() => fresh.close());

const registered = async (id: string): Promise<void> => {
  await operator.addClient({ id, name: id, kind: 'web', redirectUris: ['https://app.test/'] });
  await fresh.store.put(clientPkceCollection, id, { sends: true, since: 1, registration: null });
};

interface Row {
  act: Act;
  prepare?: (id: string) => Promise<void>;
  /** Has it happened? Asserts that it did as a whole. */
  happened(id: string): Promise<boolean>;
}

const ROWS: readonly Row[] = [
  { act: 'client.added', happened: async (id) => (await getClient(fresh.store, id)) !== undefined },
  {
    act: 'client.changed',
    prepare: registered,
    async happened(id) {
      const client = await getClient(fresh.store, id);
      const changed = client?.requireAcr === 'mfa';
      assert.deepEqual(client?.organisations, changed ? ['acme'] : null);
      assert.equal(client?.admitted !== undefined, changed);
      return changed;
    },
  },
  {
    act: 'client.removed',
    prepare: registered,
    async happened(id) {
      const removed = (await getClient(fresh.store, id)) === undefined;
      if (removed) assert.equal(await fresh.store.get(clientPkceCollection, id), undefined);
      return removed;
    },
  },
  {
    act: 'organisation.added',
    async happened(id) {
      const organisation = await getOrganisation(fresh.store, id);
      if (organisation)
        assert.deepEqual([organisation.mfa, organisation.trustedDays], ['optional', 7]);
      return organisation !== undefined;
    },
  },
];

/** Events of that kind about that id, when everything that is to be told has been. */
async function told({ act, id }: ActOrder): Promise<number> {
  const env = { LATCHKEY_ISSUER: 'https://login.test' };
  const config = loadConfig({ cwd: fresh.folder, env });
  await relayMessages(config, fresh.store, createLog('warn', process.stderr).log, Date.now);
  const { items } = await fresh.store.scan(auditCollection, { limit: 1000 });
  return items.filter(
    ({ value }) => value.type === act && (value.client === id || value.organisation === id),
  ).length;
}

async function startOperator(): Promise<ChildProcess> {
  const child = fork(OPERATOR, { execArgv: ['--import', PRELOAD] });
  await ask(child, fresh.race);
  return child;
}

async function ask(child: ChildProcess, message: object): Promise<Record<string, number>> {
  const answered = once(child, 'message') as Promise<[Record<string, number>]>;
  child.send(message);
  return (await answered)[0];
}

/** Resolves when the process is dead. */
async function killAt(kill: KillOrder, order: ActOrder): Promise<void> {
  const child = await startOperator();
  await ask(child, kill);
  const ended = once(child, 'exit');
  child.send(order);
  const [, signal] = await ended;
  assert.equal(signal, 'SIGKILL');
}

const skip = ENGINE === 'mongodb' && 'it is about commits to SQLite';

describe('a command that is killed at every commit of its act', { skip }, () => {
  let alive: ChildProcess;
  before(async () => {
    alive = await startOperator();
  });
  after(() => alive.kill('SIGKILL'));

  for (const { act, prepare, happened } of ROWS)
    it(`${act}: both the change and its event, or neither`, async () => {
      const whole = { act, id: `${act.replace('.', '-')}-whole` };
      await prepare?.(whole.id);
      await ask(alive, { killAt: 0, when: 'before' });
      assert.deepEqual(await ask(alive, whole), { done: act });
      const { counted: commits = 0 } = await ask(alive, { commits: true });
      assert.ok(commits >= 1);
      assert.deepEqual([await happened(whole.id), await told(whole)], [true, 1]);
      for (let nth = 1; nth <= commits; nth += 1)
        for (const when of ['before', 'after'] as const) {
          const order = { act, id: `${act.replace('.', '-')}-${when}-${nth}` };
          await prepare?.(order.id);
          await killAt({ killAt: nth, when }, order);
          const did = await happened(order.id);
          assert.equal(await told(order), did ? 1 : 0, `${when} commit ${nth} of ${commits}`);
          // What the last commit is about is there from then on, and no sooner.
          assert.equal(did, nth === commits && when === 'after', `${when} commit ${nth}`);
        }
    });
});
