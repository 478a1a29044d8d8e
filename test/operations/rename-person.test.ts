/** Another login name or address: found by the new one alone, and the old one is nobody's for a while. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Performed } from '../../src/audit/performed.ts';
import { openMail, type Mail } from '../../src/mail/mail.ts';
import { RESERVED_FOR } from '../../src/operations/people/claims.ts';
import { updatePerson, type PersonUpdate } from '../../src/operations/people/update-person.ts';
import { endedBy } from '../../src/policy/revocation/ended-fields.ts';
import {
  claimCollection,
  findPerson,
  personCollection,
  type Person,
} from '../../src/records/person.ts';
import { StoreUnavailable, type Store } from '../../src/storage/store.ts';
import { by, codeOf, eventsIn, NOW, useAdministration } from '../support/administration.ts';
import { performedByOperator } from '../support/by-operator.ts';
import { countWrites, doBetween } from '../support/watched-store.ts';

const at = useAdministration();

const rename = (person: Person, input: PersonUpdate, store = at.store, now = NOW) =>
  codeOf(updatePerson(at.parts(store), performedByOperator(now), person.id, input));
const idOf = async (name: string): Promise<string | undefined> =>
  (await findPerson(at.store, name))?.id;
/** Somebody who could sign in. */
async function somebody(name: string): Promise<Person> {
  const person = { ...(await at.somebody('member', 'acme', name)), passwordHash: 'hashed' };
  await at.store.put(personCollection, person.id, person);
  return person;
}

describe('another login name or address', () => {
  it('is one write with its event and what it ends, by whoever administers their organisation', async () => {
    const person = await somebody('once');
    const root = await at.somebody('administrator', 'acme', 'root');
    const { store, writes } = countWrites(at.store);
    const parts = at.parts(store);
    const give = (performed: Performed) =>
      codeOf(updatePerson(parts, performed, person.id, { email: 'once-more@acme.test' }));
    for (const role of ['helpdesk', 'auditor'] as const)
      assert.equal(await give(by(await at.somebody(role))), 'not-allowed', role);
    const elsewhere = by(await at.somebody('organisation-administrator', 'beta'));
    assert.equal(await give(elsewhere), 'not-found');
    assert.equal(await give(by(root, { fresh: false })), 'fresh-factor-needed');
    const written = () => writes.filter((write) => !write.includes('person '));
    assert.deepEqual(written(), [], 'nor is a name claimed');
    writes.length = 0;
    assert.equal(await give(by(root)), 'ok');
    assert.deepEqual(
      writes.filter((write) => !write.includes('claim')),
      [`update person ${person.id}`],
    );
    const now = await at.stored(person.id);
    const { actorId, type, details } = eventsIn(now).at(-1) ?? {};
    assert.deepEqual([actorId, type], [root.id, 'person.changed']);
    assert.deepEqual(details, { email: 'changed' });
    const { epoch, trustEpoch } = endedBy(person, 'mailbox-changed');
    assert.deepEqual([now.epoch, now.trustEpoch], [epoch, trustEpoch]);
  });

  it('is given to nobody of the same rank or a higher one', async () => {
    const own = by(await at.somebody('organisation-administrator'));
    for (const role of ['organisation-administrator', 'administrator'] as const) {
      const person = await at.somebody(role, 'acme', 'peer');
      for (const input of [{ email: 'taken-over@acme.test' }, { login: 'taken-over' }])
        assert.equal(await codeOf(updatePerson(at.parts(), own, person.id, input)), 'not-allowed');
    }
    const below = await at.somebody('helpdesk', 'acme', 'below');
    const given = updatePerson(at.parts(), own, below.id, { login: 'below-renamed' });
    assert.equal(await codeOf(given), 'ok');
  });

  it('finds the person, and the old one nobody, whose it can be again', async () => {
    const person = await somebody('bride');
    const names = { login: 'Married', email: 'Married@acme.test' };
    assert.equal(await rename(person, names), 'ok');
    const found = [await idOf('married'), await idOf('married@ACME.test')];
    assert.deepEqual(found, [person.id, person.id]);
    assert.equal(await idOf(person.login), undefined);
    assert.equal(await idOf(person.email), undefined);

    const other = await somebody('other');
    for (const taken of [{ login: person.login }, { email: person.email }])
      assert.equal(await rename(other, taken), 'name-reserved');
    assert.equal(await rename(person, { login: person.login }), 'ok');
    assert.equal(await idOf(person.login), person.id);
    const { act, renaming, ...claim } =
      (await at.store.get(claimCollection, `login:${person.login}`)) ?? {};
    assert.ok(act && act === renaming);
    assert.deepEqual(claim, { person: person.id, at: NOW }, 'theirs for good again');
  });

  it('that only looks different is no other one', async () => {
    const person = await somebody('shouting');
    assert.equal(await rename(person, { login: person.login.toUpperCase() }), 'ok');
    const { epoch, login } = await at.stored(person.id);
    assert.deepEqual([login, epoch], [person.login.toUpperCase(), person.epoch]);
    assert.equal(await idOf(person.login), person.id);
  });

  it('of somebody who could never sign in leaves the old one free', async () => {
    const [typo, other] = [await at.somebody('member', 'acme', 'typo'), await somebody('free')];
    assert.equal(await rename(typo, { login: `right-${typo.login}` }), 'ok');
    assert.equal(await rename(other, { login: typo.login }), 'ok');
    assert.equal(await idOf(typo.login), other.id);
  });

  it('is refused where it is somebody’s, no name, or the second address; nothing is taken', async () => {
    const [person, other] = [await somebody('refused'), await somebody('owner')];
    const secondaryEmail = { address: 'home@acme.test', verifiedAt: NOW };
    await at.store.put(personCollection, person.id, { ...person, secondaryEmail });
    const free = { login: 'still-free' };
    const refusals: [PersonUpdate, string][] = [
      [{ ...free, email: other.email }, 'email-taken'],
      [{ login: other.login }, 'login-taken'],
      [{ login: 'two words' }, 'login-format'],
      [{ ...free, email: 'nowhere' }, 'email-format'],
      [{ ...free, email: 'Home+x@acme.test' }, 'email-second'],
      [{ ...free, organisation: 'nowhere' }, 'organisation-unknown'],
    ];
    for (const [input, code] of refusals) assert.equal(await rename(person, input), code);
    assert.deepEqual(await at.stored(person.id), { ...person, secondaryEmail });
    assert.equal(await idOf(person.login), person.id);
    assert.equal(await rename(other, free), 'ok');
  });

  it('is told to both addresses, in masks; the event has no whole one', async () => {
    const person = await somebody('told');
    assert.equal(await rename(person, { email: 'elsewhere@beta.test', login: 'teller' }), 'ok');
    const { postings = [] } = await at.stored(person.id);
    const { vault } = at.parts();
    const mails: Mail[] = [];
    for (const message of postings)
      if ('mail' in message) mails.push(await openMail(vault, message.mail));
    const told = mails.map(({ to, values: { what, name } }) => [to, what, name]);
    const masked = 'el•••@b•••.test';
    assert.deepEqual(told, [
      [person.email, 'mailbox-changed', masked],
      ['elsewhere@beta.test', 'mailbox-changed', masked],
      ['elsewhere@beta.test', 'login-changed', 'teller'],
    ]);
    assert.doesNotMatch(JSON.stringify(eventsIn({ postings })), /elsewhere|told\d+-member@/u);
  });
});

describe('a renaming that is broken off', () => {
  /** Rejects as a store that went away; `done`: after it has written. */
  const breaking = (done: boolean): Store =>
    new Proxy(at.store, {
      get(target, verb: keyof Store) {
        if (verb !== 'update') return Reflect.get(target, verb).bind(target);
        return async (kind: { name: string }, ...rest: [string, never]) => {
          const isPerson = kind.name === 'person';
          if (!isPerson || done) await target.update(kind as typeof personCollection, ...rest);
          if (isPerson) throw new StoreUnavailable('away');
        };
      },
    });

  for (const done of [false, true])
    it(`leaves each name with whoever has it (${done ? 'after' : 'before'} the write)`, async () => {
      const person = await somebody(`broken-${done}`);
      const names = { login: `new-${person.login}`, email: `new-${person.email}` };
      await assert.rejects(rename(person, names, breaking(done)), StoreUnavailable);
      const [theirs, not] = done ? [names, person] : [person, names];
      for (const name of [theirs.login, theirs.email]) assert.equal(await idOf(name), person.id);
      for (const name of [not.login, not.email]) assert.equal(await idOf(name), undefined);
      const other = await somebody(`next-${done}`);
      assert.match(await rename(other, { login: not.login }), /taken/u);
      assert.equal(await rename(other, { login: not.login }, at.store, NOW + 60_000), 'ok');
      assert.equal(await idOf(not.login), other.id);
      assert.equal(await rename(person, { name: 'Same' }), 'ok');
    });

  it('by another one at the same moment takes nothing', async () => {
    const person = await somebody('twice');
    const store = doBetween(at.store, `get person ${person.id}`, async () => {
      assert.equal(await rename(person, { login: 'first-one' }), 'ok');
    });
    assert.equal(await rename(person, { login: 'second-one' }, store), 'changed-meanwhile');
    assert.deepEqual([await idOf('first-one'), await idOf('second-one')], [person.id, undefined]);
    assert.equal(await at.store.get(claimCollection, 'login:second-one'), undefined);
    const reserved = await at.store.get(claimCollection, `login:${person.login}`);
    assert.equal(reserved?.reservedUntil, NOW + RESERVED_FOR);
  });

  for (const [what, email] of [
    ['with another address', 'to-elsewhere@acme.test'],
    ['with an address that is somebody’s', undefined],
  ])
    it(`leaves the name with whoever was given it by another one at the same moment, ${what}`, async () => {
      const [person, other] = [await somebody('both'), await somebody('neighbour')];
      const login = `wanted-${person.login}`;
      const store = doBetween(at.store, `update claim login:${login}`, async () => {
        assert.equal(await rename(person, { login }), 'ok');
      });
      assert.notEqual(await rename(person, { login, email: email ?? other.email }, store), 'ok');
      assert.equal((await at.stored(person.id)).login, login);
      assert.equal(await idOf(login), person.id);
      assert.equal(await rename(other, { login }), 'login-taken');
    });

  it('takes nothing of somebody who is given their name back before it ends', async () => {
    const [person, other] = [await somebody('back'), await somebody('waiting')];
    const { login, email } = person;
    const store = doBetween(at.store, `update person ${person.id}`, async () => {
      assert.equal(await rename(person, { login, email }), 'ok');
    });
    const names = { login: `away-${login}`, email: `away-${email}` };
    assert.equal(await rename(person, names, store), 'ok');
    assert.deepEqual([await idOf(login), await idOf(email)], [person.id, person.id]);
    assert.equal(await idOf(names.login), undefined);
    assert.equal(await rename(other, { login }), 'login-taken');
    assert.equal(await rename(other, { login: names.login }), 'name-reserved');
  });
});
