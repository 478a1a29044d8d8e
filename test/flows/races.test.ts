/** One right code, posted 50 times at once in one sign-in: one proof, and one end of the sign-in. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { getPerson } from '../../src/records/person.ts';
import type { AuditEvent } from '../../src/audit/event.ts';
import { signInCollection } from '../../src/records/sign-in.ts';
import { afterPassword, eventsOf, toStep, wrongCode, type AtPage } from '../support/factors.ts';
import { createHttpBrowser, type HtmlPage } from '../support/http-browser.ts';
import { authorize, exchange } from '../support/relying-party.ts';
import { PASSWORD, type TestPerson } from '../support/server.ts';
import { useSetting } from '../support/setting.ts';

const acme = useSetting();
const withAll = (): Promise<TestPerson> =>
  acme.server.addPerson({}, { totp: true, oneTimeCodes: true });

async function all(at: AtPage, code: string, times = 50): Promise<HtmlPage[]> {
  const posts = Array.from({ length: times }, () => at.browser.submit(at.page, { code }));
  return Promise.all(posts);
}

const count = (events: readonly AuditEvent[], type: string): number =>
  events.filter((event) => event.type === type && event.outcome === 'success').length;

async function proofsIn({ page }: AtPage): Promise<string[]> {
  const uid = page.url.pathname.split('/')[2] ?? '';
  const record = await acme.server.store.get(
    signInCollection,
    acme.server.vault.hash('interaction', uid),
  );
  return (record?.proofs ?? []).map(({ method }) => method);
}

function assertNoFault(pages: readonly HtmlPage[]): void {
  const faults = pages.filter(({ status }) => status >= 500);
  assert.deepEqual(faults, []);
  const codes = new Set(pages.flatMap(({ url }) => url.searchParams.get('code') ?? []));
  assert.equal(codes.size, 1, 'one authorization code comes of one sign-in');
}

describe('posted 50 times at once', () => {
  it('an authenticator code is one proof and one completed sign-in', async () => {
    const person = await withAll();
    const at = await afterPassword(acme.webmail, person);
    assertNoFault(await all(at, person.code()));
    assert.deepEqual(await proofsIn(at), ['password', 'totp']);
    const events = await eventsOf(acme.server, person);
    assert.equal(count(events, 'sign-in.factor'), 1);
    assert.equal(count(events, 'sign-in.completed'), 1);
    assert.equal(count(events, 'computer.new'), 1);
    const told = acme.mail.mails.filter(({ to }) => to === person.person.email);
    assert.deepEqual(
      told.map(({ parsed }) => parsed.subject),
      ['Your Acme account was signed in to from a new computer'],
    );
  });

  it('a one-time code is spent once, and told once', async () => {
    const person = await withAll();
    const at = await toStep(await afterPassword(acme.webmail, person), 'one-time-codes');
    assertNoFault(await all(at, person.oneTimeCodes[2] ?? ''));
    assert.deepEqual(await proofsIn(at), ['password', 'one-time-codes']);
    const after = await getPerson(acme.server.store, person.person.id);
    assert.deepEqual(after?.oneTimeCodes?.used, [2]);
    const events = await eventsOf(acme.server, person);
    for (const type of ['one-time-code.used', 'sign-in.factor', 'sign-in.completed'])
      assert.equal(count(events, type), 1, type);
    const told = acme.mail.mails.filter(
      ({ to, parsed }) => to === person.person.email && parsed.subject?.includes('one-time code'),
    );
    assert.equal(told.length, 1);
  });

  it('in as many sign-ins, an authenticator code lets one of them in', async () => {
    const person = await withAll();
    const tabs: AtPage[] = [];
    while (tabs.length < 4) tabs.push(await afterPassword(acme.webmail, person));
    const code = person.code();
    const pages = await Promise.all(tabs.map((tab) => tab.browser.submit(tab.page, { code })));
    assert.equal(pages.filter(({ url }) => url.searchParams.has('code')).length, 1);
    assert.deepEqual(pages.map(({ status }) => status).toSorted(), [303, 400, 400, 400]);
    assert.equal(count(await eventsOf(acme.server, person), 'sign-in.completed'), 1);
  });

  it('amid wrong ones, it lets in or has to wait, and nothing else', async () => {
    const person = await withAll();
    const at = await afterPassword(acme.webmail, person);
    const codes = Array.from({ length: 20 }, (_, nth) => wrongCode(person, nth * 9));
    codes.splice(3, 0, person.code());
    const pages = await Promise.all(codes.map((code) => at.browser.submit(at.page, { code })));
    assert.deepEqual(
      pages.filter(({ status }) => ![303, 400, 409, 429].includes(status)),
      [],
    );
    const proven = count(await eventsOf(acme.server, person), 'sign-in.factor');
    assert.ok(proven <= 1, String(proven));
  });
});

it('the authorization code that 20 tabs came back with is redeemed once', async () => {
  const person = await withAll();
  const browser = createHttpBrowser(acme.server.issuer);
  const asked = authorize(acme.webmail);
  let page = await browser.open(asked.url);
  page = await browser.submit(page, { login: person.login, password: PASSWORD });
  const tabs = await all({ browser, page }, person.code(), 20);
  const back = tabs.find(({ url }) => url.searchParams.has('code'));
  assert.ok(back);
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => exchange(acme.webmail, asked, back.url)),
  );
  assert.deepEqual(
    answers.map(({ status }) => status).filter((status) => status === 200),
    [200],
  );
});
