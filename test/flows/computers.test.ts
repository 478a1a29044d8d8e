/** Computers that are known from a completed sign-in: new ones are told, known ones can't be locked out. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { auditCollection, type AuditEvent } from '../../src/audit/event.ts';
import { createHttpBrowser } from '../support/http-browser.ts';
import type { Registration } from '../support/relying-party.ts';
import type { TestPerson } from '../support/server.ts';
import { DAY, FIREFOX, Visitor, startPolicyServer, type PolicyServer } from '../support/policy.ts';

const HOUR = 3600_000;
const WRONG = 'not the password of anybody';

let server: PolicyServer;
let webmail: Registration;
before(async () => {
  server = await startPolicyServer({ LATCHKEY_PROXIES: '127.0.0.1' });
  webmail = await server.addClient({ name: 'Webmail' });
});
// Whatever was counted for an address is forgotten.
beforeEach(() => {
  server.clock.ahead += 2 * HOUR;
});
after(() => server.stop());

/** Somebody at a browser that was never here, at an address. */
function visitorAt(address: string): Visitor {
  const headers = { 'user-agent': FIREFOX, 'x-forwarded-for': address };
  return new Visitor(server, webmail, createHttpBrowser(server.issuer, headers));
}

const withTotp = (): Promise<TestPerson> => server.addPerson({}, { totp: true });

async function signsIn(there: Visitor, person: TestPerson): Promise<Visitor> {
  await (await there.forgetSession().start()).password(person);
  await there.totp(person);
  assert.ok(there.back?.code, there.notice);
  return there;
}

describe('a sign-in from a new computer', () => {
  const told = async (person: TestPerson): Promise<string[]> => {
    const mails = await server.mailsTo(`${person.login}@acme.test`);
    return mails
      .filter(({ parsed }) => parsed.subject?.includes('new computer'))
      .map(({ parsed }) => parsed.text ?? '');
  };

  it('is mailed to its owner and recorded, once for each browser', async () => {
    const person = await withTotp();
    const laptop = await signsIn(visitorAt('192.0.2.1'), person);
    const [mail = '', ...more] = await told(person);
    assert.deepEqual(more, []);
    assert.match(mail, /sign in to Webmail/u);
    assert.match(mail, /Firefox on Windows/u);
    assert.match(mail, /192\.0\.2\.1/u);
    const [event] = await server.eventsOf(person, 'computer.new');
    assert.equal(event?.address, '192.0.2.1');
    assert.equal(event.client, webmail.clientId);

    await signsIn(laptop, person);
    server.clock.ahead += 2 * DAY;
    await signsIn(laptop, person);
    assert.equal((await told(person)).length, 1, 'the same browser again');

    await signsIn(visitorAt('192.0.2.1'), person);
    assert.equal((await told(person)).length, 2, 'another browser at the same address');
    assert.equal((await server.eventsOf(person, 'computer.new')).length, 2);
  });

  it('is none before it is complete', async () => {
    const person = await withTotp();
    const there = visitorAt('192.0.2.2');
    await (await there.start()).password(person);
    await there.send({ code: person.code(4000) });
    await there.send({ go: 'cancel' });
    assert.equal(there.back?.error, 'access_denied');
    assert.deepEqual(await told(person), []);
    assert.deepEqual(await server.eventsOf(person, 'computer.new'), []);
  });

  it('is each person’s own: a browser that one knows is new for another', async () => {
    const [alice, bob] = [await withTotp(), await withTotp()];
    const shared = await signsIn(visitorAt('192.0.2.3'), alice);
    await signsIn(shared, bob);
    assert.deepEqual([(await told(alice)).length, (await told(bob)).length], [1, 1]);
  });

  it('is told of a sign-in with a password alone as well, and not of a silent one', async () => {
    await server.setOrganisationMfa('optional');
    const person = await server.addPerson();
    const there = visitorAt('192.0.2.4');
    await (await there.start()).password(person);
    assert.ok(there.back?.code);
    await there.silently({}, await server.addClient());
    assert.ok(there.back?.code);
    assert.equal((await told(person)).length, 1);
    await server.setOrganisationMfa('required');
  });
});

describe('an attacker at another computer', () => {
  /** So many wrong passwords that the wait is a minute. */
  async function exhaustPasswords(there: Visitor, person: TestPerson): Promise<void> {
    await there.start();
    for (let wrong = 0; wrong < 12; wrong += 1) {
      server.clock.ahead += 60_000;
      await there.password(person, WRONG);
      assert.equal(there.page.status, 400, there.notice);
    }
    await there.password(person, WRONG);
    assert.equal(there.page.status, 429);
  }

  /** An hour after each wrong code another one, in a sign-in of its own. */
  async function exhaustCodes(there: Visitor, person: TestPerson): Promise<void> {
    for (let wrong = 0; wrong < 50; wrong += 1) {
      await (await there.start()).password(person);
      await there.send({ code: person.code(4000 + wrong) });
      assert.equal(there.page.status, 400, there.notice);
      server.clock.ahead += HOUR;
    }
    await (await there.start()).password(person);
    await there.totp(person);
    assert.equal(there.page.status, 429);
    assert.match(there.notice, /switched off/u);
  }

  it('does not lock the owner out of a known one, by passwords or by codes', async () => {
    const person = await withTotp();
    const home = await signsIn(visitorAt('192.0.2.10'), person);
    const attacker = visitorAt('192.0.2.66');

    await exhaustPasswords(attacker, person);
    await attacker.password(person);
    assert.equal(attacker.page.status, 429, 'the right password is not evaluated either');
    await signsIn(home, person);
    await attacker.password(person);
    assert.equal(attacker.page.status, 429, 'and the owner’s sign-in frees nobody else');

    server.clock.ahead += HOUR;
    await exhaustCodes(attacker, person);
    await signsIn(home, person);
    await (await attacker.start()).password(person);
    await attacker.totp(person);
    assert.equal(attacker.page.status, 429, 'still suspended for everybody else');
  });

  it('who suspends the codes is told to the owner, once, and to both addresses', async () => {
    const person = await server.addPerson({}, { totp: true, email: true });
    await exhaustCodes(visitorAt('192.0.2.67'), person);
    const events = await server.eventsOf(person, 'attempts.suspended');
    assert.deepEqual(
      events.map(({ outcome, address }) => [outcome, address]),
      [['refused', '192.0.2.67']],
    );
    for (const address of [`${person.login}@acme.test`, `${person.login}@home.test`]) {
      const subjects = (await server.mailsTo(address)).map(({ parsed }) => parsed.subject);
      assert.deepEqual(subjects, ['Six-digit codes are switched off for your Acme account']);
    }
  });

  it('of a name that nobody has waits just as long', async () => {
    const person = await withTotp();
    const waits: string[] = [];
    for (const [login, address] of [
      [person.login, '192.0.2.68'],
      ['nobody-of-that-name', '192.0.2.69'],
    ] as const) {
      const there = visitorAt(address);
      await exhaustPasswords(there, { ...person, login });
      waits.push(there.notice);
    }
    assert.match(waits[0] ?? '', /Wait (?:1 minute|\d\d seconds)/u);
    const kind = waits.map((wait) => wait.replaceAll(/\d+ seconds|1 minute/gu, 'a while'));
    assert.equal(kind[0], kind[1]);
  });
});

describe('many wrong passwords from one address', () => {
  const sprayed = async (): Promise<AuditEvent[]> => {
    await server.settle();
    const { items } = await server.store.scan(auditCollection, { limit: 10_000 });
    return items.map(({ value }) => value).filter(({ type }) => type === 'attempts.spray');
  };

  /** Wrong passwords for as many names, each from a browser of its own. */
  async function spray(address: string, names: number, prefix = 'name'): Promise<Visitor> {
    let last = visitorAt(address);
    const nobody = await withTotp();
    for (let count = 0; count < names; count += 1) {
      last = await visitorAt(address).start();
      await last.password({ ...nobody, login: `${prefix}-${count}` }, WRONG);
      assert.equal(last.page.status, 400, `${count}: ${last.notice}`);
    }
    return last;
  }

  /** After fifty, so many more that the wait is a minute. */
  async function slowDown(address: string): Promise<void> {
    for (let more = 0; more < 7; more += 1) {
      server.clock.ahead += 60_000;
      await spray(address, 1, `later-${more}`);
    }
  }

  it('are an alert at fifty, and slow that address down; a known computer there isn’t', async () => {
    const address = '192.0.2.80';
    const [owner, visitor] = [await withTotp(), await withTotp()];
    const known = await signsIn(visitorAt(address), owner);
    const before = (await sprayed()).length;

    await spray(address, 49);
    assert.equal((await sprayed()).length, before);
    await spray(address, 1, 'fiftieth');
    const alert = (await sprayed()).at(-1);
    assert.equal((await sprayed()).length, before + 1);
    assert.deepEqual([alert?.address, alert?.person, alert?.outcome], [address, null, 'refused']);
    assert.match(server.output.join(''), /many wrong passwords from one address/u);

    await slowDown(address);
    assert.equal((await sprayed()).length, before + 1, 'once');
    const stranger = await visitorAt(address).start();
    await stranger.password(visitor);
    assert.equal(stranger.page.status, 429);
    await signsIn(known, owner);
    const elsewhere = await visitorAt('192.0.2.81').start();
    await elsewhere.password(visitor);
    assert.equal(elsewhere.step, 'totp', 'other addresses are not slowed');

    server.clock.ahead += 60_000;
    await stranger.password(visitor);
    assert.equal(stranger.step, 'totp', 'after the delay it is evaluated');
    // A right password makes nobody else there wait, and is no alert.
    const next = await visitorAt(address).start();
    await next.password(visitor);
    assert.equal(next.step, 'totp', next.notice);
    assert.equal((await sprayed()).length, before + 1);
  });

  it('is not what right passwords are, however many', async () => {
    const address = '192.0.2.82';
    const before = (await sprayed()).length;
    await spray(address, 49);
    const person = await withTotp();
    for (let count = 0; count < 3; count += 1) {
      const there = await visitorAt(address).start();
      await there.password(person);
      assert.equal(there.step, 'totp', there.notice);
    }
    assert.equal((await sprayed()).length, before);
    await spray(address, 1, 'fiftieth');
    assert.equal((await sprayed()).length, before + 1);
  });

  it('does not count tries that were not evaluated, as the name had to wait', async () => {
    const address = '192.0.2.83';
    const person = await withTotp();
    const impatient = await visitorAt(address).start();
    let waits = 0;
    for (let count = 0; count < 60; count += 1) {
      await impatient.password(person, WRONG);
      if (impatient.page.status === 429) waits += 1;
    }
    assert.ok(waits > 40, String(waits));
    const colleague = await visitorAt(address).start();
    await colleague.password(await withTotp());
    assert.equal(colleague.step, 'totp', colleague.notice);
  });

  it('counts an IPv6 customer as one', async () => {
    await spray('2001:db8:0:7::1', 25);
    await spray('2001:db8:0:7:ffff::2', 25, 'more');
    await slowDown('2001:db8:0:7::4');
    const person = await withTotp();
    const neighbour = await visitorAt('2001:db8:0:7::3').start();
    await neighbour.password(person);
    assert.equal(neighbour.page.status, 429);
    const other = await visitorAt('2001:db8:0:8::3').start();
    await other.password(person);
    assert.equal(other.step, 'totp');
  });
});
