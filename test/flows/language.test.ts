/** The language that somebody chooses: on every page, kept, and in the record of whoever is signed in. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MOST_CHOSEN } from '../../src/operations/account/choose-language.ts';
import { getPerson } from '../../src/records/person.ts';
import { getProfile } from '../../src/records/profile.ts';
import { assertAt, memberOf, saidOn } from '../support/account.ts';
import { eventsOf } from '../support/factors.ts';
import {
  createHttpBrowser,
  hiddenFields,
  type HtmlPage,
  type HttpBrowser,
} from '../support/http-browser.ts';
import { authorize } from '../support/relying-party.ts';
import { PASSWORD } from '../support/server.ts';
import { useSetting } from '../support/setting.ts';
import { goThrough, signIn, stepOf } from '../support/sign-in.ts';

const acme = useSetting();

const languageOn = ({ html }: HtmlPage): string => /<html lang="([^"]*)"/u.exec(html)?.[1] ?? '';

/** What the page's own form posts. */
function formOn({ html }: HtmlPage): Record<string, string> {
  const form = /<form class="languages"[\s\S]*?<\/form>/u.exec(html)?.[0];
  assert.ok(form, html);
  return hiddenFields(form);
}

async function choose(
  browser: HttpBrowser,
  page: HtmlPage,
  language: string,
  more: { fields?: Record<string, string>; headers?: Record<string, string> } = {},
): Promise<HtmlPage> {
  const body = new URLSearchParams({ ...formOn(page), language, ...more.fields });
  const { headers = {} } = more;
  const answer = await browser.send(`${acme.server.issuer}/language`, {
    method: 'POST',
    body,
    headers,
  });
  const to = answer.headers.get('location');
  return answer.status === 303 && to ? browser.open(new URL(to, acme.server.issuer)) : answer;
}

const visitor = () => createHttpBrowser(acme.server.issuer, { 'accept-language': 'en-GB' });

describe('a language that is chosen', () => {
  it('in the middle of a sign-in stays there, and is remembered whatever the app asks for', async () => {
    const person = await acme.server.addPerson({}, { totp: true });
    const browser = visitor();
    const start = await browser.open(authorize(acme.webmail, { ui_locales: 'en' }).url);
    const wrong = await browser.submit(start, { login: person.login, password: 'no' });
    assert.equal(wrong.status, 400);
    const there = await choose(browser, wrong, 'zh-Hant');
    assert.deepEqual([stepOf(there), languageOn(there)], ['password', 'zh-Hant']);
    assert.equal(there.url.search, start.url.search, 'the app is still known by the address');
    const code = await browser.submit(there, { login: person.login, password: PASSWORD });
    const english = await choose(browser, code, 'en');
    assert.deepEqual([stepOf(english), languageOn(english)], ['totp', 'en']);
    const back = await choose(browser, english, 'zh-Hant');
    const done = await browser.submit(back, { code: person.code() });
    assert.ok(done.url.href.startsWith(acme.webmail.redirectUri), done.html);
    const next = await browser.open(authorize(acme.webmail, { prompt: 'login' }).url);
    assert.equal(languageOn(next), 'zh-Hant');
    assert.equal((await getPerson(acme.server.store, person.person.id))?.language, null);
  });

  it('is on pages of what went wrong too, and comes back to them', async () => {
    const browser = visitor();
    for (const path of ['/', '/nowhere?a=1&b=%2F', '/interaction/gone/password?client=x']) {
      const page = await choose(
        browser,
        await browser.open(`${acme.server.issuer}${path}`),
        'zh-Hant',
      );
      assert.equal(`${page.url.pathname}${page.url.search}`, path);
      assert.equal(languageOn(page), 'zh-Hant', path);
      await choose(browser, page, 'en');
    }
  });

  it('is no way to somewhere else, and nothing but one of ours', async () => {
    const browser = visitor();
    const page = await browser.open(`${acme.server.issuer}/nowhere`);
    for (const to of [
      '//evil.test',
      '/\\evil.test',
      '/.//evil.test',
      'https://evil.test/',
      '\t/',
      '',
    ])
      assert.equal(
        (await choose(browser, page, 'en', { fields: { to } })).url.href,
        `${acme.server.issuer}/`,
        to,
      );
    for (const language of ['de', 'en-GB', '', '{"$ne":null}', 'zh-Hant\r\nx: y'])
      assert.equal(languageOn(await choose(browser, page, language)), 'en', language);
  });

  it('is taken from our own pages in the browser that was given them alone', async () => {
    const browser = visitor();
    const page = await browser.open(acme.server.issuer);
    const others = formOn(await visitor().open(acme.server.issuer));
    for (const refused of [
      await choose(browser, page, 'zh-Hant', { fields: { csrf: others['csrf'] ?? '' } }),
      await choose(browser, page, 'zh-Hant', { fields: { csrf: '' } }),
      await choose(browser, page, 'zh-Hant', { headers: { 'sec-fetch-site': 'cross-site' } }),
    ])
      assert.equal(refused.status, 403);
    assert.equal(languageOn(await browser.open(acme.server.issuer)), 'en');
  });
});

describe('of somebody who is signed in, the language', () => {
  it('is in their record with the region, for mails and apps; once', async () => {
    const person = await acme.server.addPerson({}, { totp: true });
    const member = memberOf(acme.server, person, visitor());
    const overview = await member.open('/account');
    assert.equal(languageOn(overview), 'en');
    assertAt(await choose(member.browser, overview, 'zh-Hant'), '/account');
    assert.equal((await getPerson(acme.server.store, person.person.id))?.language, 'zh-Hant-GB');
    await choose(member.browser, overview, 'zh-Hant');
    const chosen = (await eventsOf(acme.server, person)).filter(
      ({ type }) => type === 'person.changed',
    );
    assert.deepEqual(
      chosen.map(({ details, actor }) => [details, actor]),
      [[{ language: 'zh-Hant-GB' }, 'person']],
    );
    const { claims } = await signIn(acme.webmail, person, {
      browser: member.browser,
      params: { scope: 'openid profile', claims: '{"id_token":{"locale":null}}' },
    });
    assert.equal(claims['locale'], 'zh-Hant-GB');
  });

  it('is in their record from the console too, where they have not been to their account', async () => {
    const person = await acme.server.addPerson({ role: 'helpdesk' }, { totp: true });
    const member = memberOf(acme.server, person, visitor());
    const console = await member.open('/admin');
    assertAt(await choose(member.browser, console, 'zh-Hant'), '/admin');
    assert.equal((await getPerson(acme.server.store, person.person.id))?.language, 'zh-Hant-GB');
  });

  it('goes on changing on the pages, and so often in the record and no more', async () => {
    const person = await acme.server.addPerson({}, { totp: true });
    const member = memberOf(acme.server, person, visitor());
    let page = await member.open('/account');
    for (let time = 0; time < MOST_CHOSEN + 4; time += 1) {
      const language = time % 2 === 0 ? 'zh-Hant' : 'en';
      page = await choose(member.browser, page, language);
      assert.equal(languageOn(page), language);
    }
    const events = await eventsOf(acme.server, person);
    assert.equal(events.filter(({ type }) => type === 'person.changed').length, MOST_CHOSEN);
  });

  it('is theirs in any browser that none was chosen in, once it is known who they are', async () => {
    const person = await acme.server.addPerson({ language: 'zh-Hant' }, { totp: true });
    const browser = visitor();
    const start = await browser.open(`${acme.server.issuer}/account`);
    assert.equal(languageOn(start), 'en', 'nobody knows yet who it is');
    const code = await browser.submit(start, { login: person.login, password: PASSWORD });
    assert.equal(languageOn(code), 'zh-Hant');
    const account = await goThrough(browser, person, code);
    assertAt(account, '/account');
    assert.equal(languageOn(account), 'zh-Hant');
  });
});

describe('a time zone', () => {
  const zoneOf = async (id: string) => (await getProfile(acme.server.store, id)).zone;

  it('is the person’s own to choose and to take back, and nothing else is one', async () => {
    const person = await acme.server.addPerson({}, { totp: true });
    const { id } = person.person;
    const member = memberOf(acme.server, person, visitor());
    const form = await member.open('/account/zone');
    assert.match(form.html, /<option>Asia\/Taipei<\/option>/u);
    const bad = ['Nowhere/City', '+01:00', '__proto__', 'x'.repeat(100_000)];
    for (const zone of bad) {
      const refused = await member.submit(form, { zone });
      assert.ok([400, 413].includes(refused.status), zone.slice(0, 20));
    }
    assert.equal(await zoneOf(id), null);
    const done = await member.submit(form, { zone: 'Asia/Taipei' });
    assertAt(done, '/account');
    assert.equal(saidOn(done), 'Saved. Apps are told Asia/Taipei from now on.');
    assert.match(done.html, /Apps are told Asia\/Taipei\./u);
    const again = await member.open('/account/zone');
    assert.match(again.html, /<option selected>Asia\/Taipei<\/option>/u);
    assert.equal(await zoneOf(id), 'Asia/Taipei');
    await member.submit(again, { zone: 'Asia/Taipei' });
    await member.submit(again, { zone: '' });
    assert.equal(await zoneOf(id), null);
    const events = await eventsOf(acme.server, person);
    const told = events.filter(({ type }) => type === 'person.changed');
    assert.deepEqual(
      told.map(({ details, actor }) => [details, actor]),
      [
        [{ attributes: 'zone' }, 'person'],
        [{ attributes: 'zone' }, 'person'],
      ],
    );
  });
});
