/** The first page of the console: what is counted for it, whose it is to see, and what is ticked by the facts. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { auditCollection, newEvent, type NewEvent } from '../../src/audit/event.ts';
import type { Config } from '../../src/config/schema.ts';
import { mailCollection } from '../../src/mail/queue.ts';
import { clientRefusalsCollection } from '../../src/oidc/clients/refusals/client-refusals.ts';
import { countFailedSignIns } from '../../src/operations/overview/count-failed-sign-ins.ts';
import { putFirstStepsAway, showFirstSteps } from '../../src/operations/overview/first-steps.ts';
import { showOverview } from '../../src/operations/overview/show-overview.ts';
import { listEarlierPeople } from '../../src/operations/people/list/list-earlier-people.ts';
import {
  countEarlierOrganisations,
  countRollouts,
} from '../../src/operations/rollout/count-rollouts.ts';
import { clientCollection, type ClientRecord } from '../../src/records/client.ts';
import { getNoted, noteBackup, notedCollection } from '../../src/records/installation/noted.ts';
import { organisationCollection, updateOrganisation } from '../../src/records/organisation.ts';
import { personCollection } from '../../src/records/person.ts';
import { valueOf } from '../../src/result.ts';
import { codeOf } from '../support/administration.ts';
import { byOperator } from '../support/by-operator.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';
import { addStaff, performedBy, writesOf } from '../support/staff.ts';

const NOW = Date.UTC(2026, 10, 30, 12);
const DAY = 86_400_000;
const origin = { client: 'app', address: '192.0.2.1', userAgent: null };

let fresh: FreshStore;
before(async () => {
  fresh = await openFreshStore(NOW);
  await addStaff(fresh);
});
after(() => fresh.close());

const config = (more: object = {}) =>
  ({ mail: { smtp_url: 'smtp://x' }, store: { engine: 'sqlite' }, ...more }) as unknown as Config;
const overview = async (role: Parameters<typeof performedBy>[0], of = config()) =>
  valueOf(await showOverview({ store: fresh.store, config: of }, performedBy(role, NOW)));

async function fails(at: number, organisation: string | null, more: Partial<NewEvent> = {}) {
  const person = organisation === null ? undefined : { id: 'x', organisation };
  const made = newEvent({
    type: 'sign-in.password',
    outcome: 'refused',
    at,
    origin,
    person,
    ...more,
  });
  await fresh.store.insert(auditCollection, made.id, { ...made, recordedAt: at });
}

describe('wrong passwords and codes', () => {
  it('are counted by the day and organisation, each part of the log once, by one of two processes', async () => {
    await fails(NOW - DAY, 'acme');
    await fails(NOW - DAY, 'acme', { type: 'sign-in.factor' });
    await fails(NOW - DAY, 'globex');
    await fails(NOW - 3 * DAY, null, { details: { further: 40 } });
    await fails(NOW - 20 * DAY, 'acme');
    await fails(NOW - DAY, 'acme', { outcome: 'success' });
    await fails(NOW - DAY, 'acme', { type: 'sign-in.refused' });
    // Somebody may still write something of that moment.
    await fails(NOW - 10_000, 'acme');
    await Promise.all([countFailedSignIns(fresh.store, NOW), countFailedSignIns(fresh.store, NOW)]);
    const noted = await getNoted(fresh.store, 'failed-sign-ins');
    assert.deepEqual(noted?.days, {
      '2026-11-29': { acme: 2, globex: 1 },
      '2026-11-27': { '': 40 },
    });
    await countFailedSignIns(fresh.store, NOW + 60_000);
    await countFailedSignIns(fresh.store, NOW + 120_000);
    const later = await getNoted(fresh.store, 'failed-sign-ins');
    assert.deepEqual(later?.days['2026-11-30'], { acme: 1 });
    assert.deepEqual(later?.days['2026-11-29'], { acme: 2, globex: 1 });
  });

  it('are shown for 14 days: an organisation its own, the installation all, and forgotten afterwards', async () => {
    const sum = ({ failed }: Awaited<ReturnType<typeof overview>>) =>
      failed.days.reduce((all, { count }) => all + count, 0);
    const all = await overview('administrator');
    assert.equal(all.failed.days.length, 14);
    assert.equal(all.failed.days.at(-1)?.day, '2026-11-30');
    assert.equal(sum(all), 44);
    for (const role of ['auditor', 'helpdesk', 'organisation-administrator'] as const)
      assert.equal(sum(await overview(role)), 3, role);
    await countFailedSignIns(fresh.store, NOW + 15 * DAY);
    assert.deepEqual((await getNoted(fresh.store, 'failed-sign-ins'))?.days, {});
  });

  it('are not written again and again where there are none', async () => {
    const now = NOW + 20 * DAY;
    await countFailedSignIns(fresh.store, now);
    const writes = (at: number) => writesOf(fresh.store, () => countFailedSignIns(fresh.store, at));
    assert.deepEqual(await writes(now + 60_000), []);
    assert.deepEqual(await writes(now + 540_000), []);
    assert.deepEqual(await writes(now + 600_000), ['update noted']);
  });

  it('ends early where the server is closed, and goes on from what is written', async () => {
    await fresh.store.delete(notedCollection, 'failed-sign-ins');
    await countFailedSignIns(fresh.store, NOW, () => true);
    assert.equal(await getNoted(fresh.store, 'failed-sign-ins'), undefined);
    let asked = 0;
    await countFailedSignIns(fresh.store, NOW, () => (asked += 1) > 20);
    const part = await getNoted(fresh.store, 'failed-sign-ins');
    assert.ok(part && part.until < NOW - 60_000);
    await countFailedSignIns(fresh.store, NOW);
    const { days = {} } = (await getNoted(fresh.store, 'failed-sign-ins')) ?? {};
    assert.deepEqual(days['2026-11-29'], { acme: 2, globex: 1 });
  });
});

describe('the overview', () => {
  it('adds up what was counted, and writes nothing', async () => {
    await listEarlierPeople(fresh.store, () => Promise.resolve(false));
    await countEarlierOrganisations(fresh.store);
    const none = await overview('administrator');
    assert.equal(none.countedAt, null);
    await countRollouts(fresh.store, () => NOW);
    assert.deepEqual(await writesOf(fresh.store, () => overview('administrator')), []);
    const [all, own] = [await overview('administrator'), await overview('helpdesk')];
    assert.equal(all.countedAt, NOW);
    assert.ok(own.counts.people > 0);
    assert.equal(all.counts.people, own.counts.people, 'nobody is in the other one');
  });

  it('shows the installation to those who look after it alone', async () => {
    await noteBackup(fresh.store, { at: NOW - DAY, bytes: 1, documents: 1 });
    const one = { registration: null, refusals: [{} as never] };
    await fresh.store.put(clientRefusalsCollection, 'app', one);
    const { installation } = await overview('administrator');
    assert.deepEqual(installation, {
      mails: { count: 0, oldest: null },
      backup: { at: NOW - DAY, bytes: 1, documents: 1 },
      backsUpElsewhere: false,
      refused: 1,
    });
    for (const role of ['auditor', 'helpdesk', 'organisation-administrator'] as const)
      assert.equal((await overview(role)).installation, null, role);
    const elsewhere = config({ mail: {}, store: { engine: 'mongodb' } });
    const there = (await overview('administrator', elsewhere)).installation;
    assert.deepEqual([there?.mails, there?.backsUpElsewhere], [null, true]);
    const parts = { store: fresh.store, config: config() };
    assert.equal(await codeOf(showOverview(parts, performedBy('member', NOW))), 'not-allowed');
  });

  it('knows the last ten backups', async () => {
    for (let at = 0; at < 12; at += 1)
      await noteBackup(fresh.store, { at: NOW + at, bytes: at, documents: 0 });
    const { made = [] } = (await getNoted(fresh.store, 'backups')) ?? {};
    assert.deepEqual([made.length, made[0]?.at], [10, NOW + 11]);
  });
});

describe('what to do first', () => {
  const steps = async (of = config()) =>
    valueOf(
      await showFirstSteps({ store: fresh.store, config: of }, performedBy('administrator', NOW)),
    );

  it('is ticked by the facts, and by nobody', async () => {
    const { store } = fresh;
    await store.delete(notedCollection, 'backups');
    await store.delete(organisationCollection, 'globex');
    for (const role of ['auditor', 'helpdesk', 'organisation-administrator', 'member'])
      await store.delete(personCollection, role);
    assert.deepEqual(await steps(), {
      organisation: false,
      mail: false,
      app: false,
      people: true,
      backup: false,
    });
    await updateOrganisation(store, 'acme', () => ({ set: { mfa: 'optional' }, result: 0 }));
    assert.equal((await steps())?.organisation, false);
    await updateOrganisation(store, 'acme', () => ({ set: { domains: ['acme.test'] }, result: 0 }));
    assert.equal((await steps())?.organisation, true);
    await store.put(clientCollection, 'latchkey-admin', { name: 'x' } as ClientRecord);
    await store.put(clientCollection, 'latchkey-account', { name: 'x' } as ClientRecord);
    assert.equal((await steps())?.app, false);
    await store.put(clientCollection, 'wiki', { name: 'x' } as ClientRecord);
    assert.equal((await steps())?.app, true);
    const mail = { template: 'invitation', sealed: null, notAfter: null, answer: '250' };
    const ended = { ...mail, state: 'handed-over', orderedAt: NOW, attempts: 1, lease: null };
    await store.put(mailCollection, 'm', { ...ended, nextAt: null } as never);
    assert.equal((await steps())?.mail, true);
    assert.equal((await steps(config({ mail: {} })))?.mail, false);
    await noteBackup(store, { at: NOW, bytes: 1, documents: 1 });
    assert.equal((await steps())?.backup, true);
  });

  it('is put away once, by administrators of the installation', async () => {
    await byOperator({ ...fresh, now: () => NOW }).addOrganisation({ name: 'Other', mfa: 'off' });
    const by = (role: Parameters<typeof performedBy>[0]) =>
      codeOf(putFirstStepsAway(fresh, performedBy(role, NOW)));
    for (const role of ['auditor', 'helpdesk', 'organisation-administrator', 'member'] as const)
      assert.equal(await by(role), 'not-allowed', role);
    assert.ok(await steps());
    const writes = await writesOf(fresh.store, () => by('administrator'));
    assert.deepEqual(writes, ['update noted']);
    assert.equal(await steps(), null);
    const { putAwayAt } = (await getNoted(fresh.store, 'first-steps')) ?? {};
    assert.equal(putAwayAt, NOW);
    assert.equal(await by('administrator'), 'ok');
  });
});
