/** Imports in the console: looked through first, put in by a second word, gone on with by whoever is there. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Performed } from '../../src/audit/performed.ts';
import { changeOrganisation } from '../../src/operations/organisations/change-organisation.ts';
import { disablePerson } from '../../src/operations/people/disable-person.ts';
import { MOST_LINES } from '../../src/operations/people/import/import-file.ts';
import {
  beginImport,
  discardImport,
  goOnWithImports,
  listImports,
  MOST_IMPORTS,
  showImport,
  startImport,
  type ImportJobInput,
} from '../../src/operations/people/import/import-job.ts';
import { LEASE } from '../../src/operations/people/import/run-import.ts';
import { lockDownPerson } from '../../src/operations/people/security/lock-down-person.ts';
import {
  IMPORT_LIVES,
  importJobCollection,
  importPieceCollection,
  type ImportJob,
} from '../../src/records/lists/import-job.ts';
import { findPerson, listPeople } from '../../src/records/person.ts';
import { valueOf, type Result } from '../../src/result.ts';
import { performedByOperator } from '../support/by-operator.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';
import { NO_NOTICES, NO_RELAY } from '../support/operator.ts';
import { addStaff, performedBy, writesOf } from '../support/staff.ts';

const NOW = 4_000_000_000_000;
const admin = performedBy('administrator', NOW);
const own = performedBy('organisation-administrator', NOW);

let fresh: FreshStore;
before(async () => {
  fresh = await openFreshStore(NOW);
  await addStaff(fresh);
  valueOf(await changeOrganisation(parts(), admin, 'acme', { domains: ['acme.test'] }));
});
after(() => fresh.close());

const parts = () => ({
  store: fresh.store,
  vault: fresh.vault,
  relay: NO_RELAY,
  notices: NO_NOTICES,
});
const usual: ImportJobInput = {
  file: 'people.csv',
  format: 'csv',
  mode: 'upsert',
  key: 'login',
  organisation: 'acme',
};
const begin = (text: string, by: Performed = admin, more: Partial<ImportJobInput> = {}) =>
  beginImport(parts(), by, { ...usual, ...more }, Buffer.from(text));
const show = async (id: string, by = admin): Promise<ImportJob> =>
  valueOf(await showImport(parts(), by, id));
const codeOf = async (result: Promise<Result<unknown>>): Promise<string> => {
  const settled = await result;
  return settled.ok ? 'ok' : settled.problem.code;
};
const counts = ({ progress }: ImportJob): string => {
  const { created, updated, unchanged, badLines } = progress;
  const bad = badLines.map(({ line, code }) => `${line} ${code}`);
  return [`+${created} ~${updated} =${unchanged}`, ...bad].join(', ');
};
/** So many people, whose names begin so. */
const file = (name: string, count: number): string =>
  [
    'login,email,name',
    ...Array.from({ length: count }, (_, at) => `${name}${at},${name}${at}@acme.test,N ${at}`),
  ].join('\n');
const pieces = async (): Promise<number> =>
  (await fresh.store.scan(importPieceCollection, { limit: 1000 })).items.length;
const everybody = async (name: string): Promise<number> => {
  const all = await Array.fromAsync(listPeople(fresh.store));
  return all.filter(({ login }) => login.startsWith(name)).length;
};
const forget = async (id: string) => valueOf(await discardImport(parts(), admin, id));

describe('a small file', () => {
  it('is looked through at once, and its people are in by a second word, once', async () => {
    const bad = `${file('small', 2)}\nsmall9,small9@gmail.example,Outside\nsmall0,dup@acme.test,Twice\n`;
    const id = valueOf(await begin(bad));
    const looked = await show(id);
    assert.deepEqual([looked.isDry, looked.isDone, looked.lines], [true, true, 5]);
    assert.equal(counts(looked), '+2 ~0 =0, 4 email-domain, 5 login-taken');
    assert.equal(await findPerson(fresh.store, 'small0'), undefined);

    const both = await Promise.all([1, 2].map(() => codeOf(startImport(parts(), admin, id))));
    assert.deepEqual(both, ['ok', 'ok']);
    const done = await show(id);
    assert.deepEqual([done.isDry, done.isDone, done.problem], [false, true, null]);
    assert.equal(counts(done), '+2 ~1 =0, 4 email-domain');
    assert.deepEqual(done.wouldBe, { created: 2, updated: 0, unchanged: 0, bad: 2 });
    assert.equal((await findPerson(fresh.store, 'small0'))?.name, 'Twice');
    assert.equal(await pieces(), 0, 'the file is not kept any longer');
    await forget(id);
  });

  it('that can’t be read says why, and is not put in', async () => {
    const id = valueOf(await begin('login,nme\nx,y\n'));
    const shown = await show(id);
    assert.deepEqual([shown.isDone, shown.problem?.code], [true, 'import-columns']);
    assert.equal(await codeOf(startImport(parts(), admin, id)), 'import-nothing');
    await forget(id);
    const none = valueOf(await begin('login,email,name\nx,,\n'));
    assert.equal(await codeOf(startImport(parts(), admin, none)), 'import-nothing');
    await forget(none);
  });
});

describe('a large file', () => {
  it('is gone on with by whoever looks for work: behind what was written down', async () => {
    const id = valueOf(await begin(file('large', 1_300)));
    assert.deepEqual(
      [(await show(id)).isDone, await codeOf(startImport(parts(), admin, id))],
      [false, 'import-running'],
    );
    await goOnWithImports(parts(), () => NOW);
    assert.equal(counts(await show(id)), '+1300 ~0 =0');
    assert.equal(await everybody('large'), 0);

    valueOf(await startImport(parts(), admin, id));
    let looks = 0;
    // Closed after some hundred lines.
    await goOnWithImports(
      parts(),
      () => NOW,
      () => (looks += 1) > 6,
    );
    const half = await show(id);
    assert.ok(!half.isDone && half.progress.created > 0 && half.progress.created < 1_300);
    assert.equal(await everybody('large'), half.progress.created);
    await goOnWithImports(parts(), () => NOW);
    assert.equal(counts(await show(id)), '+1300 ~0 =0');
    assert.equal(await everybody('large'), 1_300);
    await forget(id);
  });

  it('is one process’s until its lease is over, and no line of it is done twice', async () => {
    const id = valueOf(await begin(file('lease', 1_100)));
    await goOnWithImports(parts(), () => NOW);
    valueOf(await startImport(parts(), admin, id));
    // Killed before anything of what it did was written down.
    const job = await show(id);
    await fresh.store.update(importJobCollection, id, (at) =>
      at ? { put: { ...at, leasedUntil: NOW + LEASE }, result: null } : { result: null },
    );
    const wrote = await writesOf(fresh.store, () => goOnWithImports(parts(), () => NOW));
    assert.deepEqual(wrote, []);
    await Promise.all([1, 2].map(() => goOnWithImports(parts(), () => NOW + LEASE)));
    assert.equal((await show(id)).progress.created, 1_100);
    // The same once more, from its start: all are there.
    await fresh.store.put(importJobCollection, id, job, { expiresAt: NOW + IMPORT_LIVES });
    await goOnWithImports(parts(), () => NOW);
    assert.equal((await show(id)).problem?.code, 'import-gone', 'its file is not kept any longer');
    assert.equal(await everybody('lease'), 1_100);
    await forget(id);
  });

  it('does not wait for a process that had it while the clock was ahead', async () => {
    const id = valueOf(await begin(file('ahead', 1_100)));
    await fresh.store.update(importJobCollection, id, (at) =>
      at ? { put: { ...at, leasedUntil: NOW + 3600_000 }, result: null } : { result: null },
    );
    await goOnWithImports(parts(), () => NOW);
    assert.ok((await show(id)).isDone);
    await forget(id);
  });

  it('ends with whoever began it', async () => {
    const id = valueOf(await begin(file('gone', 1_100), own, {}));
    await goOnWithImports(parts(), () => NOW);
    valueOf(await startImport(parts(), own, id));
    valueOf(await disablePerson(parts(), performedByOperator(NOW), own.actor.id ?? ''));
    await goOnWithImports(parts(), () => NOW);
    const job = await fresh.store.get(importJobCollection, id);
    assert.deepEqual([job?.isDone, job?.problem?.code], [true, 'not-allowed']);
    assert.equal(await everybody('gone'), 0);
    await fresh.store.delete(importJobCollection, id);
    const enabled = await fresh.store.get(importJobCollection, id);
    assert.equal(enabled, undefined);
  });

  it('ends with the sessions of whoever began it, and not with others of theirs', async () => {
    const id = valueOf(await begin(file('locked', 1_100)));
    await goOnWithImports(parts(), () => NOW);
    valueOf(await startImport(parts(), admin, id));
    let looks = 0;
    const isClosed = (): boolean => (looks += 1) > 3;
    await goOnWithImports(parts(), () => NOW, isClosed);
    const before = await everybody('locked');
    assert.ok(before > 0 && before < 1_100);
    const lockDown = { until: 'password' } as const;
    valueOf(
      await lockDownPerson(parts(), performedByOperator(NOW), admin.actor.id ?? '', lockDown),
    );
    await goOnWithImports(parts(), () => NOW);
    const job = await show(id);
    assert.deepEqual([job.isDone, job.problem?.code], [true, 'not-allowed']);
    assert.equal(await everybody('locked'), before);
    await forget(id);
    const anew = valueOf(await begin('login,email,name\nanew,anew@acme.test,Anew\n'));
    valueOf(await startImport(parts(), admin, anew));
    assert.ok(await findPerson(fresh.store, 'anew'));
    await forget(anew);
  });

  it('is refused when it has too many lines, or there are too many', async () => {
    const many = `login\n${'x\n'.repeat(MOST_LINES)}`;
    assert.equal(await codeOf(begin(many)), 'import-lines');
    const ids = [];
    for (let at = 0; at < MOST_IMPORTS; at += 1) ids.push(valueOf(await begin('login\nx\n')));
    assert.equal(await codeOf(begin('login\nx\n')), 'import-limit');
    assert.equal(valueOf(await listImports(parts(), admin)).length, MOST_IMPORTS);
    for (const id of ids) await forget(id);
    assert.deepEqual(valueOf(await listImports(parts(), admin)), []);
  });
});

describe('an import', () => {
  it('is its administrator’s alone, with a fresh proof, and into their own organisation', async () => {
    const id = valueOf(await begin('login,email,name\nwho,who@acme.test,Who\n'));
    const other = performedBy('auditor', NOW);
    assert.equal(await codeOf(showImport(parts(), other, id)), 'not-found');
    for (const act of [startImport, discardImport]) {
      assert.equal(await codeOf(act(parts(), other, id)), 'not-allowed');
      const stale = { ...admin, fresh: false };
      assert.equal(await codeOf(act(parts(), stale, id)), 'fresh-factor-needed');
    }
    for (const role of ['auditor', 'helpdesk', 'member'] as const)
      assert.equal(await codeOf(begin('login\nx\n', performedBy(role, NOW))), 'not-allowed', role);
    assert.equal(await codeOf(begin('login\nx\n', performedByOperator(NOW))), 'not-allowed');
    assert.equal(
      await codeOf(begin('login\nx\n', admin, { organisation: 'none' })),
      'organisation-unknown',
    );
    assert.ok((await show(id)).isDone);
    await forget(id);
    assert.equal(await codeOf(showImport(parts(), admin, id)), 'not-found');
  });
});
