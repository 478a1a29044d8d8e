/** One-time codes: the way in without the phone, and what each use brings about. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { changePerson, getPerson } from '../../src/records/person.ts';
import { codesLeft } from '../../src/factors/one-time-codes.ts';
import { listComputers } from '../../src/devices/trusted-computer.ts';
import {
  afterPassword,
  assertSaid,
  eventsOf,
  isSignedIn,
  toStep,
  wrongCode,
  type AtPage,
} from '../support/factors.ts';
import { oneTimeCodesOn } from '../support/forms.ts';
import { createHttpBrowser } from '../support/http-browser.ts';
import { type TestPerson } from '../support/server.ts';
import { useSetting } from '../support/setting.ts';
import { stepOf } from '../support/sign-in.ts';

const HOUR = 3_600_000;

const acme = useSetting();

const enrolled = () => acme.server.addPerson({}, { totp: true, oneTimeCodes: true });
const codeOf = ({ oneTimeCodes }: TestPerson, at = 0): string => oneTimeCodes[at] ?? '';
const atCodes = async (person: TestPerson): Promise<AtPage> =>
  toStep(await afterPassword(acme.webmail, person), 'one-time-codes');
const use = async (person: TestPerson, code: string) => {
  const { browser, page } = await atCodes(person);
  return { browser, page: await browser.submit(page, { code }) };
};

describe('a one-time code', () => {
  it('lets in once, in the authenticator’s box too, however it is written', async () => {
    const person = await enrolled();
    const { browser, page } = await afterPassword(acme.webmail, person);
    assert.equal(stepOf(page), 'totp');
    const spelled = ` ${codeOf(person)
      .toLowerCase()
      .replace(/^(.{5})/u, '$1 - ')} `;
    assert.ok(isSignedIn(await browser.submit(page, { code: spelled })));
    assertSaid((await use(person, codeOf(person))).page, 400, /already been used/u);
    assert.ok(isSignedIn((await use(person, codeOf(person, 1))).page));
  });

  it('is right with whatever is taken for its letters', async () => {
    const person = await enrolled();
    const { vault, store, now } = acme.server;
    const codes = ['OILB234567', 'OILBABCDEF', 'LLLLIIIIOO'];
    const sealed = await vault.seal('one-time codes', 'known', JSON.stringify(codes));
    const oneTimeCodes = { id: 'known', sealed, used: [], createdAt: now() };
    await changePerson(store, person.person.id, () => ({
      set: { oneTimeCodes },
      result: undefined,
    }));
    for (const typed of ['0il8-２３４５６７', '“0L1８a\u00a0\u200bbcdef”\n', '1111l1li00.'])
      assert.ok(isSignedIn((await use(person, typed)).page), typed);
    assertSaid((await use(person, 'OLIB234567')).page, 400, /already been used/u);
  });

  it('is one try when wrong, on a counter of its own that waits after five', async () => {
    const person = await enrolled();
    for (let count = 0; count < 5; count += 1)
      assertSaid((await use(person, 'ABCDE-FGHIJ')).page, 400, /isn’t right/u);
    assertSaid((await use(person, codeOf(person))).page, 429, /Wait/u);
    const { browser, page } = await afterPassword(acme.webmail, person);
    assert.ok(
      isSignedIn(await browser.submit(page, { code: person.code() })),
      'six digits still do',
    );
    acme.server.clock.ahead += 31_000;
    assert.ok(isSignedIn((await use(person, codeOf(person))).page));
  });

  it('is told by mail with the number that is left, and recorded', async () => {
    const person = await enrolled();
    await use(person, codeOf(person, 4));
    const events = await eventsOf(acme.server, person);
    assert.equal(events.find(({ type }) => type === 'one-time-code.used')?.details['left'], 9);
    const mails = acme.mail.mails.filter(({ to }) => to === `${person.login}@acme.test`);
    const texts = mails.map(({ parsed }) => parsed.text ?? '');
    assert.ok(
      texts.some((text) => /\b9\b/u.test(text)),
      texts.join('\n---\n'),
    );
    assert.ok(texts.every((text) => !text.includes(codeOf(person, 4))));
  });

  it('never trusts the computer, and ends the trust in all others', async () => {
    const person = await enrolled();
    const { browser, page } = await afterPassword(acme.webmail, person);
    await browser.submit(page, { code: person.code(), trust: 'yes' });
    assert.equal((await listComputers(acme.server, person.person.id)).length, 1);
    const at = await atCodes(person);
    assert.ok(!at.page.html.includes('name="trust"'));
    assert.ok(isSignedIn(await at.browser.submit(at.page, { code: codeOf(person), trust: 'yes' })));
    for (const [key, { name }] of browser.jar) if (/session/u.test(name)) browser.jar.delete(key);
    assert.equal(stepOf((await afterPassword(acme.webmail, person, browser)).page), 'totp');
    assert.equal((await listComputers(acme.server, person.person.id)).length, 0);
  });

  it('in the authenticator’s box does not trust the computer either, though that page offers it', async () => {
    const person = await enrolled();
    const { browser, page } = await afterPassword(acme.webmail, person);
    assert.match(page.html, /name="trust"/u);
    assert.ok(isSignedIn(await browser.submit(page, { code: codeOf(person), trust: 'yes' })));
    assert.deepEqual(await listComputers(acme.server, person.person.id), []);
    const events = await eventsOf(acme.server, person);
    assert.ok(!events.some(({ type }) => type === 'computer.trusted'));
  });
});

describe('the last codes', () => {
  async function useUpTo(person: TestPerson, left: number): Promise<AtPage> {
    for (let at = 0; at < 9 - left; at += 1)
      assert.ok(isSignedIn((await use(person, codeOf(person, at))).page), `${at}`);
    return use(person, codeOf(person, 9 - left));
  }

  it('offer a new set at two left: shown once, the old one dies', async () => {
    const person = await enrolled();
    const { browser, page } = await useUpTo(person, 2);
    assert.equal(stepOf(page), 'one-time-codes-new');
    assert.match(page.html, /You have 2 one-time codes left/u);
    const made = await browser.submit(page, { go: 'generate' });
    const [first = '', ...more] = oneTimeCodesOn(made);
    assert.equal(more.length, 9);
    assert.match((await browser.open(`${made.url}/print`)).html, new RegExp(first, 'u'));
    assert.ok(isSignedIn(await browser.submit(made, { go: 'finish' })));
    assertSaid((await use(person, codeOf(person, 9))).page, 400, /isn’t right/u);
    assert.ok(isSignedIn((await use(person, first)).page));
    assert.equal(
      codesLeft((await getPerson(acme.server.store, person.person.id)) ?? person.person),
      9,
    );
  });

  it('can be put off', async () => {
    const person = await enrolled();
    const { browser, page } = await useUpTo(person, 2);
    assert.ok(isSignedIn(await browser.submit(page, { go: 'skip' })));
    const { page: again } = await use(person, codeOf(person, 8));
    assert.equal(stepOf(again), 'one-time-codes-new', 'and is offered the next time');
    assert.match(again.html, /You have 1 one-time code left/u);
    assert.equal(
      codesLeft((await getPerson(acme.server.store, person.person.id)) ?? person.person),
      1,
    );
  });

  it('are shown while the code is a fresh proof, and made once', async () => {
    const person = await enrolled();
    const at = await useUpTo(person, 2);
    const made = await at.browser.submit(at.page, { go: 'generate' });
    assert.deepEqual(
      oneTimeCodesOn(await at.browser.submit(at.page, { go: 'generate' })),
      oneTimeCodesOn(made),
    );
    assert.equal(oneTimeCodesOn(await at.browser.open(made.url)).length, 10, 'loaded again');
    // A mail that is being handed over when the clock jumps is taken for a lost one, and sent again.
    await acme.server.settle();
    acme.server.clock.ahead += 300_001;
    for (const place of [made.url, `${made.url}/print`])
      assert.deepEqual(oneTimeCodesOn(await at.browser.open(place)), []);
    await acme.server.settle();
    const mails = acme.mail.mails.filter(
      ({ to, parsed }) => to === person.person.email && parsed.subject?.includes('were made'),
    );
    assert.equal(mails.length, 1);
    for (const { parsed } of mails)
      for (const code of oneTimeCodesOn(made))
        assert.ok(!`${parsed.text}${parsed.html}`.includes(code));
  });

  it('are not offered anew by a code that was used more than five minutes ago', async () => {
    const person = await enrolled();
    const { browser, page } = await useUpTo(person, 2);
    acme.server.clock.ahead += 300_001;
    await browser.submit(page, { go: 'generate' });
    const found = await getPerson(acme.server.store, person.person.id);
    assert.equal(codesLeft(found ?? person.person), 2, 'the old set is the set');
  });
});

describe('fifty wrong six-digit codes', () => {
  it('suspend them, are mailed once, and a one-time code lifts it', async () => {
    const person = await enrolled();
    for (let count = 0; count < 50; count += 1) {
      acme.server.clock.ahead += HOUR;
      const { browser, page } = await afterPassword(acme.webmail, person);
      assertSaid(await browser.submit(page, { code: wrongCode(person, count * 7) }), 400, /./u);
    }
    acme.server.clock.ahead += HOUR;
    for (let count = 0; count < 2; count += 1) {
      const { browser, page } = await afterPassword(acme.webmail, person);
      assertSaid(await browser.submit(page, { code: person.code() }), 429, /one-time code/u);
    }
    const events = await eventsOf(acme.server, person);
    assert.equal(events.filter(({ type }) => type === 'attempts.suspended').length, 1);
    const mails = acme.mail.mails.filter(({ to }) => to === `${person.login}@acme.test`);
    assert.equal(mails.filter(({ parsed }) => /switched off/iu.test(parsed.text ?? '')).length, 1);
    assert.ok(isSignedIn((await use(person, codeOf(person))).page));
    const browser = createHttpBrowser(acme.server.issuer);
    const { page } = await afterPassword(acme.webmail, person, browser);
    assert.ok(isSignedIn(await browser.submit(page, { code: person.code() })));
  });
});
