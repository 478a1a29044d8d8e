/**
 * Whatever sets a factor up, or makes new one-time codes, rests on proofs of the password and of the
 * strongest factor that are no older than five minutes: when its page is opened, and when it is done.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { getPerson, type Person } from '../../src/records/person.ts';
import { ACR } from '../../src/policy/factors.ts';
import { memberOf } from '../support/account.ts';
import { createHttpBrowser } from '../support/http-browser.ts';
import {
  DAY,
  givePasskey,
  mailedCode,
  startPolicyServer,
  Visitor,
  type Device,
  type PolicyServer,
} from '../support/policy.ts';
import type { Registration } from '../support/relying-party.ts';
import { codeOf, PASSWORD, type PersonOptions, type TestPerson } from '../support/server.ts';
import { stepOf } from '../support/sign-in.ts';

const MINUTE = 60_000;
/** As far as a proof is good, and a little beyond. */
const OLD = 5 * MINUTE + 5000;

let server: PolicyServer;
let webmail: Registration;
before(async () => {
  server = await startPolicyServer();
  webmail = await server.addClient();
});
after(() => server.stop());

const stored = async ({ person }: TestPerson): Promise<Person> => {
  const found = await getPerson(server.store, person.id);
  assert.ok(found);
  return found;
};

const factorsOf = async (person: TestPerson): Promise<string> => {
  const { authenticators, passkeys, emailMfaSince, oneTimeCodes } = await stored(person);
  return JSON.stringify([authenticators, passkeys, emailMfaSince, oneTimeCodes]);
};

/** What leads to a set-up, and how somebody comes to stand before it. */
interface Door {
  name: string;
  has: PersonOptions;
  /** MFA of the organisation. */
  mfa: 'optional' | 'required';
  /** The set-up that is due. */
  step: string;
  /** What proves the strongest factor again; undefined: there is none. */
  factor?: 'totp' | 'email-code';
  /** Of the request. */
  params?: Record<string, string>;
  client?: () => Promise<Registration>;
  before?: () => Promise<void>;
}

const DOORS: readonly Door[] = [
  {
    name: 'a request for a second factor, of somebody who has none',
    has: {},
    mfa: 'optional',
    step: 'totp-enrol',
    params: { acr_values: ACR.mfa },
  },
  { name: 'a second factor that is required', has: {}, mfa: 'required', step: 'totp-enrol' },
  {
    name: 'a stronger factor than the person has',
    has: { totp: true },
    mfa: 'required',
    step: 'passkey-enrol',
    factor: 'totp',
    client: () => server.addClient({ requireAcr: ACR.phr }),
  },
  {
    name: 'a stronger factor than codes by mail',
    has: { email: true },
    mfa: 'required',
    step: 'totp-enrol',
    factor: 'email-code',
    client: () => server.addClient({ requireAcr: ACR.mfa }),
  },
  {
    name: 'a set-up that can be put off',
    has: {},
    mfa: 'required',
    step: 'totp-enrol',
    before: () => server.setOrganisation({ mfa: 'required', mfaFrom: server.now() + 10 * DAY }),
  },
];

async function prove(visitor: Visitor, person: TestPerson, door: Door): Promise<void> {
  assert.equal(visitor.step, 'password', visitor.page.html.slice(0, 2000));
  await visitor.password(person);
  if (!door.factor) return;
  assert.equal(visitor.step, door.factor);
  await (door.factor === 'totp' ? visitor.totp(person) : visitor.emailCode(person));
}

const secretOn = ({ page }: Visitor): string => {
  const secret = /(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}/u.exec(page.html)?.[0]?.replaceAll(' ', '');
  assert.ok(secret, page.html.slice(0, 3000));
  return secret;
};

describe('every way to a set-up inside a sign-in', () => {
  for (const door of DOORS) {
    const at = async (): Promise<{ visitor: Visitor; person: TestPerson }> => {
      await server.setOrganisation({ mfa: door.mfa, mfaFrom: null });
      await door.before?.();
      const person = await server.addPerson({}, door.has);
      const visitor = new Visitor(server, (await door.client?.()) ?? webmail);
      await visitor.start(door.params);
      await prove(visitor, person, door);
      assert.equal(visitor.step, door.step);
      return { visitor, person };
    };

    it(`${door.name}: not by a session whose proofs have grown old, in a thief’s browser`, async () => {
      await server.setOrganisation({ mfa: door.mfa, mfaFrom: null });
      await door.before?.();
      const person = await server.addPerson({}, door.has);
      await server.setOrganisationMfa('optional');
      const owner = new Visitor(server, webmail);
      await (await owner.start()).password(person);
      if (door.factor)
        await (door.factor === 'totp' ? owner.totp(person) : owner.emailCode(person));
      assert.ok(owner.back?.code, owner.page.html.slice(0, 2000));
      await server.setOrganisation({ mfa: door.mfa });
      await door.before?.();
      server.clock.ahead += OLD;
      const thief = new Visitor(server, (await door.client?.()) ?? webmail);
      thief.browser.steal(owner.browser, (name) => name.startsWith('latchkey_session'));
      await thief.start(door.params);
      const held = await factorsOf(person);
      if (thief.back === undefined) {
        assert.equal(thief.step, 'password');
        for (const page of ['', '/install', '/scan', '/code'])
          assert.equal((await thief.goTo(`${door.step}${page}`)).step, 'password', page);
      }
      assert.equal(await factorsOf(person), held);
    });

    it(`${door.name}: a page that was opened in time does nothing later, and goes on after the proof`, async () => {
      const { visitor, person } = await at();
      const held = await factorsOf(person);
      if (door.step === 'passkey-enrol') return passkeyGoesOn(visitor, person, door, held);
      await visitor.goTo('totp-enrol/scan');
      const secret = secretOn(visitor);
      await visitor.send({ go: 'next' });
      assert.equal(visitor.step, 'totp-enrol/code');
      server.clock.ahead += OLD;
      await visitor.send({ go: 'submit', code: codeOf(secret, server.now()) });
      assert.equal(await factorsOf(person), held, 'nothing was set up');
      await prove(visitor, person, door);
      assert.equal(visitor.step, 'totp-enrol/code', 'at the page that it was');
      await visitor.send({ go: 'previous' });
      assert.equal(secretOn(visitor), secret, 'with the code that was scanned');
      await visitor.send({ go: 'next' });
      server.clock.ahead += 30_000;
      await visitor.send({ go: 'submit', code: codeOf(secret, server.now()) });
      assert.equal(visitor.step, 'enrolled', visitor.notice);
    });
  }

  async function passkeyGoesOn(
    visitor: Visitor,
    person: TestPerson,
    door: Door,
    held: string,
  ): Promise<void> {
    server.clock.ahead += OLD;
    await visitor.send({ go: 'submit', name: 'Blue key', response: '{}' });
    assert.equal(await factorsOf(person), held, 'nothing was set up');
    await prove(visitor, person, door);
    assert.equal(visitor.step, 'passkey-enrol');
    assert.ok(visitor.page.html.includes('value="Blue key"'), 'the name was kept');
  }

  it('is not shown to somebody else who gives a password there', async () => {
    await server.setOrganisation({ mfa: 'required', mfaFrom: null });
    const [person, other] = [await server.addPerson(), await server.addPerson()];
    const visitor = new Visitor(server, webmail);
    await (await visitor.start()).password(person);
    await visitor.goTo('totp-enrol/scan');
    const secret = secretOn(visitor);
    server.clock.ahead += OLD;
    await visitor.goTo('totp-enrol/scan');
    await visitor.password(other);
    assert.equal(visitor.step, 'totp-enrol', 'from its beginning');
    await visitor.goTo('totp-enrol/scan');
    assert.notEqual(secretOn(visitor), secret);
  });

  it('a set-up that can be put off can be put off on the way, too', async () => {
    await server.setOrganisation({ mfa: 'required', mfaFrom: server.now() + 10 * DAY });
    const visitor = new Visitor(server, webmail);
    await (await visitor.start()).password(await server.addPerson());
    server.clock.ahead += OLD;
    await visitor.goTo('totp-enrol/install');
    assert.equal(visitor.step, 'password');
    assert.match(visitor.page.html, /value="postpone"/u);
    await visitor.send({ go: 'postpone' });
    assert.ok(visitor.back?.code);
  });

  it('a passkey proves both', async () => {
    await server.setOrganisation({ mfa: 'optional', mfaFrom: null });
    const person = await server.addPerson();
    const device: Device = await givePasskey(server, person);
    const browser = createHttpBrowser(server.issuer);
    const visitor = new Visitor(server, webmail, browser);
    visitor.page = await browser.open(`${server.issuer}/account/two-step/set-up/totp`);
    await visitor.passkey(device, person);
    assert.equal(visitor.step, 'totp-enrol');
    server.clock.ahead += OLD;
    assert.equal((await visitor.goTo('totp-enrol/scan')).step, 'password');
    await visitor.passkey(device, person);
    assert.equal(visitor.step, 'totp-enrol/scan');
  });
});

describe('a set-up from the account page', () => {
  for (const has of [{}, { totp: true }, { email: true }] as const) {
    it(`goes on at the same page after fresh proofs: ${JSON.stringify(has)}`, async () => {
      await server.setOrganisation({ mfa: 'optional', mfaFrom: null });
      const person = await server.addPerson({}, has);
      const visitor = new Visitor(server, webmail);
      const { browser } = visitor;
      const factor = 'totp' in has ? 'totp' : 'email' in has ? 'email-code' : undefined;
      const door = {
        name: '',
        has,
        mfa: 'optional',
        step: 'totp-enrol',
        ...(factor ? { factor } : {}),
      };
      visitor.page = await browser.open(`${server.issuer}/account/two-step`);
      await prove(visitor, person, door as Door);
      visitor.page = await browser.open(`${server.issuer}/account/two-step/set-up/totp`);
      await visitor.goTo('totp-enrol/scan');
      const secret = secretOn(visitor);
      await visitor.send({ go: 'next' });
      server.clock.ahead += OLD;
      await visitor.send({ go: 'submit', name: 'Pixel 9', code: codeOf(secret, server.now()) });
      await prove(visitor, person, door as Door);
      assert.equal(visitor.step, 'totp-enrol/code');
      assert.ok(visitor.page.html.includes('value="Pixel 9"'), 'the name was kept');
      server.clock.ahead += 30_000;
      await visitor.send({ go: 'submit', name: 'Pixel 9', code: codeOf(secret, server.now()) });
      assert.equal(visitor.step, 'enrolled', visitor.notice);
      assert.equal((await stored(person)).authenticators.at(-1)?.name, 'Pixel 9');
    });
  }

  it('asks for the strongest factor that is held, whatever else the person has', async () => {
    await server.setOrganisation({ mfa: 'optional', mfaFrom: null });
    const person = await server.addPerson({}, { totp: true, email: true });
    const member = memberOf(server, person);
    const visitor = new Visitor(server, webmail, member.browser);
    visitor.page = await member.browser.open(`${server.issuer}/account/password/address`);
    await visitor.password(person);
    await visitor.emailCode(person);
    assert.equal(visitor.step, 'totp', 'an email code is enough to sign in, and not for this');
    assert.equal((await visitor.goTo('email-code')).step, 'totp');
    await visitor.totp(person);
    assert.equal(visitor.page.url.pathname, '/account/password/address');
  });
});

describe('new one-time codes after the last ones', () => {
  async function atOffer(): Promise<{ visitor: Visitor; person: TestPerson }> {
    await server.setOrganisation({ mfa: 'required', mfaFrom: null });
    const person = await server.addPerson({}, { totp: true, oneTimeCodes: true });
    let visitor = new Visitor(server, webmail);
    for (let position = 0; position < 8; position += 1) {
      visitor = new Visitor(server, webmail);
      await (await visitor.start()).password(person);
      await visitor.oneTimeCode(person, position);
    }
    assert.equal(visitor.step, 'one-time-codes-new');
    return { visitor, person };
  }

  it('are made after password and factor were proven again, and not before', async () => {
    const { visitor, person } = await atOffer();
    const before = (await stored(person)).oneTimeCodes;
    server.clock.ahead += OLD;
    await visitor.send({ go: 'generate' });
    assert.equal(visitor.step, 'password');
    await visitor.password(person);
    assert.deepEqual((await stored(person)).oneTimeCodes, before);
    await visitor.totp(person);
    assert.equal(visitor.step, 'one-time-codes-new');
    await visitor.send({ go: 'generate' });
    assert.notEqual((await stored(person)).oneTimeCodes?.id, before?.id);
    assert.equal(visitor.page.html.match(/<code\b/gu)?.length ?? 10, 10);
    await visitor.send({ go: 'finish' });
    assert.ok(visitor.back?.code);
  });

  it('can be left for later instead', async () => {
    const { visitor, person } = await atOffer();
    const before = (await stored(person)).oneTimeCodes;
    server.clock.ahead += OLD;
    await visitor.send({ go: 'generate' });
    await visitor.send({ go: 'postpone' });
    assert.ok(visitor.back?.code, visitor.page.html.slice(0, 2000));
    assert.deepEqual((await stored(person)).oneTimeCodes, before);
  });
});

describe('codes by mail, set up in the wizard', () => {
  it('go on at the code’s page, and the code that was sent still works', async () => {
    await server.setOrganisation({ mfa: 'required', mfaFrom: null });
    const person = await server.addPerson();
    const visitor = new Visitor(server, webmail);
    await (await visitor.start()).password(person);
    await visitor.goTo('email-code-enrol');
    await visitor.send({ go: 'send', address: `${person.login}@home.test` });
    assert.equal(visitor.step, 'email-code-enrol/code');
    const code = await mailedCode(server, person);
    server.clock.ahead += OLD;
    await visitor.send({ go: 'submit', code });
    assert.equal((await stored(person)).emailMfaSince, null);
    assert.equal(stepOf(visitor.page), 'password');
    await visitor.send({ login: person.login, password: PASSWORD });
    assert.equal(visitor.step, 'email-code-enrol/code');
    await visitor.send({ go: 'submit', code });
    assert.equal(visitor.step, 'enrolled', visitor.notice);
  });
});
