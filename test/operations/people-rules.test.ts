/** Changing, enabling and moving people, the last administrator, and the link that the operator hands over. */
import { performedByOperator } from '../support/by-operator.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Performed } from '../../src/audit/performed.ts';
import { disablePerson } from '../../src/operations/people/disable-person.ts';
import { enablePerson } from '../../src/operations/people/enable-person.ts';
import { makePasswordLink } from '../../src/operations/people/make-password-link.ts';
import { resetFactors } from '../../src/operations/people/reset-factors.ts';
import { unlockPerson } from '../../src/operations/people/unlock-person.ts';
import { updatePerson, type PersonUpdate } from '../../src/operations/people/update-person.ts';
import { endedBy } from '../../src/policy/revocation/ended-fields.ts';
import { linkCollection } from '../../src/records/link.ts';
import { personCollection, type Role } from '../../src/records/person.ts';
import {
  by,
  codeOf,
  eventsIn,
  factorOf,
  NOW,
  useAdministration,
  type Parts,
} from '../support/administration.ts';
import { openFreshStore } from '../support/fresh-store.ts';
import { addPerson } from '../support/operator.ts';
import { countWrites, doBetween } from '../support/watched-store.ts';

const at = useAdministration();

const update = (input: PersonUpdate) => (parts: Parts, performed: Performed, id: string) =>
  updatePerson(parts, performed, id, input);

describe('changing a person', () => {
  it('writes and records nothing where nothing is different', async () => {
    const target = await at.somebody();
    const same = {
      name: target.name,
      role: 'member',
      organisation: 'acme',
      mfa: 'inherit',
    } as const;
    const answer = await updatePerson(at.parts(), performedByOperator(NOW), target.id, same);
    assert.deepEqual(answer, { ok: true, value: {} });
    const chief = await at.somebody('organisation-administrator', 'acme', 'chief');
    assert.deepEqual(await updatePerson(at.parts(), by(chief), target.id, same), answer);
    assert.deepEqual(await at.stored(target.id), target);
    const helper = await at.somebody('helpdesk', 'acme', 'helper');
    assert.equal(await codeOf(update(same)(at.parts(), by(helper), target.id)), 'not-allowed');
  });

  it('gives a role up to one’s own rank', async () => {
    const target = await at.somebody();
    const chief = await at.somebody('organisation-administrator', 'acme', 'chief');
    const give = (performed: Performed, role: Role) =>
      codeOf(update({ role })(at.parts(), performed, target.id));
    assert.equal(await give(by(chief), 'administrator'), 'not-allowed');
    assert.deepEqual(await at.stored(target.id), target);
    assert.equal(await give(by(chief), 'organisation-administrator'), 'ok');
    const root = await at.somebody('administrator', 'acme', 'root');
    assert.equal(await give(by(root), 'administrator'), 'ok');
  });

  it('moves them as an administrator of the installation alone, and there they are a member', async () => {
    await at.somebody('member', 'beta', 'other');
    const target = await at.somebody('organisation-administrator');
    const chief = await at.somebody('organisation-administrator', 'acme', 'chief');
    const root = await at.somebody('administrator', 'acme', 'root');
    const move = (performed: Performed, id: string, input: PersonUpdate) =>
      codeOf(update(input)(at.parts(), performed, id));
    const member = await at.somebody('member', 'acme', 'moved');
    assert.equal(await move(by(chief), member.id, { organisation: 'beta' }), 'not-allowed');
    assert.equal(await move(by(chief), member.id, { organisation: 'nowhere' }), 'not-allowed');
    assert.equal(
      await move(by(root), target.id, { organisation: 'nowhere' }),
      'organisation-unknown',
    );

    assert.equal(await move(by(root), target.id, { organisation: 'beta' }), 'ok');
    const now = await at.stored(target.id);
    assert.deepEqual([now.organisation, now.role], ['beta', 'member']);
    assert.equal(now.epoch, endedBy(target, 'moved', 'role-changed').epoch);
    assert.deepEqual(eventsIn(now).at(-1)?.details, {
      role: 'organisation-administrator → member',
      organisation: 'acme → beta',
    });
    const both = { organisation: 'acme', role: 'auditor' } as const;
    assert.equal(await move(by(root), target.id, both), 'ok');
    assert.equal((await at.stored(target.id)).role, 'auditor');
  });

  it('is refused for what can not be', async () => {
    const target = await at.somebody();
    const refusals: [PersonUpdate, string][] = [
      [{ name: ' ' }, 'name-format'],
      [{ mfaFrom: NOW }, 'grace-past'],
      [{ factors: ['one-time-codes'] }, 'factors-companion'],
    ];
    for (const [input, code] of refusals)
      assert.equal(
        await codeOf(update(input)(at.parts(), performedByOperator(NOW), target.id)),
        code,
      );
    assert.deepEqual(await at.stored(target.id), target);
  });
});

describe('enabling', () => {
  it('is one write with its event, and ends what was issued; a second time it is nothing', async () => {
    const target = await at.somebody();
    const chief = await at.somebody('organisation-administrator', 'acme', 'chief');
    await disablePerson(at.parts(), performedByOperator(NOW), target.id);
    const disabled = await at.stored(target.id);
    const { store, writes } = countWrites(at.store);
    const enable = () => enablePerson(at.parts(store), by(chief), target.id);
    assert.deepEqual(await enable(), { ok: true, value: true });
    assert.deepEqual(writes, [`update person ${target.id}`]);
    const enabled = await at.stored(target.id);
    assert.deepEqual([enabled.active, enabled.epoch], [true, endedBy(disabled, 'enabled').epoch]);
    const event = eventsIn(enabled).at(-1);
    assert.deepEqual([event?.type, event?.actorId], ['person.changed', chief.id]);
    assert.deepEqual(event?.details, { active: 'false → true' });
    assert.deepEqual(await enable(), { ok: true, value: false });
    assert.deepEqual(await at.stored(target.id), enabled);
  });
});

describe('a mail that was sealed for an address', () => {
  for (const does of [unlockPerson, resetFactors])
    it(`does not go there when it is theirs no more (${does.name})`, async () => {
      const target = await at.somebody();
      const elsewhere = { email: `new-${does.name}@acme.test` };
      const store = doBetween(at.store, `get person ${target.id}`, async () => {
        const put = { ...(await at.stored(target.id)), ...elsewhere };
        await at.store.put(personCollection, target.id, put);
      });
      assert.equal(
        await codeOf(does(at.parts(store), performedByOperator(NOW), target.id)),
        'changed-meanwhile',
      );
      assert.deepEqual(await at.stored(target.id), { ...target, ...elsewhere });
      assert.equal(await codeOf(does(at.parts(), performedByOperator(NOW), target.id)), 'ok');
    });
});

describe('the last administrator', () => {
  it('is put back with an event, when two take the administration from each other', async () => {
    const own = await openFreshStore(NOW);
    const administrator = (login: string) => {
      const names = { organisation: 'acme', login, email: `${login}@acme.test`, name: login };
      const role = 'administrator';
      return addPerson(own.store, { ...names, role, ...factorOf(role) }, NOW);
    };
    const [a, b] = [await administrator('a'), await administrator('b')];
    const store = doBetween(own.store, 'find person', async () => {
      const parts = at.parts(own.store);
      assert.equal(await codeOf(disablePerson(parts, by(a), b.id)), 'ok');
    });
    const answer = await codeOf(disablePerson(at.parts(store), by(b), a.id));
    const now = await own.store.get(personCollection, a.id);
    await own.close();
    assert.equal(answer, 'last-administrator');
    assert.ok(now?.active);
    const types = eventsIn(now).map(({ type }) => type);
    assert.deepEqual(types, ['person.added', 'person.disabled', 'person.changed']);
    const event = eventsIn(now).at(-1);
    assert.deepEqual(event?.reasons, ['last-administrator']);
    assert.deepEqual([event?.details, event?.actorId], [{ active: 'false → true' }, b.id]);
  });
});

describe('a link that the operator hands over', () => {
  it('is one write with its event, and nobody else’s to make', async () => {
    const target = await at.somebody();
    const { store, writes } = countWrites(at.store);
    const parts = at.parts(store);
    const root = await at.somebody('administrator', 'acme', 'root');
    assert.equal(await codeOf(makePasswordLink(parts, by(root), target.id)), 'not-allowed');
    assert.equal(
      await codeOf(makePasswordLink(parts, performedByOperator(NOW), 'nobody')),
      'person-unknown',
    );
    assert.deepEqual(writes, []);

    const made = await makePasswordLink(parts, performedByOperator(NOW), target.id);
    assert.match(
      made.ok ? made.value : '',
      /^https:\/\/id\.acme\.test\/set-password\?token=\S{43}$/u,
    );
    const [write, ...more] = writes;
    const id = /^insert link (\S+)$/u.exec(write ?? '')?.[1] ?? '';
    assert.deepEqual([more, parts.soon], [[], [`link ${id}`]]);
    const link = await at.store.get(linkCollection, id);
    const [event] = eventsIn(link ?? {});
    assert.deepEqual(
      [event?.type, event?.actor, event?.person],
      ['password.link', 'operator', target.id],
    );
    assert.deepEqual(link?.for, {
      purpose: 'set-password',
      person: target.id,
      epoch: target.epoch,
    });
    assert.deepEqual(await at.stored(target.id), target);
  });
});
