/** Somebody changes their password, and gives, verifies and removes a second address, from the account page. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { getPerson, type Person } from '../../src/records/person.ts';
import { assertAt, memberOf, saidOn, type Member } from '../support/account.ts';
import { focusOn, wrongOn } from '../support/forms.ts';
import { noticeOn } from '../support/factors.ts';
import { NO_MAIL_SERVER, outboxOf } from '../support/outbox.ts';
import {
  PASSWORD,
  startTestServer,
  type PersonOptions,
  type TestServer,
} from '../support/server.ts';
import { stepOf } from '../support/sign-in.ts';

const AT = '/account/password';
const NEW = 'seven quiet harbours';

let server: TestServer;
before(async () => {
  server = await startTestServer(NO_MAIL_SERVER);
  await server.setOrganisationMfa('optional');
});
after(() => server.stop());

async function newMember(options: PersonOptions = { totp: true }): Promise<Member> {
  return memberOf(server, await server.addPerson({}, options));
}

async function stored({ person }: Member): Promise<Person> {
  const found = await getPerson(server.store, person.person.id);
  assert.ok(found);
  return found;
}

const templatesTo = async (address: string): Promise<string[]> =>
  (await outboxOf(server, address)).map(({ template }) => template);

/** The code of the newest mail to the address. */
async function codeTo(address: string): Promise<string> {
  const mails = await outboxOf(server, address);
  const newest = mails.findLast(({ template }) => template === 'address-code');
  return String(newest?.values['code']);
}

describe('the password on the account page', () => {
  it('is changed with the present one; other sessions end, this one goes on', async () => {
    const member = await newMember();
    const elsewhere = memberOf(server, member.person);
    await elsewhere.open('/account');
    const form = await member.open(`${AT}/change`);
    assert.match(form.html, /signed out everywhere else/u, 'it says so before');
    const fields = { present: PASSWORD, password: NEW, password_repeat: NEW };
    const done = await member.submit(form, fields);
    assertAt(done, AT);
    assert.match(saidOn(done), /Your password has been changed/u);
    assertAt(await member.browser.open(`${server.issuer}${AT}`), AT);
    const out = await elsewhere.browser.open(`${server.issuer}${AT}`);
    assert.equal(stepOf(out), 'password');
    const login = { login: member.person.login };
    const old = await elsewhere.browser.submit(out, { ...login, password: PASSWORD });
    assert.equal(old.status, 400);
    assert.equal(stepOf(await elsewhere.browser.submit(old, { ...login, password: NEW })), 'totp');
    assert.ok((await templatesTo(member.person.person.email)).includes('password-changed'));
  });

  const cases: [string, Record<string, string>, RegExp][] = [
    [
      'the present one is wrong',
      { present: 'no', password: NEW, password_repeat: NEW },
      /present password/iu,
    ],
    [
      'the repetition differs',
      { present: PASSWORD, password: NEW, password_repeat: 'x' },
      /not the same/u,
    ],
    [
      'it is short',
      { present: PASSWORD, password: 'short', password_repeat: 'short' },
      /at least 8/u,
    ],
    [
      'it is the old one',
      { present: PASSWORD, password: PASSWORD, password_repeat: PASSWORD },
      /./u,
    ],
    [
      'it is common',
      { present: PASSWORD, password: 'password1', password_repeat: 'password1' },
      /./u,
    ],
    ['nothing is there', {}, /fill this in/u],
  ];
  for (const [name, fields, said] of cases)
    it(`is refused when ${name}, and says why`, async () => {
      const member = await newMember();
      const before = await stored(member);
      const form = await member.open(`${AT}/change`);
      const answer = await member.submit(form, fields);
      assert.equal(answer.status, 400, answer.html);
      assert.match(answer.html, said);
      assert.equal((await stored(member)).passwordHash, before.passwordHash);
    });

  it('is refused for all that is wrong at once, and the first field that is has the focus', async () => {
    const member = await newMember();
    const form = await member.open(`${AT}/change`);
    const wrong = { present: 'no', password: 'short', password_repeat: 'else' };
    const all = await member.submit(form, wrong);
    assert.deepEqual(wrongOn(all), ['present', 'password', 'password_repeat']);
    assert.deepEqual(focusOn(all), ['present']);
    const rest = await member.submit(form, { ...wrong, present: PASSWORD });
    assert.deepEqual(wrongOn(rest), ['password', 'password_repeat']);
    assert.deepEqual(focusOn(rest), ['password']);
    assert.deepEqual(wrongOn(await member.submit(form)), ['present', 'password']);
    // Nobody tries passwords for nothing beside a new one that is refused.
    for (let count = 0; count < 5; count += 1) await member.submit(form, wrong);
    const stopped = await member.submit(form, { ...wrong, present: PASSWORD });
    assert.equal(stopped.status, 429);
    assert.deepEqual(wrongOn(stopped), []);
  });

  it('in two tabs: one wins, the other is told', async () => {
    const member = await newMember();
    const [one, two] = [await member.open(`${AT}/change`), await member.open(`${AT}/change`)];
    const fields = { present: PASSWORD, password: NEW, password_repeat: NEW };
    assertAt(await member.submit(one, fields), AT);
    const late = await member.submit(two, {
      ...fields,
      password: 'x'.repeat(20),
      password_repeat: 'x'.repeat(20),
    });
    assert.equal(late.status, 400);
    assert.match(late.html, /present password/iu);
  });
});

describe('the second address on the account page', () => {
  it('is given, verified by the mailed code, used for codes, and removed', async () => {
    const member = await newMember();
    const address = `${member.person.login}@elsewhere.test`;
    const sent = await member.submit(await member.open(`${AT}/address`), { address });
    assertAt(sent, `${AT}/address/verify`);
    assert.equal((await stored(member)).secondaryEmail, null, 'nothing before the code');
    const wrong = await member.submit(sent, { go: 'submit', code: '000000' });
    assert.equal(wrong.status, 400);
    const done = await member.submit(sent, { go: 'submit', code: await codeTo(address) });
    assertAt(done, AT);
    assert.equal(saidOn(done), `${address} has been verified.`);
    assert.equal((await stored(member)).secondaryEmail?.address, address);
    for (const to of [address, member.person.person.email])
      assert.ok((await templatesTo(to)).includes('address-changed'), to);

    const on = await member.submit(await member.open('/account/two-step/email/on'));
    assert.match(saidOn(on), /Codes by email are on|new codes/u);
    assert.notEqual((await stored(member)).emailMfaSince, null);
    const gone = await member.submit(await member.open(`${AT}/address/remove`));
    assertAt(gone, AT);
    const now = await stored(member);
    assert.deepEqual([now.secondaryEmail, now.emailMfaSince], [null, null]);
  });

  it('is shown in full while the proofs are fresh, and masked later', async () => {
    const member = await newMember({ totp: true, email: true });
    await member.open(`${AT}/change`);
    const address = `${member.person.login}@home.test`;
    assert.ok((await member.open(AT)).html.includes(address));
    server.clock.ahead += 5 * 60_000 + 1000;
    const later = await member.open(AT);
    assertAt(later, AT);
    assert.ok(!later.html.includes(address));
    assert.match(later.html, /pe•••@h•••\.test/u);
  });

  it('is not the own mailbox, and no address at all is said so, with nothing lost', async () => {
    const member = await newMember();
    for (const address of [member.person.person.email, 'alice@', '']) {
      const answer = await member.submit(await member.open(`${AT}/address`), { address });
      assert.equal(answer.status, 400);
      assert.ok(noticeOn(answer).length > 10);
      if (address) assert.ok(answer.html.includes(`value="${address}"`));
    }
  });

  it('is not removed while the required second factor rests on it', async () => {
    const member = await newMember({ totp: true, email: true });
    await member.open('/account');
    const remove = await member.open(`${AT}/address/remove`);
    const { id } = (await stored(member)).authenticators[0] ?? { id: '' };
    await member.submit(await member.open(`/account/two-step/authenticators/${id}/remove`));
    await server.setOrganisationMfa('required');
    const answer = await member.submit(remove);
    assert.equal(answer.status, 400, answer.html);
    assert.match(noticeOn(answer), /Add another one first/u);
    assert.notEqual((await stored(member)).secondaryEmail, null);
    await server.setOrganisationMfa('optional');
  });
});
