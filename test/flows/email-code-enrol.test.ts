/** Setting up codes by mail in the wizard: whose address, in which language, and what it leaves behind. */
import assert from 'node:assert/strict';
import { before, beforeEach, describe, it } from 'node:test';
import { getPerson } from '../../src/records/person.ts';
import { codesLeft } from '../../src/factors/one-time-codes.ts';
import {
  afterPassword,
  assertSaid,
  eventsOf,
  isSignedIn,
  referenceOn,
  toStep,
  wrongCode,
  type AtPage,
} from '../support/factors.ts';
import { createHttpBrowser } from '../support/http-browser.ts';
import { authorize } from '../support/relying-party.ts';
import { PASSWORD, type TestPerson } from '../support/server.ts';
import { useSetting } from '../support/setting.ts';
import { silently, stepOf } from '../support/sign-in.ts';

const HOUR = 3_600_000;
const acme = useSetting();
// What has to be waited for is told in seconds.
before(() => void (acme.server.clock.stands = Date.now()));
/** Codes are counted by the hour, and these tests all come from one address. */
beforeEach(() => void (acme.server.clock.ahead += HOUR - (acme.server.now() % HOUR)));

const addressOf = ({ login }: TestPerson): string => `${login}@home.test`;
const stored = async ({ person }: TestPerson) => {
  const found = await getPerson(acme.server.store, person.id);
  assert.ok(found);
  return found;
};

interface AtWizard extends AtPage {
  person: TestPerson;
}

async function toWizard(
  options: { person?: TestPerson; params?: Record<string, string> } = {},
): Promise<AtWizard> {
  const person = options.person ?? (await acme.server.addPerson());
  const browser = createHttpBrowser(acme.server.issuer);
  const at = await afterPassword(acme.webmail, person, browser, options.params);
  return { ...(await toStep(at, 'email-code-enrol')), person };
}

async function submit<T extends AtPage>(at: T, fields: Record<string, string>): Promise<T> {
  return { ...at, page: await at.browser.submit(at.page, fields) };
}

const send = (at: AtWizard, address = addressOf(at.person)): Promise<AtWizard> =>
  submit(at, { go: 'send', address });
const enter = (at: AtWizard, code: string): Promise<AtWizard> => submit(at, { go: 'submit', code });

async function mailsTo(address: string) {
  await acme.server.settle();
  return acme.mail.mails.filter(({ to }) => to === address).map(({ parsed }) => parsed);
}

async function codeTo(address: string): Promise<string> {
  const newest = (await mailsTo(address)).at(-1);
  const code = /^ *(\d{6})$/mu.exec(newest?.text ?? '')?.[1];
  assert.ok(code, newest?.text ?? `no mail to ${address}`);
  return code;
}

describe('the set-up that succeeds', () => {
  it('makes the address verified and ends every session, in one write that is told', async () => {
    await acme.server.setOrganisationMfa('optional');
    const person = await acme.server.addPerson();
    const laptop = createHttpBrowser(acme.server.issuer);
    assert.ok(isSignedIn((await afterPassword(acme.webmail, person, laptop)).page));
    await acme.server.setOrganisationMfa('required');

    const box = await send(await toWizard({ person }));
    assert.equal((await stored(person)).secondaryEmail, null, 'nothing before the code');
    const done = await enter(box, await codeTo(addressOf(person)));
    assert.equal(stepOf(done.page), 'enrolled');
    const after = await stored(person);
    assert.equal(after.secondaryEmail?.address, addressOf(person));
    assert.equal(after.secondaryEmail.verifiedAt, after.emailMfaSince);
    assert.ok(Math.abs((after.emailMfaSince ?? 0) - acme.server.now()) < 10_000);
    assert.deepEqual([after.epoch, codesLeft(after)], [person.person.epoch + 1, 10]);

    // Without MFA being required, so that it is the epoch that ended it.
    await acme.server.setOrganisationMfa('off');
    const { callback } = await silently(acme.webmail, laptop);
    assert.equal(callback.searchParams.get('error'), 'login_required');
    await acme.server.setOrganisationMfa('required');

    const [told, ...more] = (await mailsTo(`${person.login}@acme.test`)).filter(({ subject }) =>
      subject?.includes('Two-step authentication was changed'),
    );
    assert.match(told?.text ?? '', /Codes by email were switched on/u);
    assert.equal(more.length, 0);
    const events = (await eventsOf(acme.server, person)).filter(
      ({ type }) => type === 'factor.enrolled',
    );
    assert.deepEqual(
      events.map(({ details, outcome }) => [details['factor'], outcome]),
      [['email-code', 'success']],
    );
  });

  it('goes on to the sign-in with a new code, inside the same request', async () => {
    const box = await send(await toWizard());
    const code = await codeTo(addressOf(box.person));
    const again = await submit(await enter(box, code), { go: 'finish' });
    assert.equal(stepOf(again.page), 'password');
    const asked = await submit(again, { login: again.person.login, password: PASSWORD });
    assert.equal(stepOf(asked.page), 'email-code');
    const spent = await submit(asked, { code });
    assertSaid(spent.page, 400, /isn’t right/u);
    const sent = await submit(asked, { go: 'send' });
    const back = await submit(sent, { code: await codeTo(addressOf(asked.person)) });
    assert.ok(isSignedIn(back.page), back.page.html);
  });

  it('happens once, of 30 at the same moment', async () => {
    const box = await send(await toWizard());
    const code = await codeTo(addressOf(box.person));
    await Promise.all(Array.from({ length: 30 }, () => enter(box, code)));
    assert.equal((await stored(box.person)).epoch, box.person.person.epoch + 1);
    const events = await eventsOf(acme.server, box.person);
    assert.equal(events.filter(({ type }) => type === 'factor.enrolled').length, 1);
  });

  it('speaks the language of the page, in the mails too, or the person’s own', async () => {
    const chinese = await toWizard({ params: { ui_locales: 'zh-Hant' } });
    assert.match(chinese.page.html, /lang="zh-Hant"[\s\S]*電子郵件驗證碼/u);
    const box = await send(chinese);
    const [mail] = await mailsTo(addressOf(box.person));
    assert.match(
      mail?.subject ?? '',
      new RegExp(`登入驗證碼（參考代號 ${referenceOn(box.page)}`, 'u'),
    );
    assert.match(String(mail?.html), /lang="zh-Hant"/u);
    const wrong = await enter(box, wrongCode(box.person));
    assertSaid(wrong.page, 400, /[\u4e00-\u9fff]{4}/u);

    const reader = await acme.server.addPerson({ language: 'zh-Hant' });
    await send(await toWizard({ person: reader }));
    const [own] = await mailsTo(addressOf(reader));
    assert.match(own?.subject ?? '', /登入驗證碼/u);
  });
});

describe('the address', () => {
  it('is no spelling of the mailbox that the sign-in protects, whatever a mail server makes of it', async () => {
    const at = await toWizard();
    const { login } = at.person;
    const spellings = [
      `${login}@acme.test`,
      ` ${login.toUpperCase()}@ACME.TEST `,
      `${login}+mfa@acme.test`,
      `${login}+a+b@Acme.Test`,
      `${login}@acme。test`,
      `${login}@acme｡test`,
      `${login}＠acme．test`,
    ];
    for (const address of spellings) {
      const refused = await send(at, address);
      assertSaid(refused.page, 400, /This is the mailbox you sign in to/u);
      assert.equal(stepOf(refused.page), 'email-code-enrol', address);
    }
    for (const address of [
      `${login}@acme.test.`,
      `${login}@ac\u00adme.test`,
      `${login}@[127.0.0.1]`,
    ])
      assertSaid((await send(at, address)).page, 400, /isn’t a complete email address/u);
    await acme.server.settle();
    const reached = acme.mail.mails.filter(({ to }) => to.toLowerCase().includes(login));
    assert.deepEqual(reached, []);
    const events = await eventsOf(acme.server, at.person);
    assert.equal(events.filter(({ type }) => type === 'code.sent').length, 0);
  });

  it('is kept in the one form in which it was mailed to', async () => {
    const at = await toWizard();
    const box = await send(at, ` ${at.person.login}＠HOME。test`);
    assert.equal(stepOf((await enter(box, await codeTo(addressOf(at.person)))).page), 'enrolled');
    assert.equal((await stored(at.person)).secondaryEmail?.address, addressOf(at.person));
  });

  it('can be changed, and the code that went to the first one counts no more', async () => {
    const box = await send(await toWizard());
    const first = await codeTo(addressOf(box.person));
    const form = await submit(box, { go: 'previous' });
    assert.equal(stepOf(form.page), 'email-code-enrol');
    assert.match(form.page.html, /name="address"/u);
    const other = `other-${addressOf(box.person)}`;
    assertSaid((await send(form, other)).page, 429, /You can send another one in \d+ seconds?/u);
    acme.server.clock.ahead += 30_000;
    const second = await send(form, other);
    assertSaid((await enter(second, first)).page, 400, new RegExp(referenceOn(second.page), 'u'));
    assert.equal(stepOf((await enter(second, await codeTo(other))).page), 'enrolled');
    assert.equal((await stored(box.person)).secondaryEmail?.address, other);
  });

  it('that is known already is shown masked, and used when the box stays empty', async () => {
    const secondaryEmail = { address: 'known.address@home.test', verifiedAt: null };
    const at = await toWizard({ person: await acme.server.addPerson({ secondaryEmail }) });
    assert.match(at.page.html, /kn•••@h•••\.test/u);
    assert.ok(!at.page.html.includes(secondaryEmail.address));
    const box = await send(at, '');
    const code = await codeTo(secondaryEmail.address);
    assert.equal(stepOf((await enter(box, code)).page), 'enrolled');
  });
});

it('that replaces a verified one is told to the old address and to the new one', async () => {
  const old = 'old-address@home.test';
  const person = await acme.server.addPerson({
    secondaryEmail: { address: old, verifiedAt: acme.server.now() },
  });
  const sent = await send(await toWizard({ person }));
  const [mail] = (await mailsTo(addressOf(person))).slice(-1);
  await enter(sent, /\b\d{6}\b/u.exec(mail?.text ?? '')?.[0] ?? '');
  const subjects = async (to: string) => (await mailsTo(to)).map(({ subject }) => subject ?? '');
  for (const to of [old, addressOf(person), person.person.email]) {
    const told = (await subjects(to)).filter((subject) => /set up|two-step/iu.test(subject));
    assert.equal(told.length, 1, `${to}: ${told.join(' | ')}`);
  }
});

describe('a code that sets up', () => {
  it('has expired after fifteen minutes', async () => {
    const box = await send(await toWizard());
    const code = await codeTo(addressOf(box.person));
    acme.server.clock.ahead += 15 * 60_000;
    const asked = await enter(box, code);
    assert.equal(stepOf(asked.page), 'password', 'it was given as long ago');
    const back = await submit(asked, { login: box.person.login, password: PASSWORD });
    assert.equal(stepOf(back.page), 'email-code-enrol/code', 'at the page that it was asked on');
    assertSaid((await enter(back, code)).page, 400, /has expired/u);
    assert.equal((await stored(box.person)).emailMfaSince, null);
  });

  it('is of this sign-in alone', async () => {
    const box = await send(await toWizard());
    const code = await codeTo(addressOf(box.person));
    acme.server.clock.ahead += 30_000;
    const elsewhere = await send(await toWizard({ person: box.person }));
    assertSaid((await enter(elsewhere, code)).page, 400, /isn’t right/u);
    assert.equal(stepOf((await enter(box, code)).page), 'enrolled');
  });

  it('is guessed at five times, in however many sign-ins', async () => {
    const box = await send(await toWizard());
    const right = await codeTo(addressOf(box.person));
    for (let salt = 0; salt < 5; salt += 1) {
      const there = await toWizard({ person: box.person });
      assertSaid((await enter(there, wrongCode(box.person, salt * 9))).page, 400, /isn’t right/u);
    }
    assertSaid((await enter(box, right)).page, 429, /Wait 30 seconds/u);
    const refused = (await eventsOf(acme.server, box.person)).filter(
      ({ type }) => type === 'code.refused',
    );
    // Of one moment, as the clock stands: in no order.
    const reasons = refused.flatMap((event) => event.reasons).toSorted();
    assert.deepEqual(reasons, [...Array<string>(5).fill('code-wrong'), 'wait']);
    acme.server.clock.ahead += 30_000;
    assert.equal(stepOf((await enter(box, right)).page), 'enrolled');
  });

  it('is in clear in no file of the store, before and after it was handed over', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const at = await toWizard();
    acme.mail.behave((to) => (to === addressOf(at.person) ? { until: promise } : 'accept'));
    const box = await send(at);
    await acme.mail.offered(addressOf(at.person));
    const before_ = (await acme.server.stored()).toString('latin1');
    resolve();
    const code = await codeTo(addressOf(at.person));
    acme.mail.behave(() => 'accept');
    const inClear = new RegExp(`(?<!\\d)${code}(?!\\d)`, 'u');
    assert.match((await mailsTo(addressOf(at.person))).at(-1)?.text ?? '', inClear);
    for (const text of [
      before_,
      (await acme.server.stored()).toString('latin1'),
      acme.server.output.join(''),
    ]) {
      assert.ok(text.length > 1000);
      assert.doesNotMatch(text, inClear);
    }
    assert.equal(stepOf((await enter(box, code)).page), 'enrolled');
  });
});

it('the request that a sign-in came with is untouched by the way through the wizard', async () => {
  const person = await acme.server.addPerson();
  const browser = createHttpBrowser(acme.server.issuer);
  const asked = authorize(acme.webmail);
  let page = await browser.open(asked.url);
  page = await browser.submit(page, { login: person.login, password: PASSWORD });
  const { page: wizard } = await toStep({ browser, page }, 'email-code-enrol');
  const back = await browser.submit(wizard, { go: 'cancel' });
  assert.equal(back.url.searchParams.get('error'), 'access_denied');
  assert.equal(back.url.searchParams.get('state'), asked.state);
});
