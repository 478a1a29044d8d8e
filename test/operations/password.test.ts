/** The password, changed, set by a link or forgotten, and the secondary address: one write, and what it tells. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { createPasswords, type Passwords } from '../../src/factors/password.ts';
import { removeAddress, verifyAddress } from '../../src/operations/account/address-change.ts';
import { changePassword } from '../../src/operations/password/change-password.ts';
import { mailPasswordLinks } from '../../src/operations/password/forgotten-password.ts';
import { sendAddressCode } from '../../src/operations/account/secondary-address.ts';
import { setPasswordByLink } from '../../src/operations/password/set-password-by-link.ts';
import { linkCollection, makeLink, readLink } from '../../src/records/link.ts';
import {
  claimCollection,
  changePerson,
  getPerson,
  personCollection,
  type Person,
} from '../../src/records/person.ts';
import { organisationCollection } from '../../src/records/organisation.ts';
import { openMail } from '../../src/mail/mail.ts';
import { SELF } from '../../src/audit/actor.ts';
import {
  openOperationParts,
  performedBy,
  problemOf,
  type OperationParts,
} from '../support/operation-parts.ts';
import { anOrganisation } from '../support/people.ts';
import { timesAtOnce } from '../support/race.ts';

const OLD = 'meadow lantern pockets';
const NEW = 'gravel sonnet umbrella';
const acme = anOrganisation({ mfa: 'optional' });
const BROWSER = 'b'.repeat(43);
const config = {
  issuer: 'https://id.acme.test',
  passwords: { min_length: 15, min_length_with_mfa: 8 },
  lifetimes: { email_code: 900, reset_link: 3600 },
  mail: { smtp_url: 'smtp://127.0.0.1:9' },
} as never;

let opened: OperationParts;
let parts: OperationParts & { passwords: Passwords; config: never; available: [] };
let alice: Person;
let passwordHash: string;
before(async () => {
  opened = await openOperationParts();
  const passwords = await createPasswords({ memoryKib: 7168, passes: 1, workers: 1 });
  passwordHash = await passwords.hash(OLD);
  parts = { ...opened, passwords, config, available: [] };
});
after(() => opened.close());
beforeEach(async () => {
  // What is sent is counted by the hour.
  parts.clock.now += 3_600_000;
  alice = await parts.person({ passwordHash });
});

const by = (fields = {}) => performedBy(alice, parts, fields);
const visitor = () => by({ actor: SELF, fresh: false });
const now = async (): Promise<Person> => {
  const person = await getPerson(parts.store, alice.id);
  assert.ok(person);
  return person;
};
/** Without counters, and without what the relay moves in the background. */
const written = () => parts.writes.filter((kind) => !BESIDE.includes(kind));
const BESIDE = ['attempts', 'code_cap', 'audit_event', 'refusal_window'];
const riding = () => parts.riding(personCollection, alice.id);

describe('changing the password', () => {
  const change = (fields = {}, given = {}) =>
    changePassword(
      parts,
      by(fields),
      { person: alice, browser: BROWSER },
      { present: OLD, password: NEW, ...given },
    );

  it('is one write of the person, which carries its event and its mail', async () => {
    assert.deepEqual(await change(), { ok: true, value: { epoch: 2 } });
    assert.deepEqual(written(), ['person']);
    assert.deepEqual(await riding(), ['password.changed', 'password-changed']);
    assert.ok(await parts.passwords.matches(NEW, (await now()).passwordHash));
  });

  it('takes no try, and tells nothing, where it is refused for who asks', async () => {
    const bob = await parts.person();
    assert.equal(problemOf(await change({ fresh: false })), 'fresh-factor-needed');
    assert.equal(problemOf(await change(performedBy(bob, parts))), 'not-allowed');
    assert.ok(!parts.writes.includes('attempts'));
    assert.deepEqual(written(), []);
  });

  it('is refused for what is wrong, with the status of the answer, and changes nothing', async () => {
    const cases: [object, string, number][] = [
      [{ present: 'another one' }, 'password-present', 400],
      [{ password: OLD }, 'password-same', 400],
      [{ password: 'short' }, 'password-short', 400],
    ];
    for (const [given, code, status] of cases) {
      const refused = await change({}, given);
      assert.ok(!refused.ok);
      assert.deepEqual([refused.problem.code, refused.problem.status], [code, status]);
    }
    for (let count = 0; count < 5; count += 1) await change({}, { present: `no ${count}` });
    const waiting = await change();
    assert.ok(!waiting.ok && waiting.problem.code === 'wait' && waiting.problem.status === 429);
    assert.deepEqual(written(), []);
    assert.equal((await now()).epoch, 1);
  });
});

describe('setting a password by a link', () => {
  async function link(fields: { epoch?: number } = {}) {
    const purpose = { purpose: 'set-password', person: alice.id, epoch: 1, ...fields } as const;
    const token = await makeLink(parts, purpose, 3600, parts.clock.now);
    parts.writes.length = 0;
    return { token, link: purpose, person: alice };
  }

  it('is one write of the person with event and mail, of two at once; then the link is marked', async () => {
    const shown = await link();
    const set = () => setPasswordByLink(parts, visitor(), shown, { password: NEW });
    const answers = await timesAtOnce(2, set);
    assert.deepEqual(answers.map(problemOf).toSorted(), ['link-spent', undefined]);
    assert.deepEqual(written(), ['person', 'link']);
    assert.deepEqual(await riding(), ['password.set', 'password-set']);
    await assert.rejects(
      readLink(parts, shown.token, 'set-password', parts.clock.now),
      ({ code }) => code === 'link-spent',
    );
  });

  it('is refused under another epoch, for a bad password, and to somebody who is signed in as another', async () => {
    const shown = await link({ epoch: 7 });
    const set = (password: string, performed = visitor()) =>
      setPasswordByLink(parts, performed, shown, { password });
    assert.equal(problemOf(await set(NEW)), 'link-spent');
    assert.equal(problemOf(await set('123456789012345')), 'password-row');
    const bob = performedBy(await parts.person(), parts);
    assert.equal(problemOf(await set(NEW, bob)), 'not-allowed');
    assert.deepEqual(written(), []);
    assert.ok(await parts.passwords.matches(OLD, (await now()).passwordHash));
  });

  it('fills the queue for nobody else, however often it is done at once', async () => {
    const shown = await link();
    const bob = await parts.person();
    const forBob = { purpose: 'set-password', person: bob.id, epoch: 1 } as const;
    const token = await makeLink(parts, forBob, 3600, parts.clock.now);
    const flood = timesAtOnce(200, () =>
      setPasswordByLink(parts, visitor(), shown, { password: NEW }),
    );
    const theirs = { token, link: forBob, person: bob };
    const performed = performedBy(bob, parts, { actor: SELF, fresh: false });
    assert.equal(
      problemOf(await setPasswordByLink(parts, performed, theirs, { password: NEW })),
      undefined,
    );
    assert.ok((await flood).map(problemOf).includes('busy'));
  });
});

describe('mailing links for a forgotten password', () => {
  it('puts event and mails into one write; nobody and somebody answer the same', async () => {
    await parts.store.insert(claimCollection, `login:${alice.login}`, { person: alice.id, at: 1 });
    const { record, refuse } = parts.relay;
    const mailing = { ...parts, relay: { soon() {}, record, refuse } };
    parts.writes.length = 0;
    const sent = await mailPasswordLinks(mailing, visitor(), alice.login);
    assert.deepEqual(sent, await mailPasswordLinks(mailing, visitor(), 'nobody at all'));
    // A link that nobody was mailed opens nothing.
    assert.deepEqual(written(), ['link', 'person']);
    assert.deepEqual(await riding(), ['password.link', 'password-link']);
    const { items } = await parts.store.scan(linkCollection, { limit: 100 });
    const own = items.filter(({ value }) => (value.for as { person?: string }).person === alice.id);
    assert.equal(own.length, 1);
  });
});

describe('the secondary address', () => {
  const at = async () => ({ person: await now(), browser: BROWSER });
  before(() => parts.store.insert(organisationCollection, 'acme', acme));
  const send = async (address: string, fields = {}) =>
    sendAddressCode(parts, by(fields), await at(), { address });
  const address = 'alice@home.test';

  async function sentCode(): Promise<string> {
    const carrier = await parts.store.get(personCollection, alice.id);
    const mails = (carrier?.postings ?? []).flatMap((one) => ('mail' in one ? one.mail : []));
    const opened = await openMail(parts.vault, mails.at(-1)!);
    return String(opened.values['code']);
  }

  it('is sent a code, verified and removed in a write each, with what is told of it', async () => {
    assert.ok((await send(address)).ok);
    assert.deepEqual(written(), ['person']);
    assert.deepEqual((await riding()).toSorted(), ['address-code', 'code.sent']);
    const again = await send('');
    assert.ok(!again.ok && again.problem.code === 'send-again' && again.problem.status === 429);

    const code = await sentCode();
    const before = await riding();
    parts.writes.length = 0;
    const here = await at();
    const verified = await verifyAddress(parts, by(), here, { code });
    assert.deepEqual(verified, { ok: true, value: { address, epoch: 1 } });
    assert.deepEqual(written(), ['person']);
    const news = (await riding()).slice(before.length);
    assert.deepEqual(news, ['address.verified', 'address-changed', 'address-changed']);
    assert.equal(problemOf(await verifyAddress(parts, by(), here, { code })), 'code-wrong');

    parts.writes.length = 0;
    const who = { person: await now(), organisation: acme };
    const removed = await removeAddress(parts, by(), who);
    assert.deepEqual(removed, { ok: true, value: { epoch: 2 } });
    assert.deepEqual(written(), ['person']);
    assert.ok((await riding()).includes('address.removed'));
    assert.equal(problemOf(await removeAddress(parts, by(), who)), 'changed-meanwhile');
  });

  it('is left as it is without a fresh proof, and by anybody else', async () => {
    const byBob = performedBy(await parts.person(), parts);
    const who = { person: alice, organisation: acme };
    const cases = [by({ fresh: false }), byBob] as const;
    const codes = ['fresh-factor-needed', 'not-allowed'];
    for (const [index, performed] of cases.entries()) {
      const answers = [
        await sendAddressCode(parts, performed, await at(), { address }),
        await verifyAddress(parts, performed, await at(), { code: '123456' }),
        await removeAddress(parts, performed, who),
      ];
      assert.deepEqual(answers.map(problemOf), Array<string>(3).fill(codes[index] ?? ''));
    }
    assert.deepEqual(written(), []);
  });

  it('is sent no code once its owner has changed, and is not told that it was', async () => {
    const before = await at();
    await changePerson(parts.store, alice.id, ({ epoch }) => ({
      set: { epoch: epoch + 1 },
      result: undefined,
    }));
    parts.writes.length = 0;
    const sent = await sendAddressCode(parts, by(), before, { address });
    assert.equal(problemOf(sent), 'changed-elsewhere');
    assert.deepEqual([written(), await riding()], [[], []]);
  });

  it('is refused with its reason', async () => {
    const cases: [string, string][] = [
      ['alice', 'email-format'],
      [alice.email, 'email-own-mailbox'],
    ];
    for (const [typed, code] of cases) assert.equal(problemOf(await send(typed)), code);
    const verify = async (code: string) =>
      problemOf(await verifyAddress(parts, by(), await at(), { code }));
    assert.equal(await verify('abc'), 'six-digits-format');
    assert.deepEqual(written(), []);
  });
});
