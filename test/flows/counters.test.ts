/** What the success of one factor does to the failures of another, and what it doesn't. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { counterOf } from '../../src/factors/counters.ts';
import { attemptsCollection, codeCounter, countAttempts } from '../../src/throttling/attempts.ts';
import { wrongCode } from '../support/factors.ts';
import { givePasskey, startPolicyServer, Visitor, type PolicyServer } from '../support/policy.ts';
import type { Registration } from '../support/relying-party.ts';
import type { PersonOptions, TestPerson } from '../support/server.ts';

const BOTH: PersonOptions = { totp: true, email: true, oneTimeCodes: true };
const HOUR = 3_600_000;

let server: PolicyServer;
let webmail: Registration;
before(async () => {
  server = await startPolicyServer();
  webmail = await server.addClient();
});
after(() => server.stop());

/** A sign-in of its own in a browser of its own, as far as the password. */
async function arrive(person: TestPerson): Promise<Visitor> {
  return (await new Visitor(server, webmail).start()).password(person);
}

/** Wrong codes, each from another browser; what the last one was answered. */
async function guess(person: TestPerson, times: number): Promise<number> {
  let status = 0;
  for (let count = 0; count < times; count += 1) {
    const visitor = await (await arrive(person)).goTo('totp');
    status = (await visitor.send({ code: wrongCode(person, count * 9) })).page.status;
  }
  return status;
}

async function failures({ person }: TestPerson): Promise<{ totp: number; email: number }> {
  const whose = { person: person.id, known: undefined };
  const of = (factor: 'totp' | 'email-code') =>
    countAttempts(server.store, counterOf(factor, whose).id);
  return { totp: await of('totp'), email: await of('email-code') };
}

describe('four wrong codes and one right code by mail, again and again', () => {
  it('are no way to guess at the authenticator: the fifth makes it wait', async () => {
    const person = await server.addPerson({}, BOTH);
    assert.equal(await guess(person, 4), 400);
    assert.ok((await (await arrive(person)).emailCode(person)).back?.code);
    assert.deepEqual(await failures(person), { totp: 4, email: 0 });
    assert.equal(await guess(person, 1), 400);
    const visitor = await (await arrive(person)).goTo('totp');
    await visitor.send({ code: person.code() });
    assert.equal(visitor.page.status, 429, 'the right one is not looked at either');
    assert.match(visitor.notice, /Wait/u);
  });

  it('nor is a new browser that the code by mail has made known', async () => {
    const person = await server.addPerson({}, BOTH);
    await guess(person, 5);
    server.clock.ahead += HOUR;
    const visitor = await (await arrive(person)).emailCode(person);
    assert.ok(visitor.back?.code);
    await guess(person, 1);
    await visitor.again(person);
    await visitor.goTo('totp');
    await visitor.send({ code: person.code() });
    assert.equal(visitor.page.status, 429);
    await visitor.emailCode(person);
    assert.ok(visitor.back?.code, 'codes by mail are its own there');
  });

  it('many sign-ins by mail make nobody wait for the authenticator', async () => {
    const person = await server.addPerson({}, BOTH);
    for (let count = 0; count < 6; count += 1) {
      server.clock.ahead += HOUR;
      assert.ok((await (await arrive(person)).emailCode(person)).back?.code);
    }
    assert.deepEqual(await failures(person), { totp: 0, email: 0 });
    assert.ok((await (await arrive(person)).totp(person)).back?.code);
  });
});

describe('the failures of both', () => {
  const proofs: Readonly<Record<string, (person: TestPerson) => Promise<Visitor>>> = {
    'a code of the authenticator': async (person) => (await arrive(person)).totp(person),
    'a one-time code': async (person) => (await arrive(person)).oneTimeCode(person, 0),
    'a passkey after the password': async (person) => {
      const device = await givePasskey(server, person);
      return (await arrive(person)).passkey(device);
    },
    'a passkey alone': async (person) => {
      const device = await givePasskey(server, person);
      return (await new Visitor(server, webmail).start()).passkey(device, person);
    },
  };
  for (const [name, prove] of Object.entries(proofs)) {
    it(`go with ${name}`, async () => {
      const person = await server.addPerson({}, BOTH);
      await guess(person, 4);
      assert.deepEqual(await failures(person), { totp: 4, email: 4 });
      assert.ok((await prove(person)).back?.code);
      assert.deepEqual(await failures(person), { totp: 0, email: 0 });
    });
  }

  it('stay when a password is right', async () => {
    const person = await server.addPerson({}, BOTH);
    await guess(person, 4);
    await arrive(person);
    assert.deepEqual(await failures(person), { totp: 4, email: 4 });
  });

  it('stay when another authenticator or a code to a new address is right: neither was held', async () => {
    const person = await server.addPerson({}, { totp: true });
    await guess(person, 4);
    const newcomer = await server.addPerson();
    const whose = { person: newcomer.person.id, known: undefined };
    for (const factor of ['totp', 'email-code'] as const) {
      const { id } = counterOf(factor, whose);
      await server.store.put(attemptsCollection, id, {
        failures: 4,
        waitUntil: 0,
        owner: whose.person,
      });
    }
    const visitor = await (await arrive(newcomer)).goTo('email-code-enrol');
    await visitor.send({ go: 'send', address: `${newcomer.login}@home.test` });
    const mail = (await server.mailsTo(`${newcomer.login}@home.test`)).at(-1);
    const code = /^ *(\d{6})$/mu.exec(mail?.parsed.text ?? '')?.[1] ?? '';
    await visitor.send({ go: 'submit', code });
    assert.equal(visitor.step, 'enrolled', visitor.notice);
    assert.deepEqual(await failures(newcomer), { totp: 4, email: 4 });
    const other = await server.addPerson();
    const owner = other.person.id;
    const { id } = counterOf('totp', { person: owner, known: undefined });
    await server.store.put(attemptsCollection, id, { failures: 4, waitUntil: 0, owner });
    await (await arrive(other)).enrolTotp();
    assert.equal((await failures(other)).totp, 4);
  });
});

describe('of suspended codes', () => {
  const suspend = (person: TestPerson, id: string) =>
    server.store.put(attemptsCollection, id, {
      failures: 50,
      waitUntil: 0,
      told: true,
      owner: person.person.id,
    });

  it('the other kind still works, and the suspended one stays suspended', async () => {
    const person = await server.addPerson({}, BOTH);
    await suspend(person, counterOf('totp', { person: person.person.id, known: undefined }).id);
    const visitor = await arrive(person);
    await visitor.emailCode(person);
    assert.ok(visitor.back?.code);
    const again = await (await arrive(person)).totp(person);
    assert.equal(again.page.status, 429);
    assert.match(again.notice, /switched off/u);
  });

  it('that the version before has suspended both are, until a one-time code', async () => {
    const person = await server.addPerson({}, BOTH);
    await suspend(person, codeCounter({ person: person.person.id, known: undefined }));
    assert.equal((await (await arrive(person)).totp(person)).page.status, 429);
    assert.equal((await (await arrive(person)).emailCode(person)).page.status, 429);
    assert.ok((await (await arrive(person)).oneTimeCode(person, 0)).back?.code);
    assert.ok((await (await arrive(person)).emailCode(person)).back?.code);
    assert.ok((await (await arrive(person)).totp(person)).back?.code);
  });
});
