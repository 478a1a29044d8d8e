/** How many codes are mailed: to one address, for one client address, for one press of the button. */
import assert from 'node:assert/strict';
import { beforeEach, it } from 'node:test';
import { REFUSAL_WINDOW } from '../../src/outbox/refusal-windows.ts';
import { afterPassword, assertSaid, eventsOf, toStep, type AtPage } from '../support/factors.ts';
import type { TestPerson } from '../support/server.ts';
import { useSetting } from '../support/setting.ts';
import { stepOf } from '../support/sign-in.ts';

const HOUR = 3_600_000;
const acme = useSetting();
/** Each test begins with an hour of its own. */
beforeEach(() => void (acme.server.clock.ahead += HOUR - (acme.server.now() % HOUR)));

const toWizard = async (person: TestPerson): Promise<AtPage> =>
  toStep(await afterPassword(acme.webmail, person), 'email-code-enrol');

async function send({ browser, page }: AtPage, address: string): Promise<AtPage['page']> {
  return browser.submit(page, { go: 'send', address });
}

async function mailsTo(address: string): Promise<number> {
  await acme.server.settle();
  return acme.mail.mails.filter(({ to }) => to === address).length;
}

it('ten an hour go to one address, whoever asks for them and however it is spelled', async () => {
  const person = await acme.server.addPerson();
  const [one, two] = [await toWizard(person), await toWizard(await acme.server.addPerson())];
  for (let count = 0; count < 10; count += 1) {
    const page = await send(count % 2 ? one : two, 'shared@home.test');
    assert.equal(stepOf(page), 'email-code-enrol/code', String(count));
    // Within the five minutes that the password of either is good for a set-up.
    acme.server.clock.ahead += 15_000;
  }
  acme.server.clock.ahead += 15_000;
  for (const address of ['shared@home.test', 'SHARED@Home。test'])
    assertSaid(await send(one, address), 429, /Too many codes were sent/u);
  assert.equal(await mailsTo('shared@home.test'), 10);
  const page = await send(one, 'another@home.test');
  assert.equal(stepOf(page), 'email-code-enrol/code', 'another address gets one');
  acme.server.clock.ahead += REFUSAL_WINDOW;
  const refused = (await eventsOf(acme.server, person)).filter(
    ({ type, outcome }) => type === 'code.sent' && outcome === 'refused',
  );
  assert.deepEqual(
    refused.map(({ reasons, details }) => [...reasons, details['further'] ?? 'the first']),
    [
      ['too many codes', 'the first'],
      ['too many codes', 1],
    ],
  );
});

it('thirty an hour go out for one client address, and in the next hour more', async () => {
  const people: TestPerson[] = [];
  while (people.length < 6) people.push(await acme.server.addPerson({}, { email: true }));
  const ask = async (person: TestPerson) => {
    const { browser, page } = await afterPassword(acme.webmail, person);
    return browser.submit(page, { go: 'send' });
  };
  for (const person of people.slice(0, 5))
    for (let count = 0; count < 6; count += 1)
      assert.equal((await ask(person)).status, 200, `${person.login} ${count}`);
  const [last] = people.slice(-1);
  assert.ok(last);
  assertSaid(await ask(last), 429, /Too many codes were sent/u);
  acme.server.clock.ahead += HOUR;
  assert.equal((await ask(last)).status, 200);
});

it('one goes out for 20 presses of the button at the same moment', async () => {
  const at = await toWizard(await acme.server.addPerson());
  await Promise.all(Array.from({ length: 20 }, () => send(at, 'pressed@home.test')));
  assert.equal(await mailsTo('pressed@home.test'), 1);
});
