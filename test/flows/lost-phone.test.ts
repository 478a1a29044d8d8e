/** Somebody has lost everything: the operator resets beside the running server, and they enrol anew. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { runHere } from '../support/command-line.ts';
import {
  afterPassword,
  assertSaid,
  eventsOf,
  isSignedIn,
  toStep,
  wrongCode,
} from '../support/factors.ts';
import { createHttpBrowser } from '../support/http-browser.ts';
import { codeOf as totpOf, type TestPerson } from '../support/server.ts';
import { useSetting } from '../support/setting.ts';
import { signIn, silently, stepOf } from '../support/sign-in.ts';

const acme = useSetting();

async function latchkey(...args: string[]): Promise<Record<string, unknown>> {
  const ran = await runHere([...args, '--json'], {
    cwd: acme.server.folder,
    env: acme.server.env,
  });
  assert.equal(ran.code, 0, ran.stderr + ran.stdout);
  return ran.json;
}

/** Subjects of what the person was mailed, to either address. */
async function subjects({ login }: TestPerson): Promise<string[]> {
  await acme.server.settle();
  return acme.mail.mails
    .filter(({ to }) => to.startsWith(`${login}@`))
    .map(({ to, parsed }) => `${to}: ${parsed.subject}`);
}

describe('a reset of the second factor', () => {
  before(() => latchkey('org', 'add', 'Globex', '--mfa', 'required'));

  it('ends everything at once, is mailed, and wants the code before a new set-up', async () => {
    const person = await acme.server.addPerson({}, { totp: true, email: true, oneTimeCodes: true });
    const { browser } = await signIn(acme.webmail, person);
    const { enrolment_code: code } = await latchkey('user', 'reset-mfa', '--yes', person.login);
    assert.equal(
      (await silently(acme.webmail, browser)).callback.searchParams.get('error'),
      'login_required',
    );
    const told = (await subjects(person)).filter((subject) => /reset/iu.test(subject));
    assert.deepEqual(told.map((line) => line.split(':')[0]).toSorted(), [
      `${person.login}@acme.test`,
      `${person.login}@home.test`,
    ]);

    const anew = createHttpBrowser(acme.server.issuer);
    const { page } = await afterPassword(acme.webmail, person, anew);
    assert.equal(stepOf(page), 'enrolment-code');
    assertSaid(await anew.submit(page, { code: 'ABCDE-FGHIJ' }), 400, /isn’t the code/u);
    const wizard = await anew.submit(page, { code: String(code).toLowerCase() });
    assert.equal(stepOf(wizard), 'totp-enrol');
    const { page: scan } = await toStep({ browser: anew, page: wizard }, 'totp-enrol/scan');
    const secret = /(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}/u.exec(scan.html)?.[0].replaceAll(' ', '') ?? '';
    const box = await anew.submit(scan, { go: 'next' });
    assertSaid(
      await anew.submit(box, { go: 'submit', code: person.code() }),
      400,
      /comes from an old entry/u,
    );
    const done = await anew.submit(box, { go: 'submit', code: totpOf(secret, acme.server.now()) });
    assert.equal(stepOf(done), 'enrolled');

    acme.server.clock.ahead += 30_000;
    const { browser: later, page: asked } = await afterPassword(acme.webmail, person);
    assert.equal(stepOf(asked), 'totp');
    assert.ok(isSignedIn(await later.submit(asked, { code: totpOf(secret, acme.server.now()) })));
    const reset = (await eventsOf(acme.server, person)).find(
      ({ type }) => type === 'factors.reset',
    );
    assert.equal(reset?.actor, 'operator');
  });

  const acts: Record<string, (login: string) => string[][]> = {
    'disabled, though enabled again': (login) => [
      ['disable', '--yes', login],
      ['enable', login],
    ],
    'given another role': (login) => [['set', login, '--role', 'administrator']],
    'moved to another organisation': (login) => [['set', login, '--org', 'globex']],
  };
  for (const [what, commands] of Object.entries(acts))
    it(`the code is worth nothing after the person was ${what}`, async () => {
      const person = await acme.server.addPerson({}, { totp: true });
      const { enrolment_code: code } = await latchkey('user', 'reset-mfa', '--yes', person.login);
      for (const words of commands(person.login)) await latchkey('user', ...words);
      const { browser, page } = await afterPassword(acme.webmail, person);
      assert.equal(stepOf(page), 'enrolment-code', 'it is asked for all the same');
      assertSaid(await browser.submit(page, { code: String(code) }), 400, /expired/u);
    });

  it('the code is worth nothing after a day', async () => {
    const person = await acme.server.addPerson({}, { totp: true });
    const { enrolment_code: code } = await latchkey('user', 'reset-mfa', '--yes', person.login);
    acme.server.clock.ahead += 24 * 3_600_000 + 60_000;
    const { browser, page } = await afterPassword(acme.webmail, person);
    assertSaid(await browser.submit(page, { code: String(code) }), 400, /expired/u);
  });
});

describe('an unlock', () => {
  it('lets in at once after too many wrong codes, and is mailed and recorded', async () => {
    const person = await acme.server.addPerson({}, { totp: true });
    const { browser, page } = await afterPassword(acme.webmail, person);
    for (let count = 0; count < 5; count += 1)
      await browser.submit(page, { code: wrongCode(person, count * 7) });
    assertSaid(await browser.submit(page, { code: person.code() }), 429, /Wait/u);
    await latchkey('user', 'unlock', person.login);
    assert.ok(isSignedIn(await browser.submit(page, { code: person.code() })));
    assert.ok((await subjects(person)).some((subject) => /work again/iu.test(subject)));
    const types = (await eventsOf(acme.server, person)).map(({ type }) => type);
    assert.ok(types.includes('attempts.unlocked'));
  });
});
