/** A code for today: handed over once, signs in with the password until the day is over, and changes nothing. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { auditCollection } from '../../src/audit/event.ts';
import {
  endOfDay,
  giveTemporaryCode,
  WITHOUT_ZONE,
} from '../../src/operations/people/security/give-temporary-code.ts';
import { updateOrganisation } from '../../src/records/organisation.ts';
import { changePerson, personCollection } from '../../src/records/person.ts';
import { valueOf } from '../../src/result.ts';
import { memberOf } from '../support/account.ts';
import { performedByOperator } from '../support/by-operator.ts';
import { createHttpBrowser, type HtmlPage } from '../support/http-browser.ts';
import { startMailServer, type MailServer } from '../support/mail-server.ts';
import { endingParts } from '../support/sessions.ts';
import { PASSWORD, startTestServer, type TestPerson, type TestServer } from '../support/server.ts';
import { stepOf } from '../support/sign-in.ts';

let server: TestServer;
let smtp: MailServer;
before(async () => {
  smtp = await startMailServer();
  server = await startTestServer({ LATCHKEY_MAIL_SMTP_URL: smtp.url });
});
after(async () => {
  await server.stop();
  await smtp.close();
});

const given = async ({ person }: TestPerson) =>
  giveTemporaryCode(endingParts(server), performedByOperator(server.now()), person.id);
const codeFor = async (whose: TestPerson) => valueOf(await given(whose)).code;

/** As far as the second step, and what comes of the code there. */
async function signInWith(whose: TestPerson, code: string) {
  const browser = createHttpBrowser(server.issuer);
  const first = await browser.open(`${server.issuer}/account`);
  const second = await browser.submit(first, { login: whose.login, password: PASSWORD });
  const third = await browser.submit(second, { code });
  return { browser, second, third };
}

const isIn = ({ url }: HtmlPage): boolean => url.pathname === '/account';

describe('a code for today', () => {
  it('is handed over by the helpdesk, shown once, mailed of, and opens the account without trust', async () => {
    const help = memberOf(server, await server.addPerson({ role: 'helpdesk' }, { totp: true }));
    const email = 'wendy@acme.test';
    const them = await server.addPerson({ email, name: 'Wendy Winter' }, { totp: true });
    const at = `/admin/people/${them.person.id}`;
    assert.match((await help.open(`${at}/security`)).html, /temporary-code/u);
    const made = await help.submit(await help.open(`${at}/temporary-code`), {});
    const code = [...made.html.matchAll(/<code>([A-Z2-7]{5})<\/code>/gu)].map(([, part]) => part);
    assert.equal(code.length, 2);
    assert.match(String((await smtp.accepted(email)).parsed.text), /without your phone/u);
    assert.doesNotMatch((await help.open(`${at}/security`)).html, new RegExp(code.join('-'), 'u'));

    const { browser, third } = await signInWith(them, code.join(' ').toLowerCase());
    assert.ok(isIn(third), third.html);
    assert.doesNotMatch(third.html, /is trusted/u);
    // Nothing is changed with it: the phone is asked for, and the code is none there.
    const asked = await browser.open(`${server.issuer}/account/password/change`);
    assert.notEqual(asked.url.pathname, '/account/password/change');
    const again = await browser.submit(asked, { login: them.login, password: PASSWORD });
    const refused = await browser.submit(again, { code: code.join('-') });
    assert.equal(stepOf(refused), 'totp', refused.url.pathname);
    assert.match(refused.html, /role="alert"/u);
    const proven = await browser.submit(refused, { code: them.code(1) });
    assert.equal(proven.url.pathname, '/account/password/change');
    await server.settle();
    const { items } = await server.store.find(auditCollection, {
      index: 'personAt',
      from: `${them.person.id} `,
      below: `${them.person.id}!`,
      limit: 100,
    });
    const of = (type: string) => items.filter(({ value }) => value.type === type);
    assert.equal(of('temporary-code.made')[0]?.value.actorId, help.person.person.id);
    assert.equal(of('temporary-code.used').length, 1);
    for (const { value } of items)
      assert.ok(!JSON.stringify(value).includes(code[0] ?? 'x'), value.type);
  });

  it('is theirs alone, and the newest alone', async () => {
    const them = await server.addPerson({}, { totp: true });
    const other = await server.addPerson({}, { totp: true });
    const [first, second] = [await codeFor(them), await codeFor(them)];
    assert.ok(!isIn((await signInWith(them, first)).third));
    assert.ok(!isIn((await signInWith(other, second)).third));
    assert.ok(isIn((await signInWith(them, second)).third));
    assert.ok(isIn((await signInWith(them, second)).third), 'once more that day');
  });

  it('ends with the day, after ten sign-ins, and with whatever ends the sessions', async () => {
    const them = await server.addPerson({}, { totp: true });
    const { id } = them.person;
    const change = (set: object) => changePerson(server.store, id, () => ({ set, result: null }));
    const code = await codeFor(them);
    const kept = (await server.store.get(personCollection, id))?.temporaryCode;
    assert.ok(kept);
    await change({ temporaryCode: { ...kept, uses: 10 } });
    assert.ok(!isIn((await signInWith(them, code)).third));
    await change({ temporaryCode: { ...kept, uses: 9 } });
    const both = await Promise.all([signInWith(them, code), signInWith(them, code)]);
    assert.equal(both.filter(({ third }) => isIn(third)).length, 1);
    await change({ temporaryCode: { ...kept, epoch: kept.epoch - 1 } });
    assert.ok(!isIn((await signInWith(them, code)).third));
    await change({ temporaryCode: kept });
    server.clock.ahead += WITHOUT_ZONE;
    assert.ok(!isIn((await signInWith(them, code)).third));
  });

  it('is given to nobody without a factor, disabled, or who may use no one-time codes', async () => {
    const problem = async (whose: TestPerson) => {
      const answer = await given(whose);
      return answer.ok ? 'ok' : answer.problem.code;
    };
    assert.equal(await problem(await server.addPerson()), 'temporary-none');
    const off = await server.addPerson({}, { totp: true });
    await changePerson(server.store, off.person.id, () => ({ set: { active: false }, result: 0 }));
    assert.equal(await problem(off), 'person-disabled');
    const barred = await server.addPerson({}, { totp: true });
    const only = { set: { factors: ['totp' as const] }, result: 0 };
    await changePerson(server.store, barred.person.id, () => only);
    assert.equal(await problem(barred), 'temporary-barred');
    const them = await server.addPerson({}, { totp: true });
    const code = await codeFor(them);
    const factors = async (list: readonly string[]) =>
      updateOrganisation(server.store, 'acme', () => ({
        set: { factors: list as never },
        result: undefined,
      }));
    await factors(['totp']);
    assert.ok(!isIn((await signInWith(them, code)).third), 'forbidden since');
    await factors(['totp', 'passkey', 'email-code', 'one-time-codes']);
    assert.ok(isIn((await signInWith(them, code)).third));
  });

  it('ends at midnight where its owner is', () => {
    const noon = Date.UTC(2026, 10, 30, 12, 0, 0, 500);
    assert.equal(endOfDay(noon, 'Asia/Taipei'), Date.UTC(2026, 10, 30, 16));
    assert.equal(endOfDay(noon, 'America/New_York'), Date.UTC(2026, 11, 1, 5));
    assert.equal(endOfDay(noon, null), noon + WITHOUT_ZONE);
  });
});
