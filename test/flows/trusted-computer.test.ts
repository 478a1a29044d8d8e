/** "Trust this computer": when it is offered, what it is good for, and the token in the cookie. */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { changePerson } from '../../src/records/person.ts';
import { listComputers } from '../../src/devices/trusted-computer.ts';
import { ACR } from '../../src/policy/factors.ts';
import type { Registration } from '../support/relying-party.ts';
import { PASSWORD, type TestPerson } from '../support/server.ts';
import {
  DAY,
  Visitor,
  cookieOf,
  replaceCookie,
  startPolicyServer,
  type PolicyServer,
} from '../support/policy.ts';

let server: PolicyServer;
let webmail: Registration;
before(async () => {
  server = await startPolicyServer();
  webmail = await server.addClient();
});
afterEach(() => server.setOrganisation({ trustedDays: 30 }));
after(() => server.stop());

const visitor = (client = webmail): Visitor => new Visitor(server, client);
const withTotp = (): Promise<TestPerson> => server.addPerson({}, { totp: true });
const computersOf = ({ person }: TestPerson) => listComputers(server, person.id);
const tokenOf = ({ browser }: Visitor): string => cookieOf(browser, 'latchkey_computer');
const present = ({ browser }: Visitor, token: string): void =>
  replaceCookie(browser, 'latchkey_computer', token);

async function trusting(client = webmail): Promise<{ person: TestPerson; there: Visitor }> {
  const person = await withTotp();
  return { person, there: await visitor(client).trust(person) };
}

describe('the offer to trust this computer', () => {
  const offered = async (there: Visitor, person: TestPerson): Promise<number> =>
    (await (await there.start()).password(person)).trustOffer;

  it('tells for how many days, the fewer of organisation and person', async () => {
    const person = await withTotp();
    assert.equal(await offered(visitor(), person), 30);
    await server.setOrganisation({ trustedDays: 1 });
    assert.equal(await offered(visitor(), person), 1);
    await server.setOrganisation({ trustedDays: 14 });
    await changePerson(server.store, person.person.id, () => ({
      set: { trustedDays: 7 },
      result: undefined,
    }));
    assert.equal(await offered(visitor(), person), 7);
  });

  it('is not made where organisation, person or client does not accept it', async () => {
    const person = await withTotp();
    const strict = await server.addClient({ acceptTrust: false });
    assert.equal(await offered(visitor(strict), person), 0);
    await server.setOrganisation({ trustedDays: 0 });
    assert.equal(await offered(visitor(), person), 0);
    await server.setOrganisation({ trustedDays: 30 });
    await changePerson(server.store, person.person.id, () => ({
      set: { trustedDays: 0 },
      result: undefined,
    }));
    const there = visitor();
    assert.equal(await offered(there, person), 0);
    // A form that asks for it all the same gets nothing.
    await there.totp(person, { trust: 'yes' });
    assert.ok(there.back?.code);
    assert.deepEqual(await computersOf(person), []);
    assert.throws(() => tokenOf(there));
  });

  it('comes with a code by mail, never with a one-time code', async () => {
    const person = await server.addPerson({}, { email: true, oneTimeCodes: true });
    const there = await (await visitor().start()).password(person);
    assert.equal(there.step, 'email-code');
    await there.send({ go: 'send' });
    assert.equal(there.trustOffer, 30);
    await there.oneTimeCode(person, 0, { trust: 'yes' });
    assert.ok(there.back?.code);
    assert.deepEqual(await computersOf(person), []);
  });

  it('that is not taken leaves nothing', async () => {
    const person = await withTotp();
    const there = await (await visitor().start()).password(person);
    await there.totp(person);
    assert.ok(there.back?.code);
    assert.deepEqual(await computersOf(person), []);
    assert.equal((await there.again(person)).step, 'totp');
  });

  it('that is taken after a wrong code is kept with the right one only', async () => {
    const person = await withTotp();
    const there = await (await visitor().start()).password(person);
    await there.send({ code: person.code(200), trust: 'yes' });
    assert.equal(there.page.status, 400);
    assert.deepEqual(await computersOf(person), []);
    await there.totp(person);
    assert.deepEqual(await computersOf(person), []);
  });
});

describe('a trusted computer', () => {
  it('asks for the password only: acr trusted, amr pwd', async () => {
    const { person, there } = await trusting();
    const [computer] = await computersOf(person);
    assert.equal(computer?.browser, 'Firefox on Windows');
    assert.equal(computer.factor, 'totp');
    assert.equal(computer.expiresAt - computer.createdAt, 30 * DAY);
    const claims = await (await there.again(person)).claims();
    assert.equal(claims['acr'], ACR.trusted);
    assert.deepEqual(claims['amr'], ['pwd']);
    const [event] = await server.eventsOf(person, 'computer.trusted');
    assert.deepEqual(event?.details, { factor: 'totp', days: 30 });
  });

  it('is looked at after the right password only', async () => {
    const { person, there } = await trusting();
    const token = tokenOf(there);
    await there.forgetSession().start();
    await there.password(person, 'not the password at all');
    assert.equal(there.step, 'password');
    assert.equal(tokenOf(there), token);
    assert.equal((await computersOf(person))[0]?.generation, 1);
  });

  it('gets another token with every use, in a cookie that scripts do not see', async () => {
    const { person, there } = await trusting();
    const tokens = new Set([tokenOf(there)]);
    for (let use = 1; use <= 3; use += 1) {
      await there.again(person);
      assert.ok(there.back?.code, there.page.html);
      tokens.add(tokenOf(there));
      assert.equal((await computersOf(person))[0]?.generation, use + 1);
    }
    assert.equal(tokens.size, 4);
    await there.forgetSession().start();
    const csrf = /name="csrf" value="([^"]*)"/u.exec(there.page.html)?.[1] ?? '';
    const body = new URLSearchParams({ csrf, login: person.login, password: PASSWORD });
    const answer = await there.browser.send(there.page.url, { method: 'POST', body });
    const line = answer.headers.getSetCookie().find((text) => text.includes('computer'));
    assert.match(line ?? '', /; path=\/; .*samesite=lax; httponly/iu);
  });

  it('stays trusted when an answer was lost, or two tabs ask at once', async () => {
    const { person, there } = await trusting();
    const first = tokenOf(there);
    await there.again(person);
    const second = tokenOf(there);
    for (let lost = 0; lost < 2; lost += 1) {
      present(there, first);
      assert.ok((await there.again(person)).back?.code, there.page.html);
      assert.equal(tokenOf(there), second, 'the newest one once more');
    }
    assert.ok((await there.again(person)).back?.code);
    assert.notEqual(tokenOf(there), second);
  });

  it('whose old token comes back has been copied: the trust ends, and its owner is told', async () => {
    const { person, there } = await trusting();
    const old = tokenOf(there);
    await there.again(person);
    await there.again(person);
    const newest = tokenOf(there);
    assert.deepEqual(await server.eventsOf(person, 'computer.theft'), []);

    const thief = visitor();
    thief.browser.steal(there.browser, (name) => name.startsWith('latchkey_computer'));
    present(thief, old);
    await (await thief.start()).password(person);
    assert.equal(thief.step, 'totp');
    assert.deepEqual(await computersOf(person), []);
    const [event] = await server.eventsOf(person, 'computer.theft');
    assert.equal(event?.outcome, 'refused');
    const mails = await server.mailsTo(`${person.login}@acme.test`);
    assert.match(mails.at(-1)?.parsed.subject ?? '', /trusted computers may have been copied/u);

    // Nobody is trusted any more: not the thief, and not the owner with the newest one.
    assert.equal((await thief.again(person)).step, 'totp');
    assert.equal(tokenOf(there), newest);
    assert.equal((await there.again(person)).step, 'totp');
    assert.equal((await server.eventsOf(person, 'computer.theft')).length, 1);
  });

  it('is of one person: its cookie does nothing for another, or in another’s browser', async () => {
    const alice = await trusting();
    const bob = await trusting();
    present(bob.there, tokenOf(alice.there));
    assert.equal((await bob.there.again(bob.person)).step, 'totp');

    const bobs = visitor();
    bobs.browser.steal(alice.there.browser, (name) => name.startsWith('latchkey_computer'));
    await (await bobs.start()).password(bob.person);
    assert.equal(bobs.step, 'totp');
    // Neither trust has ended, or moved on, by that.
    assert.ok((await alice.there.again(alice.person)).back?.code);
    assert.equal((await computersOf(bob.person))[0]?.generation, 1);
    assert.deepEqual(await server.eventsOf(alice.person, 'computer.theft'), []);
  });

  it('is not known by a token that was altered, and keeps its trust', async () => {
    const { person, there } = await trusting();
    const token = tokenOf(there);
    const [id = '', generation = '', mac = ''] = token.split('.');
    const other = (text: string): string => (text.startsWith('A') ? 'B' : 'A') + text.slice(1);
    const altered = [
      `${other(id)}.${generation}.${mac}`,
      `${id}.2.${mac}`,
      `${id}.${generation}.${other(mac)}`,
      `${id}.${generation}`,
      `${id}.${generation}.`,
      `${id}.01.${mac}`,
      `${id}.-1.${mac}`,
      `${token}x`,
      `${token}.${'x'.repeat(3000)}`,
      '..',
      'undefined',
    ];
    for (const value of altered) {
      const elsewhere = visitor();
      elsewhere.browser.steal(there.browser, (name) => name.startsWith('latchkey_computer'));
      present(elsewhere, value);
      await (await elsewhere.start()).password(person);
      assert.equal(elsewhere.step, 'totp', value);
      assert.throws(() => tokenOf(elsewhere), 'the cookie that is worth nothing is dropped');
    }
    assert.deepEqual(await server.eventsOf(person, 'computer.theft'), []);
    assert.ok((await there.again(person)).back?.code, 'the right one is still good');
  });

  it('is trusted for the days that were told, and for fewer once fewer are allowed', async () => {
    const { person, there } = await trusting();
    server.clock.ahead += 29 * DAY;
    assert.ok((await there.again(person)).back?.code);
    server.clock.ahead += DAY;
    assert.equal((await there.again(person)).step, 'totp', 'using it makes it last no longer');

    const second = await trusting();
    server.clock.ahead += 5 * DAY;
    await server.setOrganisation({ trustedDays: 4 });
    assert.equal((await second.there.again(second.person)).step, 'totp');
  });

  it('stays one when the clock is an hour ahead, or an hour behind', async () => {
    const { person, there } = await trusting();
    const ahead = server.clock.ahead;
    for (const hours of [1, 0, -1, 1]) {
      server.clock.ahead = ahead + hours * 3600_000;
      await there.again(person);
      assert.ok(there.back?.code, `${hours} h: ${there.step}`);
    }
    server.clock.ahead = ahead;
    const [computer] = await computersOf(person);
    assert.equal(computer?.generation, 5);
    assert.ok((computer?.lastUsedAt ?? 0) >= server.now() + 3600_000 - 10_000, 'never goes back');
  });
});

describe('a client or request that trust is not enough for', () => {
  it('asks for a code at a trusted computer, which stays trusted', async () => {
    const { person, there } = await trusting();
    const noTrust = await server.addClient({ acceptTrust: false });
    const strict = await server.addClient({ requireAcr: ACR.mfa });
    for (const client of [noTrust, strict]) {
      there.client = client;
      assert.equal((await there.again(person)).step, 'totp');
    }
    there.client = webmail;
    assert.equal((await there.again(person, { acr_values: ACR.mfa })).step, 'totp');
    assert.equal((await there.again(person, { acr_values: ACR.email })).step, 'totp');
    assert.ok((await there.again(person, { acr_values: ACR.trusted })).back?.code);
    // Nor does the session that rests on it sign in there silently.
    for (const client of [noTrust, strict])
      assert.equal((await there.silently({}, client)).back?.error, 'login_required');
  });

  it('max_age and prompt=login ask for the password again, and the computer stands in again', async () => {
    const { person, there } = await trusting();
    await there.again(person);
    server.clock.ahead += 120_000;
    for (const params of [{ max_age: '60' }, { prompt: 'login' }] as const) {
      await there.start(params);
      assert.equal(there.step, 'password');
      const since = Math.floor(server.now() / 1000);
      await there.password(person);
      const claims = await there.claims();
      assert.equal(claims['acr'], ACR.trusted);
      assert.ok(Number(claims['auth_time']) >= since);
      server.clock.ahead += 120_000;
    }
  });
});

describe('computers and people', () => {
  it('two people at one browser don’t disturb each other', async () => {
    const [alice, bob] = [await withTotp(), await withTotp()];
    const there = await visitor().trust(alice);
    await there.forgetSession().trust(bob);
    for (const person of [alice, bob, bob, alice]) {
      const claims = await (await there.again(person)).claims();
      assert.equal(claims.sub, person.person.id);
      assert.equal(claims['acr'], ACR.trusted);
    }
    await changePerson(server.store, alice.person.id, ({ trustEpoch }) => ({
      set: { trustEpoch: trustEpoch + 1 },
      result: undefined,
    }));
    assert.equal((await there.again(alice)).step, 'totp');
    assert.ok((await there.again(bob)).back?.code);
  });

  it('a person has twenty at most: beyond, the least recently used one goes', async () => {
    const { person, there: first } = await trusting();
    const second = await visitor().trust(person);
    await first.again(person);
    for (let count = 2; count < 21; count += 1) await visitor().trust(person);
    assert.equal((await computersOf(person)).length, 20);
    assert.equal((await second.again(person)).step, 'totp');
    assert.ok((await first.again(person)).back?.code);
  });

  it('nothing of the token is in the store, the log or the audit events', async () => {
    const { person, there } = await trusting();
    const tokens = [tokenOf(there)];
    await there.again(person);
    tokens.push(tokenOf(there));
    const events = JSON.stringify(await server.eventsOf(person));
    const stored = await server.stored();
    const [id = ''] = (tokens[0] ?? '').split('.');
    assert.ok(stored.includes(id), 'it was read, with the record that the token is for');
    for (const token of tokens) {
      const mac = token.split('.')[2] ?? '';
      assert.equal(mac.length, 43);
      for (const place of [stored, events, server.output.join('')])
        assert.ok(!place.includes(mac) && !place.includes(token));
    }
  });
});
