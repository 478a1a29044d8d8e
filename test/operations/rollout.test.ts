/** How far organisations have come: counted once for each change, shown, reminded of, put off. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { addGroup } from '../../src/operations/groups/add-group.ts';
import { addOrganisation } from '../../src/operations/organisations/add-organisation.ts';
import { deriveEntry } from '../../src/operations/people/list/derive-entry.ts';
import { followPerson } from '../../src/operations/people/list/follow-person.ts';
import { extendGrace, LONGEST_EXTENSION } from '../../src/operations/rollout/extend-grace.ts';
import { remindPerson, REMIND_EVERY } from '../../src/operations/rollout/remind-person.ts';
import {
  countRollouts,
  countEarlierOrganisations,
} from '../../src/operations/rollout/count-rollouts.ts';
import { MOST_REMINDED, remindAll } from '../../src/operations/rollout/remind.ts';
import { showRollout } from '../../src/operations/rollout/show-rollout.ts';
import { appUseCollection, appsUsedBy, recordAppUse } from '../../src/records/lists/app-use.ts';
import {
  COUNT_EVERY,
  countAnew,
  getRollout,
  rolloutCollection,
} from '../../src/records/lists/rollout.ts';
import { changePerson, insertPerson, type Person } from '../../src/records/person.ts';
import { valueOf } from '../../src/result.ts';
import { performedByOperator } from '../support/by-operator.ts';
import {
  by,
  codeOf,
  eventsIn,
  mailsIn,
  NOW,
  useAdministration,
} from '../support/administration.ts';
import { writesOf } from '../support/staff.ts';

const DAY = 86_400_000;
const at = useAdministration();
const operator = performedByOperator(NOW);

let people = 0;
async function person(organisation: string, fields: Partial<Person> = {}): Promise<Person> {
  people += 1;
  const id = `${organisation}-${people}`;
  const names = { organisation, login: id, email: `${id}@x.test`, name: `Person ${people}` };
  const made = await insertPerson(at.store, { id, ...names, createdAt: NOW, ...fields });
  await deriveEntry(at.store, id);
  return made;
}

const organisation = async (name: string, mfaFrom: number | null = null): Promise<string> =>
  valueOf(await addOrganisation(at.parts(), operator, { name, mfa: 'required', mfaFrom })).id;

const totp = { authenticators: [{ id: 'a', secret: 's', createdAt: 0 }] };

describe('the use of an app', () => {
  it('is written once a day, and forgotten after thirty', async () => {
    const use = { person: 'p', client: 'c', at: NOW };
    const writes = await writesOf(at.store, async () => {
      for (const more of [0, 1, 2, DAY]) await recordAppUse(at.store, { ...use, at: NOW + more });
    });
    assert.deepEqual(writes, ['update app_use', 'update app_use']);
    assert.deepEqual((await appsUsedBy(at.store, 'p', NOW + 31 * DAY)).apps, ['c']);
    assert.deepEqual((await appsUsedBy(at.store, 'p', NOW + 33 * DAY)).apps, []);
    assert.equal(await recordAppUse(at.store, { ...use, byPassword: true }), true);
    assert.equal(await recordAppUse(at.store, { ...use, byPassword: true }), false);
    const known = await at.store.get(appUseCollection, 'p c');
    assert.equal(known?.passwordDay !== null, true);
  });
});

describe('an organisation', () => {
  let id: string;
  let group: string;
  const board = async () => valueOf(await showRollout(at.parts(), operator, id));
  const count = (now: number) => countRollouts(at.store, () => now);
  before(async () => {
    id = await organisation('Counted', NOW + DAY);
    group = valueOf(
      await addGroup(at.parts(), operator, { organisation: id, name: 'Sales', description: '' }),
    ).id;
    await person(id, totp);
    const late = await person(id, { mfa: 'required', groups: [group] });
    await followPerson(at.store, { person: late.id, groups: [group] });
    await person(id);
    await person(id, { active: false });
    await person(id, { role: 'helpdesk' });
  });

  it('is counted, with its groups, by one of two at once', async () => {
    await Promise.all([count(NOW), count(NOW)]);
    const { counts, madeAt, groups } = await board();
    assert.deepEqual(counts, {
      enrolled: 1,
      email: 0,
      grace: 1,
      overdue: 2,
      open: 0,
      people: 4,
      mailPassword: 0,
      neverSignedIn: 4,
    });
    assert.equal(madeAt, NOW);
    assert.deepEqual(
      groups.map(({ name, counts: { people: all, overdue } }) => [name, all, overdue]),
      [['Sales', 1, 1]],
    );
  });

  it('is counted anew when something has changed, a minute later at the soonest', async () => {
    assert.deepEqual(await writesOf(at.store, () => count(NOW + COUNT_EVERY)), []);
    const more = await person(id);
    const again = await writesOf(at.store, () => deriveEntry(at.store, more.id));
    assert.ok(!again.includes('update rollout'), 'it waits already');
    assert.deepEqual(await writesOf(at.store, () => count(NOW + 1)), []);
    await count(NOW + COUNT_EVERY);
    assert.equal((await board()).counts.grace, 2);
  });

  it('is counted again by itself when a day of grace is over', async () => {
    await count(NOW + DAY);
    const { counts } = await board();
    assert.deepEqual([counts.grace, counts.overdue], [0, 4]);
  });

  it('keeps what changes while it is counted for the next time, and outlives who counted', async () => {
    await countAnew(at.store, id);
    const then = NOW + 2 * DAY;
    const broken = await writesOf(at.store, () =>
      countRollouts(
        at.store,
        () => then,
        () => true,
      ).catch(() => {}),
    );
    assert.ok(broken.length <= 1);
    await count(then);
    await countAnew(at.store, id);
    const before_ = await getRollout(at.store, id);
    await at.store.put(rolloutCollection, id, {
      ...before_!,
      seen: before_!.changes,
      leasedUntil: then + 1000,
    });
    await countAnew(at.store, id);
    await count(then + 500);
    assert.equal((await board()).madeAt, then);
    await count(then + COUNT_EVERY);
    assert.equal((await board()).madeAt, then + COUNT_EVERY);
  });

  it('is shown to its own, and to nobody else', async () => {
    const roles = ['auditor', 'organisation-administrator', 'administrator'] as const;
    for (const role of roles) {
      const who = await at.somebody(role);
      const elsewhere = role === 'administrator' ? 'ok' : 'not-found';
      assert.equal(await codeOf(showRollout(at.parts(), by(who), id)), elsewhere, role);
    }
    const help = await at.somebody('helpdesk');
    assert.equal(await codeOf(showRollout(at.parts(), by(help), 'acme')), 'not-allowed');
    await countEarlierOrganisations(at.store);
    const own = await at.somebody('auditor', 'acme', 'own');
    assert.equal(await codeOf(showRollout(at.parts(), by(own), 'acme')), 'ok');
  });
});

describe('a reminder', () => {
  it('goes to whoever is late, once a day, with its event in one write', async () => {
    const id = await organisation('Late');
    const [late, done] = [await person(id), await person(id, totp)];
    const boss = by(await at.somebody('administrator'));
    assert.equal(await codeOf(remindPerson(at.parts(), boss, done.id)), 'nothing-to-remind');
    const writes = await writesOf(at.store, async () => {
      assert.equal(await codeOf(remindPerson(at.parts(), boss, late.id)), 'ok');
    });
    assert.deepEqual(writes, ['update person']);
    const stored = await at.stored(late.id);
    assert.deepEqual([mailsIn(stored), stored.remindedAt], [1, NOW]);
    assert.equal(eventsIn(stored).at(-1)?.type, 'person.reminded');
    const soon = { ...boss, now: NOW + REMIND_EVERY - 1 };
    assert.equal(await codeOf(remindPerson(at.parts(), soon, late.id)), 'reminded-already');
    const both = await Promise.all(
      [1, 2].map(() =>
        codeOf(remindPerson(at.parts(), { ...boss, now: NOW + REMIND_EVERY }, late.id)),
      ),
    );
    assert.deepEqual(both.toSorted(), ['ok', 'reminded-already']);
  });

  it('of an organisation is sent to those who need it', async () => {
    const id = await organisation('Later');
    for (const fields of [{}, {}, totp, { active: false }]) await person(id, fields);
    const all = { organisation: id, group: null };
    const boss = by(await at.somebody('administrator'));
    const first = valueOf(await remindAll(at.parts(), boss, all));
    assert.deepEqual(first, { mailed: 2, already: 0, isMore: false });
    const second = valueOf(await remindAll(at.parts(), boss, all));
    assert.deepEqual(second, { mailed: 0, already: 2, isMore: false });
    const own = await at.somebody('organisation-administrator');
    assert.equal(await codeOf(remindAll(at.parts(), by(own), all)), 'not-found');
  });

  it('comes to everybody, a few hundred at a time, and to nobody twice', async () => {
    const id = await organisation('Large');
    for (let added = 0; added < 250; added += 1) await person(id, {});
    const all = { organisation: id, group: null };
    const boss = by(await at.somebody('administrator'));
    const acts: [mailed: number, already: number][] = [];
    let after: string | undefined;
    do {
      const act = valueOf(await remindAll(at.parts(), boss, all, after));
      acts.push([act.mailed, act.already]);
      assert.equal(act.isMore, act.next !== undefined);
      assert.ok(act.mailed <= MOST_REMINDED);
      after = act.next;
    } while (after !== undefined);
    assert.deepEqual(
      [acts.length > 1, acts.reduce((sum, [mailed]) => sum + mailed, 0)],
      [true, 250],
    );
    assert.ok(acts.every(([, already]) => already === 0));
    const rubbish = valueOf(await remindAll(at.parts(), boss, all, 'rubbish'));
    assert.deepEqual([rubbish.mailed, rubbish.already], [0, 250], 'it begins anew');
  });
});

describe('more time', () => {
  const input = { until: NOW + 10 * DAY, reason: 'On leave' };

  it('is given once, with a reason, and is told', async () => {
    const id = await organisation('Patient');
    const late = await person(id);
    const boss = by(await at.somebody('administrator'));
    const give = (more: Partial<typeof input> = {}) =>
      codeOf(extendGrace(at.parts(), boss, late.id, { ...input, ...more }));
    assert.equal(await give({ reason: '' }), 'reason-missing');
    assert.equal(await give({ reason: 'x'.repeat(201) }), 'reason-format');
    assert.equal(await give({ until: NOW }), 'grace-past');
    assert.equal(await give({ until: NOW + (LONGEST_EXTENSION + 1) * DAY }), 'grace-long');
    assert.equal(await give(), 'ok');
    assert.equal(await give({ until: NOW + 20 * DAY }), 'grace-extended');
    const stored = await at.stored(late.id);
    assert.deepEqual(stored.graceExtension, { ...input, at: NOW });
    assert.equal(mailsIn(stored), 1);
    const event = eventsIn(stored).at(-1);
    assert.deepEqual(
      [event?.type, event?.details['reason']],
      ['person.grace-extended', 'On leave'],
    );
  });

  it('is given to nobody with a role, and to nobody who needs none', async () => {
    const id = await organisation('Strict');
    const boss = by(await at.somebody('administrator'));
    const cases: [Partial<Person>, string][] = [
      [{ role: 'auditor' }, 'grace-duties'],
      [totp, 'grace-nothing'],
      [{}, 'ok'],
    ];
    for (const [fields, code] of cases) {
      const { id: whom } = await person(id, fields);
      assert.equal(await codeOf(extendGrace(at.parts(), boss, whom, input)), code);
    }
    const graceful = await organisation('Graceful', NOW + 20 * DAY);
    const { id: whom } = await person(graceful);
    assert.equal(await codeOf(extendGrace(at.parts(), boss, whom, input)), 'grace-earlier');
    const help = by(await at.somebody('helpdesk'));
    assert.equal(await codeOf(extendGrace(at.parts(), help, whom, input)), 'not-allowed');
    await changePerson(at.store, whom, () => ({
      set: { organisation: 'acme' },
      result: undefined,
    }));
    assert.equal(
      await codeOf(extendGrace(at.parts(), { ...boss, fresh: false }, whom, input)),
      'fresh-factor-needed',
    );
  });
});
