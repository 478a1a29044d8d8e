/** Whatever is sent as a code, on every page that takes one: a clear message, and never a 500. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { attemptsCollection } from '../../src/throttling/attempts.ts';
import { newEnrolmentCode } from '../../src/operations/factors/enrolment-code.ts';
import { changePerson } from '../../src/records/person.ts';
import { afterPassword, isSignedIn, noticeOn, toStep, type AtPage } from '../support/factors.ts';
import { createHttpBrowser, hiddenFields } from '../support/http-browser.ts';
import { givePasskey } from '../support/policy.ts';
import { authorize } from '../support/relying-party.ts';
import { useSetting } from '../support/setting.ts';
import { stepOf } from '../support/sign-in.ts';

/** None of these can be a code: no try is taken for them. */
const NO_CODES: Readonly<Record<string, string>> = {
  nothing: '',
  'one digit': '7',
  'seven digits': '1234567',
  '10,000 digits': '1'.repeat(10_000),
  letters: 'abcdef',
  'the word null': 'null',
  'an array': '["123456"]',
  'an operator': '{"$ne":null}',
  'a null byte': '12\u000034',
  'a minus': '-12345',
  'a fraction': '1234.5',
  markup: '<b>123</b>',
};

const acme = useSetting();

const everything = { totp: true, email: true, oneTimeCodes: true };

/** Every page that takes a code, and how one gets there. */
const PAGES: Readonly<Record<string, () => Promise<AtPage>>> = {
  totp: async () => afterPassword(acme.webmail, await acme.server.addPerson({}, everything)),
  'email-code': async () => {
    const person = await acme.server.addPerson({}, everything);
    const { browser, page } = await toStep(await afterPassword(acme.webmail, person), 'email-code');
    return { browser, page: await browser.submit(page, { go: 'send' }) };
  },
  'one-time-codes': async () => {
    const person = await acme.server.addPerson({}, everything);
    return toStep(await afterPassword(acme.webmail, person), 'one-time-codes');
  },
  'totp-enrol/code': async () => {
    const at = await afterPassword(acme.webmail, await acme.server.addPerson());
    return toStep(at, 'totp-enrol/code');
  },
  'email-code-enrol/code': async () => {
    const at = await afterPassword(acme.webmail, await acme.server.addPerson());
    const { browser, page } = await toStep(at, 'email-code-enrol');
    return { browser, page: await browser.submit(page, { go: 'send', address: 'me@home.test' }) };
  },
  'enrolment-code': async () => {
    const { person, login } = await acme.server.addPerson();
    const { kept } = newEnrolmentCode(acme.server.vault, person.id, acme.server.now());
    await changePerson(acme.server.store, person.id, () => ({
      set: { enrolmentCode: kept },
      result: undefined,
    }));
    return afterPassword(acme.webmail, { login });
  },
};

const failures = async (): Promise<number> => {
  const { items } = await acme.server.store.scan(attemptsCollection, { limit: 1000 });
  const codes = items.filter(({ id }) => /^(?:code|one-time|enrolment):/u.test(id));
  return codes.reduce((sum, { value }) => sum + value.failures, 0);
};

for (const [step, arrive] of Object.entries(PAGES)) {
  describe(`at ${step}`, () => {
    it('what is no code gets a message, costs no try, and the page stays', async () => {
      const { browser, page } = await arrive();
      assert.equal(stepOf(page), step);
      const before_ = await failures();
      for (const [what, code] of Object.entries(NO_CODES)) {
        const answer = await browser.submit(page, { go: 'submit', code });
        assert.equal(answer.status, 400, what);
        // At its field where there are several.
        assert.match(answer.html, /didn’t count/u, what);
        assert.equal(stepOf(answer), step, what);
      }
      assert.equal(await failures(), before_);
    });

    it('a field that is missing, named twice, or of another kind is no error of ours', async () => {
      const { browser, page } = await arrive();
      const hidden = new URLSearchParams({ ...hiddenFields(page.html), go: 'submit' });
      const post = (body: BodyInit, type?: string) =>
        browser.send(page.url, {
          method: 'POST',
          body,
          ...(type ? { headers: { 'content-type': type } } : {}),
        });
      assert.equal((await post(hidden)).status, 400);
      assert.equal((await post(`${hidden}&code[]=123456&code[$ne]=1`)).status, 415);
      const form = 'application/x-www-form-urlencoded';
      assert.equal((await post(`${hidden}&code[]=123456&code[$ne]=1`, form)).status, 400);
      assert.equal((await post(`${hidden}&code=&code=123456`, form)).status, 400);
      assert.equal((await post('{"code":"123456"}', 'application/json')).status, 415);
      assert.equal((await post(`${hidden}&code=${'1'.repeat(100_000)}`, form)).status, 413);
    });
  });
}

const digitsFrom = (zero: number) => (code: string) =>
  code.replaceAll(/\d/gu, (digit) => String.fromCodePoint(zero + Number(digit)));

describe('a right code', () => {
  const widths: Readonly<Record<string, (code: string) => string>> = {
    'with spaces': (code) => ` ${code.slice(0, 3)} ${code.slice(3)} `,
    'with hyphens': (code) => `${code.slice(0, 2)}-${code.slice(2, 4)}-${code.slice(4)}`,
    'in full-width digits': digitsFrom(0xff10),
    'in Arabic digits, out of a right-to-left message': (code) =>
      `\u200f\u2067${digitsFrom(0x660)(code)}\u2069\n`,
    'in Devanagari digits, in quotes': (code) => `“${digitsFrom(0x966)(code)}”.`,
    'with what a page’s layout adds': (code) =>
      `\ufeff${code.slice(0, 3)}\u202f\u2013\u00a0\u200b${code.slice(3, 5)}\u00ad${code.slice(5)}`,
  };
  for (const [how, write] of Object.entries(widths)) {
    it(`${how} is right`, async () => {
      const person = await acme.server.addPerson({}, { totp: true });
      const { browser, page } = await afterPassword(acme.webmail, person);
      assert.ok(isSignedIn(await browser.submit(page, { code: write(person.code()) })));
    });
  }
});

it('a passkey’s answer that is none gets a message too', async () => {
  const at = await afterPassword(acme.webmail, await acme.server.addPerson());
  const { browser, page } = await toStep(at, 'passkey-enrol');
  for (const response of ['', 'null', '[]', '{}', '7', '{"id":{"$ne":1}}', 'x'.repeat(20_000)]) {
    const answer = await browser.submit(page, { go: 'submit', name: 'Key', response });
    assert.equal(answer.status, 400, response.slice(0, 20));
    assert.notEqual(noticeOn(answer), '');
  }
});

it('an answer of a passkey that is none gets one at the sign-in as well, after the password or in place of it, and no try is lost', async () => {
  const person = await acme.server.addPerson({}, { totp: true });
  const { server } = acme;
  await givePasskey(server, person);
  const after = await afterPassword(acme.webmail, person);
  const browser = createHttpBrowser(server.issuer);
  const instead = { browser, page: await browser.open(authorize(acme.webmail).url) };
  for (const at of [await toStep(after, 'passkey'), await toStep(instead, 'passkey')]) {
    assert.equal(stepOf(at.page), 'passkey');
    const answers = ['null', '[]', '{}', '123456', '{"id":{"$ne":1}}', '['.repeat(5000), '\u0000'];
    for (const response of answers) {
      const answer = await at.browser.submit(at.page, { go: 'submit', response });
      assert.equal(answer.status, 400, response.slice(0, 20));
      assert.match(noticeOn(answer), /couldn’t be verified/u);
    }
    const empty = await at.browser.submit(at.page, { go: 'submit', response: '', code: '123456' });
    assert.match(noticeOn(empty), /No passkey was used/u);
  }
  const { items } = await server.store.find(attemptsCollection, {
    index: 'owner',
    equals: person.person.id,
  });
  assert.deepEqual(items, []);
  const { browser: same, page } = await toStep(after, 'totp');
  assert.ok(isSignedIn(await same.submit(page, { code: person.code() })));
});

it('a code without the page’s own token is not even looked at', async () => {
  for (const arrive of Object.values(PAGES)) {
    const { browser, page } = await arrive();
    const before_ = await failures();
    const answer = await browser.submit(page, { go: 'submit', code: '123456', csrf: 'x' });
    assert.equal(answer.status, 403);
    assert.match(answer.html, /This page was open for too long/u);
    assert.equal(await failures(), before_);
  }
});
