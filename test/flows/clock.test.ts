/** The server's clock is set an hour forward and back: nobody gets in by it, nobody stays out for long. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { afterPassword, assertSaid, isSignedIn, wrongCode } from '../support/factors.ts';
import { useSetting } from '../support/setting.ts';
import { signIn } from '../support/sign-in.ts';

const HOUR = 3_600_000;

const acme = useSetting();
// What has to be waited for is told in seconds.
before(() => void (acme.server.clock.stands = Date.now()));

describe('a clock that is set back an hour', () => {
  it('locks nobody’s authenticator out, and accepts no code again, now or an hour later', async () => {
    const person = await acme.server.addPerson({}, { totp: true });
    acme.server.clock.ahead = HOUR;
    const used = person.code();
    await signIn(acme.webmail, person);
    acme.server.clock.ahead = 0;
    const { browser, page } = await afterPassword(acme.webmail, person);
    assert.equal((await browser.submit(page, { code: used })).status, 400);
    const present = person.code();
    assert.ok(isSignedIn(await browser.submit(page, { code: present })));
    for (const [ahead, spent] of [
      [0, present],
      [HOUR, used],
    ] as const) {
      acme.server.clock.ahead = ahead;
      const again = await afterPassword(acme.webmail, person);
      assertSaid(
        await again.browser.submit(again.page, { code: spent }),
        400,
        /already been used/u,
      );
    }
    acme.server.clock.ahead = 0;
  });

  it('makes nobody wait for longer than the wait was', async () => {
    const person = await acme.server.addPerson({}, { totp: true });
    acme.server.clock.ahead = HOUR;
    for (let count = 0; count < 5; count += 1) {
      const { browser, page } = await afterPassword(acme.webmail, person);
      await browser.submit(page, { code: wrongCode(person, count * 7) });
    }
    acme.server.clock.ahead = 0;
    const { browser, page } = await afterPassword(acme.webmail, person);
    assertSaid(await browser.submit(page, { code: person.code() }), 429, /Wait 30 seconds/u);
    acme.server.clock.ahead = 30_000;
    assert.ok(isSignedIn(await browser.submit(page, { code: person.code() })));
    acme.server.clock.ahead = 0;
  });

  it('lets a code by mail be sent again at once, and the newest one counts', async () => {
    const person = await acme.server.addPerson({}, { email: true });
    acme.server.clock.ahead = HOUR / 2;
    const { browser, page } = await afterPassword(acme.webmail, person);
    const sent = await browser.submit(page, { go: 'send' });
    acme.server.clock.ahead = 0;
    const again = await browser.submit(sent, { go: 'send' });
    assert.equal(again.status, 200, again.html);
    await acme.server.settle();
    const newest = acme.mail.mails.findLast(({ to }) => to === `${person.login}@home.test`);
    const code = /\b\d{6}\b/u.exec(newest?.parsed.text ?? '')?.[0] ?? '';
    assert.ok(isSignedIn(await browser.submit(again, { code })));
  });
});

describe('a clock that is set forward an hour', () => {
  it('ends a half-finished sign-in with a clear page, and codes by mail with it', async () => {
    const person = await acme.server.addPerson({}, { email: true });
    const { browser, page } = await afterPassword(acme.webmail, person);
    const sent = await browser.submit(page, { go: 'send' });
    acme.server.clock.ahead = HOUR + 60_000;
    const late = await browser.submit(sent, { code: '123456' });
    assert.equal(late.status, 400);
    assert.match(late.html, /This sign-in has expired/u);
    acme.server.clock.ahead = 0;
  });

  it('says to a phone that seems slow by then how slow it is, without letting it in', async () => {
    const person = await acme.server.addPerson({}, { totp: true });
    const { browser, page } = await afterPassword(acme.webmail, person);
    const code = person.code();
    acme.server.clock.ahead = 3 * 60_000;
    assertSaid(await browser.submit(page, { code }), 400, /slow/u);
    acme.server.clock.ahead = HOUR - 120_000;
    assertSaid(await browser.submit(page, { code: person.code(-120) }), 400, /isn’t right/u);
    acme.server.clock.ahead = 0;
  });
});
