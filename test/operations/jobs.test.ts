/** What administrators ask for and wait for: done once, by one process at a time, gone on with, and given up at last. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { askForJob, GIVEN_UP_AFTER } from '../../src/operations/jobs/ask-for-job.ts';
import {
  runJobs,
  type JobEnd,
  type JobRunner,
  type JobRunners,
} from '../../src/operations/jobs/run-jobs.ts';
import { permission } from '../../src/operations/permission.ts';
import { Problem } from '../../src/problem.ts';
import { personCollection } from '../../src/records/person.ts';
import { getJob, jobCollection, jobId } from '../../src/records/under-way/job.ts';
import { codeOf } from '../support/administration.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';
import { addStaff, performedBy } from '../support/staff.ts';

const NOW = 4_000_000_000_000;
const DONE: JobEnd = { counts: { documents: 7, damaged: 1 }, damaged: ['person x: cut off'] };

let fresh: FreshStore;
let now = NOW;
before(async () => {
  fresh = await openFreshStore(NOW);
  await addStaff(fresh);
});
beforeEach(async () => {
  now = NOW;
  for (const id of [jobId('verify'), jobId('retire', 'kid')])
    await fresh.store.delete(jobCollection, id);
});
after(() => fresh.close());

const ask = (role: Parameters<typeof performedBy>[0] = 'administrator', fresh_ = true) =>
  codeOf(askForJob(fresh, { ...performedBy(role, now), fresh: fresh_ }, 'verify'));
const verification = () => getJob(fresh.store, 'verify');

function run(runner: JobRunner, isClosed: () => boolean = () => false): Promise<void> {
  const runners: JobRunners = {
    verify: runner,
    reseal: runner,
    'count-ends': runner,
    retire: runner,
  };
  return runJobs({ store: fresh.store, runners, now: () => now }, isClosed);
}

describe('a job', () => {
  it('is asked for by administrators of the installation, and by one at a time', async () => {
    for (const role of ['auditor', 'helpdesk', 'organisation-administrator', 'member'] as const)
      assert.equal(await ask(role), 'not-allowed', role);
    assert.equal(await verification(), undefined);
    const both = await Promise.all([ask(), ask()]);
    assert.deepEqual(both.toSorted(), ['job-running', 'ok']);
    now += GIVEN_UP_AFTER;
    assert.equal(await ask(), 'ok', 'nobody has done it');
  });

  it('that takes something away needs a fresh second step, and does what was proven then', async () => {
    const about = { kid: 'kid', leaked: true };
    const stale = { ...performedBy('administrator', now), fresh: false };
    assert.equal(await codeOf(askForJob(fresh, stale, 'retire', about)), 'fresh-factor-needed');
    await askForJob(fresh, performedBy('administrator', now), 'retire', about);
    await run((job, performed) => {
      assert.deepEqual([job.kid, job.leaked, performed.fresh], ['kid', true, true]);
      assert.deepEqual(performed.actor, { kind: 'administrator', id: 'administrator' });
      return Promise.resolve({ counts: { session: 3 } });
    });
    assert.deepEqual((await getJob(fresh.store, 'retire', 'kid'))?.counts, { session: 3 });
  });

  it('is done by nobody whose sessions have ended since they asked for it', async () => {
    const about = { kid: 'kid', leaked: true };
    await askForJob(fresh, performedBy('administrator', now), 'retire', about);
    await fresh.store.update(personCollection, 'administrator', (person) =>
      person ? { put: { ...person, epoch: person.epoch + 1 }, result: null } : { result: null },
    );
    await run(async (_job, performed) => {
      (await permission(fresh.store, performed, 'keys.retire'))({});
      return DONE;
    });
    const { problem, counts } = (await getJob(fresh.store, 'retire', 'kid')) ?? {};
    assert.deepEqual([problem?.code, counts], ['not-allowed', {}]);
    assert.equal(await ask(), 'ok', 'signed in again');
  });

  it('is done once, however many look for it, and tells how far it is', async () => {
    await ask();
    let runs = 0;
    const slow: JobRunner = async (_job, _performed, { onProgress }) => {
      runs += 1;
      onProgress(1);
      now += 1_000;
      onProgress(500);
      await run(() => Promise.reject(new Error('twice')));
      const { looked } = (await verification()) ?? {};
      assert.ok(looked === 500 || looked === 0, 'it is being written');
      return DONE;
    };
    await run(slow);
    await run(slow);
    assert.equal(runs, 1);
    const job = await verification();
    assert.deepEqual([job?.endedAt, job?.leasedUntil, job?.looked], [now, null, 500]);
    assert.deepEqual([job?.counts, job?.damaged], [DONE.counts, DONE.damaged]);
    assert.equal(await ask(), 'ok', 'asked for anew');
  });

  it('is gone on with after the server has stopped, and after a process was killed', async () => {
    await ask();
    const stopped: JobRunner = (_job, _performed, { stop, onProgress }) => {
      onProgress(1);
      stop.throwIfAborted();
      return Promise.resolve(DONE);
    };
    let closed = false;
    await run(
      (...args) => {
        closed = true;
        return stopped(...args);
      },
      () => closed,
    );
    assert.deepEqual(
      [(await verification())?.endedAt, (await verification())?.leasedUntil],
      [null, null],
    );
    const killed = run(() => Promise.reject(new Error('killed')));
    await assert.rejects(killed, /killed/u);
    await run(() => Promise.reject(new Error('too soon')));
    now += 600_000;
    await run(() => Promise.resolve(DONE));
    assert.equal((await verification())?.problem, null);
    assert.equal((await verification())?.endedAt, now);
  });

  it('does not wait for a process that was killed while the clock was ahead', async () => {
    now += 5 * 3600_000;
    await ask();
    await assert.rejects(
      run(() => Promise.reject(new Error('killed'))),
      /killed/u,
    );
    now = NOW;
    await run(() => Promise.resolve(DONE));
    assert.equal((await verification())?.endedAt, NOW);
  });

  it('says why it was not done, and is given up after an hour', async () => {
    await ask();
    const values = { kid: 'x', documents: 3 };
    await run(() => Promise.reject(new Problem('key-sealed', { values })));
    assert.deepEqual((await verification())?.problem, { code: 'key-sealed', values });
    await ask();
    now += GIVEN_UP_AFTER;
    await run(() => Promise.reject(new Error('never')));
    assert.equal((await verification())?.problem?.code, 'job-given-up');
  });

  it('that was asked for anew meanwhile is not ended by the one before', async () => {
    await ask();
    await run(async () => {
      now += GIVEN_UP_AFTER;
      assert.equal(await ask(), 'ok');
      return DONE;
    });
    const job = await verification();
    assert.deepEqual([job?.askedAt, job?.endedAt], [now, null]);
  });

  it('names fifty that are damaged at most', async () => {
    await ask();
    const damaged = Array.from({ length: 80 }, (_, at) => `person ${at}`);
    await run(() => Promise.resolve({ counts: {}, damaged }));
    assert.equal((await verification())?.damaged.length, 50);
  });
});
