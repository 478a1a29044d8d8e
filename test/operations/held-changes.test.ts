/** What is changed is answered when it holds on every process. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { holdChanges } from '../../src/operations/held-changes.ts';
import { cachedOrganisations } from '../../src/oidc/clients/known-organisations.ts';
import { removeClient } from '../../src/operations/clients/remove-client.ts';
import { clientCollection } from '../../src/records/client.ts';
import { groupCollection } from '../../src/records/group.ts';
import { organisationCollection, updateOrganisation } from '../../src/records/organisation.ts';
import { personCollection } from '../../src/records/person.ts';
import { HALF_SECOND, halfSecond } from '../../src/timing/half-second.ts';
import { pauseFor } from '../../src/timing/pause.ts';
import { valueOf } from '../../src/result.ts';
import { byOperator, performedByOperator } from '../support/by-operator.ts';
import { useInstallation } from '../support/command-line.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';

let fresh: FreshStore;
before(async () => {
  fresh = await openFreshStore();
  await operator().addOrganisation({ name: 'Acme', id: 'acme', mfa: 'optional' });
});
after(() => fresh.close());

const operator = () => byOperator({ ...fresh, now: () => fresh.clock.now });

/** `waited`: milliseconds, once each. The clock stands, however slow the machine is. */
function setting() {
  const waited: number[] = [];
  const pause = async (ms: number): Promise<void> => void waited.push(ms);
  const held = holdChanges(fresh.store, pause, () => 0);
  return { ...held, waited };
}

const isWhole = (ms: number | undefined): boolean =>
  ms !== undefined && ms > HALF_SECOND - 100 && ms < HALF_SECOND + 100;

describe('a change of what each process keeps for half a second', () => {
  it('is waited for once, however many there were', async () => {
    const { store, settled, waited } = setting();
    for (const name of ['A', 'B'])
      await updateOrganisation(store, 'acme', () => ({ set: { name }, result: undefined }));
    await settled();
    assert.equal(waited.length, 1);
    assert.ok(isWhole(waited[0]), String(waited[0]));
  });

  it('is one that was written: what was left as it is, or was not there, is answered at once', async () => {
    const { store, settled, waited } = setting();
    await store.update(organisationCollection, 'acme', () => ({ result: undefined }));
    await store.delete(clientCollection, 'nobody');
    const there = await store.get(organisationCollection, 'acme');
    assert.ok(there);
    assert.equal(await store.insert(organisationCollection, 'acme', there), false);
    await settled();
    assert.deepEqual(waited, []);
  });

  it('is none of what is read anew each time', async () => {
    const { store, settled, waited } = setting();
    await store.update(personCollection, 'p', () => ({ remove: true, result: undefined }));
    await settled();
    assert.deepEqual(waited, []);
  });

  it('may be an insertion, a replacement, or a removal', async () => {
    const group = { id: 'g', organisation: 'acme', name: 'G' } as never;
    for (const write of [
      (store: FreshStore['store']) => store.insert(groupCollection, 'g', group),
      (store: FreshStore['store']) => store.put(groupCollection, 'g', group),
      (store: FreshStore['store']) => store.delete(groupCollection, 'g'),
      (store: FreshStore['store']) => store.writeStored(groupCollection, []),
    ]) {
      const { store, settled, waited } = setting();
      await write(store);
      await settled();
      assert.equal(waited.length, 1, String(write));
    }
  });

  it('is seen by a process that has read it just before', async () => {
    const clock = { steady: 0 };
    const now = (): number => fresh.clock.now;
    // Another process, whose clock goes on while it is waited here.
    const read = (): Promise<unknown> => fresh.store.get(organisationCollection, 'acme');
    const elsewhere = halfSecond({ read, now, most: 10, steady: () => clock.steady });
    const pause = async (ms: number): Promise<void> => void (clock.steady += ms);
    const { store, settled } = holdChanges(fresh.store, pause, () => clock.steady);
    const before = await elsewhere('acme');
    await updateOrganisation(store, 'acme', () => ({ set: { name: 'New' }, result: undefined }));
    assert.equal(await elsewhere('acme'), before, 'not yet');
    await settled();
    assert.equal(((await elsewhere('acme')) as { name: string }).name, 'New');
  });

  it('is what an operation does, by the store that it is given', async () => {
    const { client } = await operator().addClient({
      name: 'Gone',
      kind: 'spa',
      redirectUris: ['https://gone.example/cb'],
    });
    const { store, settled, waited } = setting();
    const parts = { ...fresh, store, now: () => fresh.clock.now };
    valueOf(await removeClient(parts, performedByOperator(fresh.clock.now), client.id));
    await settled();
    assert.equal(waited.length, 1);
  });

  it('has been read anew by this process too, with the clock as it is', async () => {
    const organisation = cachedOrganisations(fresh.store, () => fresh.clock.now);
    await organisation('acme');
    const pause = async (ms: number): Promise<void> => void (fresh.clock.now += ms);
    const { store, settled } = holdChanges(fresh.store, pause, () => 0);
    await updateOrganisation(store, 'acme', () => ({ set: { name: 'Newer' }, result: undefined }));
    await settled();
    assert.equal((await organisation('acme'))?.name, 'Newer');
  });
});

describe('a command', () => {
  const latchkey = useInstallation();

  it('that changes an organisation or an app says so when that holds', async () => {
    const waited: number[] = [];
    const pause = async (ms: number): Promise<void> => void waited.push(ms);
    const run = async (...args: string[]): Promise<number> => {
      const { code, stderr } = await latchkey.run(args, '', { pause });
      assert.equal(code, 0, stderr);
      return waited.splice(0).length;
    };
    const add = ['--id', 'notes', '--redirect-uri', 'https://notes.example/cb'];
    assert.equal(await run('client', 'add', 'Notes', ...add), 1);
    assert.equal(await run('client', 'list'), 0);
    assert.equal(await run('org', 'add', 'Acme', '--id', 'acme'), 1);
    assert.equal(await run('org', 'set', 'acme', '--mfa', 'optional'), 1);
    assert.equal(await run('client', 'remove', 'notes', '--yes'), 1);
  });
});

describe('a pause', () => {
  it('is as long as it was asked for at least, wherever in its turn the loop is', async () => {
    const begun = performance.now();
    // A timer of this turn counts from where the turn began.
    while (performance.now() < begun + 8);
    const from = performance.now();
    await pauseFor(5);
    assert.ok(performance.now() - from >= 5);
    await pauseFor(-1);
  });
});
