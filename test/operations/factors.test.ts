/** What is done to a person's factors: who may, is it still so, what ends and what is told, in one write each. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Performed } from '../../src/audit/performed.ts';
import { codesLeft } from '../../src/factors/one-time-codes.ts';
import { passkeyCounterCollection } from '../../src/factors/passkey.ts';
import { counterOf } from '../../src/factors/counters.ts';
import {
  activateAuthenticator,
  pendingAuthenticator,
} from '../../src/operations/factors/activate-authenticator.ts';
import { activateEmailCodes } from '../../src/operations/factors/activate-email-codes.ts';
import { activateFactor } from '../../src/operations/factors/activate-factor.ts';
import { disableMfa, mayDisableMfa } from '../../src/operations/factors/disable-mfa.ts';
import { removeFactor } from '../../src/operations/factors/remove-factor.ts';
import { renameFactor } from '../../src/operations/factors/rename-factor.ts';
import { replaceOneTimeCodes } from '../../src/operations/factors/replace-one-time-codes.ts';
import { switchEmailCodes } from '../../src/operations/factors/switch-email-codes.ts';
import { viewOneTimeCodes } from '../../src/operations/factors/view-one-time-codes.ts';
import { listFactors } from '../../src/policy/enrolled-factors.ts';
import { changePerson, type Person } from '../../src/records/person.ts';
import { countAttempts } from '../../src/throttling/attempts.ts';
import type { Result } from '../../src/result.ts';
import { performed as anybody, read, readWho, useAccountParts } from '../support/account-parts.ts';
import { eventsOf } from '../support/factors.ts';
import { timesAtOnce } from '../support/race.ts';
import type { TestPerson } from '../support/server.ts';
import { useSetting } from '../support/setting.ts';

const acme = useSetting();
const parts = useAccountParts(acme);

const PASSKEY = {
  id: 'key',
  publicKey: '',
  transports: [],
  synced: false,
  name: 'Key',
  createdAt: 5,
};

/** Somebody with an authenticator `phone`, another one `spare`, a passkey, and one-time codes. */
async function somebody(): Promise<TestPerson> {
  const someone = await acme.server.addPerson({}, { totp: true, oneTimeCodes: true });
  await changePerson(acme.server.store, someone.person.id, ({ authenticators: [one] }) => {
    const phone = { ...one, id: 'phone', name: 'Phone', secret: '', createdAt: 1 };
    const authenticators = [phone, { ...phone, id: 'spare', name: 'Spare' }];
    return { set: { authenticators, passkeys: [PASSKEY] }, result: undefined };
  });
  return someone;
}
const now = ({ person }: TestPerson): Promise<Person> => read(acme.server, person);
const whoNow = ({ person }: TestPerson) => readWho(acme.server, person);
const by = (id: string, fields: Partial<Performed> = {}): Performed => ({
  ...anybody(acme.server),
  actor: { kind: 'self', id },
  ...fields,
});
const codeOf = (result: Result<unknown>) => (result.ok ? 'done' : result.problem.code);
const idsOf = (person: Person) =>
  listFactors(person).map(({ items }) => items.map(({ id }) => id).join(' '));
const typesOf = async (someone: TestPerson) =>
  (await eventsOf(acme.server, someone))
    .filter(({ type }) => type !== 'person.added')
    .map(({ type, details }) => [type, details['factor']].join(' ').trim());
const PHONE = { factor: 'totp', id: 'phone' } as const;

describe('a factor', () => {
  it('gets another name, unless it has got one meanwhile or is not there', async () => {
    const someone = await somebody();
    const rename = async (input: { id: string; name: string; before: string }) => {
      const person = await now(someone);
      const given = { factor: 'totp', ...input } as const;
      return codeOf(await renameFactor(await parts(), by(person.id), person, given));
    };
    assert.equal(await rename({ id: 'phone', name: 'Pixel', before: 'Phone' }), 'done');
    assert.equal(await rename({ id: 'phone', name: 'Late', before: 'Phone' }), 'changed-meanwhile');
    assert.equal(await rename({ id: 'nobody’s', name: 'X', before: '' }), 'changed-meanwhile');
    const { authenticators, epoch } = await now(someone);
    assert.deepEqual(
      authenticators.map(({ name }) => name),
      ['Pixel', 'Spare'],
    );
    assert.equal(epoch, 1, 'nothing ends with a name');
    assert.deepEqual(await typesOf(someone), ['factor.renamed totp']);
  });

  it('is removed once, of many at the same moment; what rested on it ends, and it is told', async () => {
    const someone = await somebody();
    const who = await whoNow(someone);
    const removed = await timesAtOnce(8, async () =>
      removeFactor(await parts(), by(who.person.id), who, PHONE),
    );
    assert.deepEqual(removed.map(codeOf).toSorted(), [
      ...Array.from({ length: 7 }, () => 'changed-meanwhile'),
      'done',
    ]);
    const person = await now(someone);
    assert.deepEqual([idsOf(person)[0], person.epoch], ['spare', 2]);
    assert.deepEqual(await typesOf(someone), ['factor.removed totp']);
    const mail = acme.mail.mails.filter(({ to }) => to === person.email);
    assert.equal(mail.length, 1);
    const again = await removeFactor(await parts(), by(person.id), await whoNow(someone), PHONE);
    assert.equal(codeOf(again), 'not-found');
  });

  it('takes along what is kept of it outside of the document: its passkey can be enrolled anew', async () => {
    const someone = await somebody();
    const { store, vault } = acme.server;
    const kept = vault.hash('passkey counter', PASSKEY.id);
    await store.insert(passkeyCounterCollection, kept, { counter: 3 });
    const who = await whoNow(someone);
    const one = { factor: 'passkey', id: PASSKEY.id } as const;
    assert.equal(codeOf(await removeFactor(await parts(), by(who.person.id), who, one)), 'done');
    assert.equal(await store.get(passkeyCounterCollection, kept), undefined);
  });

  it('is not removed when it is the last one that counts', async () => {
    const someone = await acme.server.addPerson({}, { totp: true, oneTimeCodes: true });
    const who = await whoNow(someone);
    const one = { factor: 'totp', id: who.person.authenticators[0]?.id ?? '' } as const;
    const result = await removeFactor(await parts(), by(who.person.id), who, one);
    assert.equal(codeOf(result), 'last-factor');
    assert.equal((await now(someone)).epoch, 1);
  });

  it('is nobody else’s to change, and wants a fresh proof of its owner', async () => {
    const someone = await somebody();
    const other = await acme.server.addPerson({ role: 'administrator' });
    await acme.server.settle();
    const who = await whoNow(someone);
    const { person } = who;
    const name = { ...PHONE, name: 'Mine', before: 'Phone' };
    const made = { factor: 'totp', fields: () => ({ authenticators: [] }) } as const;
    const set = { set: person.oneTimeCodes?.id ?? '' };
    const whole = await parts();
    const acts: ((performed: Performed) => Promise<Result<unknown>>)[] = [
      (performed) => renameFactor(whole, performed, person, name),
      (performed) => removeFactor(whole, performed, who, PHONE),
      (performed) => activateFactor(whole, performed, person, made),
      (performed) => viewOneTimeCodes(whole, performed, person),
      (performed) => replaceOneTimeCodes(whole, performed, person, set),
    ];
    const none = await whoNow(await acme.server.addPerson());
    const gone = { factor: 'totp', id: 'gone' } as const;
    const stranger = by(other.person.id);
    // Nor to ask about: what is there, or would be refused, is not told.
    const asked = [
      await removeFactor(whole, stranger, who, gone),
      await disableMfa(whole, stranger, none),
      await replaceOneTimeCodes(whole, stranger, none.person, { set: '' }),
      await switchEmailCodes(whole, stranger, who, { on: false }),
    ];
    assert.deepEqual(asked.map(codeOf), Array<string>(4).fill('not-allowed'));
    for (const act of acts) {
      assert.equal(codeOf(await act(by(other.person.id))), 'not-allowed');
      const administrator = { kind: 'administrator', id: other.person.id } as const;
      assert.equal(codeOf(await act(by('', { actor: administrator }))), 'not-allowed');
      const stale = by(person.id, { fresh: false });
      assert.equal(codeOf(await act(stale)), 'fresh-factor-needed');
    }
    assert.deepEqual(await now(someone), person, 'nothing was changed');
    assert.deepEqual(await typesOf(someone), []);
  });

  it('is activated of the person as read alone, with codes where it is the first', async () => {
    const someone = await acme.server.addPerson();
    const person = await now(someone);
    const made = { ...PASSKEY, id: 'first' };
    const activate = async (read: Person) =>
      activateFactor(await parts(), by(person.id), read, {
        factor: 'passkey',
        fields: ({ passkeys }) => ({ passkeys: [...passkeys, made] }),
      });
    assert.deepEqual(await activate(person), { ok: true, value: { epoch: 2, newCodes: true } });
    assert.equal(codeOf(await activate(person)), 'changed-meanwhile');
    const after = await now(someone);
    assert.deepEqual([idsOf(after)[1], codesLeft(after)], ['first', 10]);
    const again = await activate(after);
    assert.ok(again.ok && !again.value.newCodes, 'those that were printed stay');
    assert.deepEqual(await typesOf(someone), [
      'factor.enrolled passkey',
      'factor.enrolled passkey',
    ]);
  });
});

it('a code that sets a factor up costs nothing where who asks may not', async () => {
  const someone = await somebody();
  const { id } = someone.person;
  const person = await now(someone);
  const { store } = acme.server;
  const whole = await parts();
  const counted = { person: id, known: undefined };
  const at = { id, epoch: person.epoch, browser: 'b' };
  const pending = await pendingAuthenticator(whole, at, false, acme.server.now());
  const given = { pendingId: pending?.id ?? '', code: '000000' };
  const mailed = { signIn: 'a sign-in', code: '000000' };
  for (const performed of [by('bob'), by(id, { fresh: false })]) {
    const whose = { person: await now(someone), counted };
    const code = performed.fresh ? 'not-allowed' : 'fresh-factor-needed';
    await assert.rejects(activateAuthenticator(whole, performed, whose, given), { code });
    await assert.rejects(activateEmailCodes(whole, performed, whose, mailed), { code });
  }
  for (const factor of ['totp', 'email-code'] as const)
    assert.equal(await countAttempts(store, counterOf(factor, counted).id), 0);
});

describe('two-step authentication', () => {
  it('is switched off where it is not required: nothing of any factor is left', async () => {
    const someone = await somebody();
    const required = await whoNow(someone);
    assert.equal(mayDisableMfa(required, acme.server.now()), false);
    const { id } = required.person;
    assert.equal(codeOf(await disableMfa(await parts(), by(id), required)), 'not-found');
    await acme.server.setOrganisationMfa('optional');
    const who = await whoNow(someone);
    const off = await timesAtOnce(4, async () => disableMfa(await parts(), by(id), who));
    assert.deepEqual(off.map(codeOf).toSorted().at(-1), 'done');
    assert.equal(off.filter(({ ok }) => ok).length, 1);
    await acme.server.setOrganisationMfa('required');
    const person = await now(someone);
    assert.deepEqual([idsOf(person), person.epoch], [['', '', '', ''], 2]);
    assert.deepEqual(
      person.retiredAuthenticators.map((one) => one.id),
      ['phone', 'spare'],
    );
    assert.deepEqual(await typesOf(someone), ['mfa.disabled']);
  });
});

describe('one-time codes', () => {
  it('are seen, which is recorded before they are', async () => {
    const someone = await somebody();
    const person = await now(someone);
    const viewed = await viewOneTimeCodes(await parts(), by(person.id), person);
    const plain = (viewed.ok ? viewed.value.codes : []).map(({ code }) => code.replace('-', ''));
    assert.deepEqual(plain, someone.oneTimeCodes);
    assert.deepEqual(await typesOf(someone), ['one-time-codes.viewed']);
    const none = await now(await acme.server.addPerson());
    assert.equal(codeOf(await viewOneTimeCodes(await parts(), by(none.id), none)), 'not-found');
  });

  it('are replaced once, of two tabs that show the same set; without a factor never', async () => {
    const someone = await somebody();
    const person = await now(someone);
    const set = { set: person.oneTimeCodes?.id ?? '' };
    const replaced = await timesAtOnce(2, async () =>
      replaceOneTimeCodes(await parts(), by(person.id), person, set),
    );
    assert.deepEqual(replaced.map(codeOf).toSorted(), ['changed-meanwhile', 'done']);
    const after = await now(someone);
    assert.ok(after.oneTimeCodes && after.oneTimeCodes.id !== set.set);
    assert.deepEqual(await typesOf(someone), ['one-time-codes.made']);
    const none = await now(await acme.server.addPerson());
    const result = await replaceOneTimeCodes(await parts(), by(none.id), none, { set: '' });
    assert.equal(codeOf(result), 'not-found');
  });
});
