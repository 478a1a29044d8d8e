/** Guessing at six-digit codes: whatever an attacker opens anew, the account's counter is the same. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { REFUSAL_WINDOW } from '../../src/outbox/refusal-windows.ts';
import { startServer } from '../../src/server/server.ts';
import {
  afterPassword,
  assertSaid,
  eventsOf,
  isSignedIn,
  toStep,
  wrongCode,
  type AtPage,
} from '../support/factors.ts';
import { type TestPerson } from '../support/server.ts';
import { useSetting } from '../support/setting.ts';

const FREE = 5;

const acme = useSetting();
// What has to be waited for is told in seconds.
before(() => void (acme.server.clock.stands = Date.now()));

/** One wrong code in a browser and sign-in of their own. */
async function guess(person: TestPerson, salt: number): Promise<number> {
  const { browser, page } = await afterPassword(acme.webmail, person);
  return (await browser.submit(page, { code: wrongCode(person, salt) })).status;
}

async function useUpFreeTries(person: TestPerson): Promise<void> {
  for (let count = 0; count < FREE; count += 1) assert.equal(await guess(person, count * 9), 400);
}

describe('guessing', () => {
  it('200 codes over 50 sign-ins at once: at most five are evaluated', async () => {
    const person = await acme.server.addPerson({}, { totp: true });
    const open: AtPage[] = [];
    // One after the other: of passwords that come at once, some have to wait.
    while (open.length < 50) open.push(await afterPassword(acme.webmail, person));
    const tries = open.flatMap(({ browser, page }, at) =>
      Array.from({ length: 4 }, (_, nth) =>
        browser.submit(page, { code: wrongCode(person, at * 40 + nth * 9) }),
      ),
    );
    const statuses = (await Promise.all(tries)).map(({ status }) => status);
    assert.equal(statuses.length, 200);
    assert.equal(statuses.filter((status) => status === 400).length, FREE);
    assert.equal(statuses.filter((status) => status === 429).length, 200 - FREE);
    // Those that are not evaluated are one event, and one more when ten minutes are over.
    await acme.server.settle();
    acme.server.clock.ahead += REFUSAL_WINDOW;
    const refused = (await eventsOf(acme.server, person)).filter(
      ({ type, outcome }) => type === 'sign-in.factor' && outcome === 'refused',
    );
    assert.equal(refused.filter(({ reasons }) => reasons[0] === 'code-wrong').length, FREE);
    const [first, sum, ...more] = refused.filter(({ reasons }) => reasons[0] === 'wait');
    assert.deepEqual([first?.details['asked'], more], ['totp', []]);
    assert.equal(sum?.details['further'], 200 - FREE - 1);
  });

  it('the right code is not evaluated during the delay, and does not lengthen it', async () => {
    const person = await acme.server.addPerson({}, { totp: true });
    await useUpFreeTries(person);
    const { browser, page } = await afterPassword(acme.webmail, person);
    for (let count = 0; count < 10; count += 1)
      assertSaid(await browser.submit(page, { code: person.code() }), 429, /Wait 30 seconds/u);
    acme.server.clock.ahead += 30_000;
    assert.ok(isSignedIn(await browser.submit(page, { code: person.code() })));
  });

  it('a new sign-in, another browser, a new email code do not reset the counter', async () => {
    const person = await acme.server.addPerson({}, { totp: true, email: true });
    await useUpFreeTries(person);
    const at = await toStep(await afterPassword(acme.webmail, person), 'email-code');
    const sent = await at.browser.submit(at.page, { go: 'send' });
    await acme.server.settle();
    const newest = acme.mail.mails.findLast(({ to }) => to === `${person.login}@home.test`);
    const code = /\b\d{6}\b/u.exec(newest?.parsed.text ?? '')?.[0] ?? '';
    assertSaid(await at.browser.submit(sent, { code }), 429, /Wait/u);
    assert.equal(await guess(person, 77), 429);
  });

  it('nor does a restart of the server', async () => {
    const person = await acme.server.addPerson({}, { totp: true });
    await useUpFreeTries(person);
    await acme.server.close();
    const world = { stdout: { write: () => true }, now: acme.server.now };
    const again = await startServer(acme.server.config, world, { purpose: 'production' });
    try {
      assert.equal(await guess(person, 99), 429);
    } finally {
      await again.close();
    }
  });
});
