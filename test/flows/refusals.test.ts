/** What somebody who is not signed in, or half, can have refused as often as they like: two events in ten minutes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { auditCollection, type AuditEvent } from '../../src/audit/event.ts';
import { REFUSAL_WINDOW, refusalWindowCollection } from '../../src/outbox/refusal-windows.ts';
import { afterPassword, eventsOf, toStep, type AtPage } from '../support/factors.ts';
import { createHttpBrowser } from '../support/http-browser.ts';
import { authorize } from '../support/relying-party.ts';
import { useSetting } from '../support/setting.ts';
import { stepOf } from '../support/sign-in.ts';

const TIMES = 25;
/** As many wrong passwords make the longest delay. */
const TO_A_MINUTE = 11;
const HOUR = 3600_000;

const acme = useSetting();

async function allEvents(): Promise<AuditEvent[]> {
  await acme.server.settle();
  const { items } = await acme.server.store.scan(auditCollection, { limit: 5000 });
  return items.map(({ value }) => value);
}

/** What `times` times of it leave in the log: at once, and when ten minutes are over. */
async function told(work: (nth: number) => Promise<unknown>, times = TIMES): Promise<AuditEvent[]> {
  const before_ = new Set((await allEvents()).map(({ id }) => id));
  const fresh = async () => (await allEvents()).filter(({ id }) => !before_.has(id));
  for (let nth = 0; nth < times; nth += 1) await work(nth);
  assert.equal((await fresh()).length, 1);
  acme.server.clock.ahead += REFUSAL_WINDOW;
  const events = (await fresh()).toSorted((a, b) => a.at - b.at);
  await allEvents();
  assert.equal(
    (await acme.server.store.scan(refusalWindowCollection)).items.length,
    0,
    'nothing else',
  );
  return events;
}

/** One event, and the number of the others. */
function assertWindow(
  events: readonly AuditEvent[],
  type: string,
  reason: RegExp,
  further: number,
) {
  const said = events.map((event) => [event.type, event.outcome, event.details['further'] ?? 0]);
  assert.deepEqual(said, [
    [type, 'refused', 0],
    [type, 'refused', further],
  ]);
  for (const { reasons } of events) assert.match(reasons.join(), reason);
}

async function atPassword(params: Record<string, string> = {}): Promise<AtPage> {
  const browser = createHttpBrowser(acme.server.issuer);
  return { browser, page: await browser.open(authorize(acme.webmail, params).url) };
}

describe('what is refused without end', () => {
  it('passwords during a delay', async () => {
    const person = await acme.server.addPerson();
    const { browser, page } = await atPassword();
    const guess = (nth: number) =>
      browser.submit(page, { login: person.login, password: `not it ${nth}` });
    for (let nth = 0; nth < TO_A_MINUTE; nth += 1) {
      assert.equal((await guess(nth)).status, 400);
      if (nth < TO_A_MINUTE - 1) acme.server.clock.ahead += 61_000;
    }
    assertWindow(
      await told(async (nth) => assert.equal((await guess(nth)).status, 429)),
      'sign-in.password',
      /^wait$/u,
      TIMES - 1,
    );
    const own = (await eventsOf(acme.server, person)).filter(
      ({ reasons }) => reasons[0] !== 'wait',
    );
    assert.equal(own.length, TO_A_MINUTE, 'those that were looked at are an event each');
  });

  it('passwords of made-up names', async () => {
    const { browser, page } = await atPassword();
    const events = await told(async (nth) => {
      const answer = await browser.submit(page, { login: `nobody-${nth}`, password: 'x' });
      assert.equal(answer.status, 400);
    });
    assertWindow(events, 'sign-in.password', /^wrong-password$/u, TIMES - 1);
    assert.deepEqual(
      events.map(({ person }) => person),
      [null, null],
    );
  });

  it('passwords from an address that has to wait, whoever they are for', async () => {
    acme.server.clock.ahead += 2 * 3600_000;
    const { browser, page } = await atPassword();
    for (let nth = 0; nth < 50 + TO_A_MINUTE; nth += 1) {
      await browser.submit(page, { login: `some-${nth}`, password: 'x' });
      if (nth >= 50) acme.server.clock.ahead += 61_000;
    }
    const people = [await acme.server.addPerson(), await acme.server.addPerson()];
    await allEvents();
    acme.server.clock.ahead += REFUSAL_WINDOW;
    await allEvents();
    await browser.submit(page, { login: 'one-more', password: 'x' });
    const login = (nth: number): string => people[nth % 2]?.login ?? '';
    assertWindow(
      await told(async (nth) => {
        const answer = await browser.submit(page, { login: login(nth), password: 'x' });
        assert.equal(answer.status, 429);
      }),
      'sign-in.password',
      /^wait$/u,
      TIMES - 1,
    );
    acme.server.clock.ahead += 2 * 3600_000;
  });

  it('made-up answers of passkeys, by nobody', async () => {
    const at = await atPassword();
    const { browser } = at;
    const { page } = await toStep(at, 'passkey');
    assertWindow(
      await told(async () => {
        const answer = await browser.submit(page, { response: '{"id":"made-up"}' });
        assert.equal(answer.status, 400);
      }),
      'sign-in.factor',
      /^passkey-/u,
      TIMES - 1,
    );
  });

  it('a client that is not open, looked at again and again', async () => {
    const person = await acme.server.addPerson();
    const closed = await acme.server.addClient({ name: 'Payroll', organisations: ['globex'] });
    const { browser, page } = await afterPassword(closed, person);
    assert.equal(stepOf(page), 'not-open');
    acme.server.clock.ahead += REFUSAL_WINDOW;
    await allEvents();
    assertWindow(
      await told(async () => assert.equal((await browser.open(page.url)).status, 403)),
      'sign-in.refused',
      /not open/u,
      TIMES - 1,
    );
  });

  it('sign-ins that are cancelled, by nobody', async () => {
    assertWindow(
      await told(async () => {
        const { browser, page } = await atPassword();
        const back = await browser.submit(page, { go: 'cancel' });
        assert.equal(back.url.searchParams.get('error'), 'access_denied');
      }),
      'sign-in.refused',
      /cancelled/u,
      TIMES - 1,
    );
  });

  it('codes during a delay, and codes that are not sent any more', async () => {
    const person = await acme.server.addPerson({}, { totp: true, email: true });
    const { browser, page } = await afterPassword(acme.webmail, person);
    const wrong = () => browser.submit(page, { code: '123456' === person.code() ? '1' : '123456' });
    for (let nth = 0; nth < 5; nth += 1) await wrong();
    assertWindow(
      await told(async () => assert.equal((await wrong()).status, 429)),
      'sign-in.factor',
      /^wait,/u,
      TIMES - 1,
    );
    // Codes are counted by the hours of the clock.
    acme.server.clock.ahead += HOUR - (acme.server.now() % HOUR);
    const mailed = await toStep(await afterPassword(acme.webmail, person), 'email-code');
    const send = () => mailed.browser.submit(mailed.page, { go: 'send' });
    for (let nth = 0; nth < 10; nth += 1) {
      assert.equal((await send()).status, 200);
      acme.server.clock.ahead += 60_000;
    }
    const events = await told(async () => assert.equal((await send()).status, 429), 5);
    assertWindow(events, 'code.sent', /too many codes/u, 4);
  });

  it('codes for a set-up that is no longer there, which are compared with nothing', async () => {
    const person = await acme.server.addPerson();
    const { browser, page } = await toStep(
      await afterPassword(acme.webmail, person),
      'totp-enrol/code',
    );
    const made = { go: 'submit', pending: 'made-up', code: '123456' };
    assertWindow(
      await told(async () => assert.equal((await browser.submit(page, made)).status, 400)),
      'code.refused',
      /^code-replaced$/u,
      TIMES - 1,
    );
  });

  it('links for names that nobody has', async () => {
    const browser = createHttpBrowser(acme.server.issuer);
    const page = await browser.open(`${acme.server.issuer}/forgot-password`);
    assertWindow(
      await told((nth) => browser.submit(page, { login: `no-${nth}` }), 20),
      'password.link',
      /^unknown$/u,
      19,
    );
  });
});
