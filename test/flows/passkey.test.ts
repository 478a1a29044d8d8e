/** Passkeys over HTTP: set up inside a sign-in, as the second factor, alone, and all that is refused. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { JWTPayload } from 'jose';
import { changePerson, getPerson } from '../../src/records/person.ts';
import { userHandle } from '../../src/factors/passkey-options.ts';
import { createHttpBrowser, unescapeHtml, type HtmlPage } from '../support/http-browser.ts';
import {
  authorize,
  exchange,
  verifyIdToken,
  type Authorization,
  type Registration,
} from '../support/relying-party.ts';
import { PASSWORD, startTestServer, type TestPerson, type TestServer } from '../support/server.ts';
import { eventsOf } from '../support/factors.ts';
import { stepOf } from '../support/sign-in.ts';
import { softwarePasskey, type SoftwarePasskey } from '../support/software-authenticator.ts';
import { disablePerson } from '../support/operator.ts';

let server: TestServer;
let webmail: Registration;
before(async () => {
  server = await startTestServer();
  webmail = await server.addClient();
});
after(() => server.stop());

interface Options {
  challenge: string;
  allowCredentials?: { id: string }[];
  excludeCredentials?: { id: string }[];
  user?: { id: string; name: string };
}

/** What the button of the page asks the browser for. */
const optionsOn = (page: HtmlPage): Options => {
  const text = /data-options="([^"]*)"/u.exec(page.html)?.[1];
  assert.ok(text !== undefined, page.html);
  return JSON.parse(unescapeHtml(text)) as Options;
};

const noticeOn = (page: HtmlPage): string =>
  /id="notice"[^>]*><p>([^<]*)/u.exec(page.html)?.[1] ?? '';

class Visitor {
  browser = createHttpBrowser(server.issuer);
  asked: Authorization = authorize(webmail);
  page!: HtmlPage;

  async start(params: Record<string, string> = {}): Promise<this> {
    this.asked = authorize(webmail, params);
    this.page = await this.browser.open(this.asked.url);
    return this;
  }

  async givePassword({ login }: TestPerson): Promise<this> {
    this.page = await this.browser.submit(this.page, { login, password: PASSWORD });
    return this;
  }

  async goTo(step: string): Promise<this> {
    const [, , uid] = this.page.url.pathname.split('/');
    this.page = await this.browser.open(`${server.issuer}/interaction/${uid}/${step}`);
    return this;
  }

  async send(fields: Record<string, string>): Promise<this> {
    this.page = await this.browser.submit(this.page, { go: 'submit', ...fields });
    return this;
  }

  async claims(): Promise<JWTPayload> {
    const answer = await exchange(webmail, this.asked, this.page.url);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return verifyIdToken(webmail, String(answer.body['id_token']), this.asked.nonce);
  }

  get step(): string {
    return stepOf(this.page);
  }
}

const ceremony = (page: HtmlPage): { challenge: string; origin: string; synced: boolean } => ({
  challenge: optionsOn(page).challenge,
  origin: server.issuer,
  synced: true,
});

const answer = (key: SoftwarePasskey, page: HtmlPage, person?: TestPerson): string =>
  key.authenticate(ceremony(page), person && userHandle(person.person.id));

async function atEnrolment(person: TestPerson): Promise<Visitor> {
  const visitor = await (await new Visitor().start()).givePassword(person);
  assert.equal(visitor.step, 'totp-enrol');
  return visitor.goTo('passkey-enrol');
}

/** A person who has set up a passkey in a sign-in, which waits for its next one. */
async function enrolled(): Promise<{ person: TestPerson; key: SoftwarePasskey; visitor: Visitor }> {
  const person = await server.addPerson();
  const key = softwarePasskey(randomBytes(16).toString('base64url'));
  const visitor = await atEnrolment(person);
  await visitor.send({ name: ' Work laptop ', response: key.register(ceremony(visitor.page)) });
  assert.equal(visitor.step, 'enrolled', visitor.page.html);
  await visitor.send({ go: 'finish' });
  assert.equal(visitor.step, 'password');
  return { person, key, visitor };
}

describe('a passkey', () => {
  it('is set up in the sign-in that requires a factor, and then signs in with the password', async () => {
    const { person, key, visitor } = await enrolled();
    const stored = await getPerson(server.store, person.person.id);
    assert.deepEqual(
      stored?.passkeys.map(({ id, name, synced }) => ({ id, name, synced })),
      [{ id: key.id, name: 'Work laptop', synced: true }],
    );
    assert.equal(stored.epoch, person.person.epoch + 1);
    assert.notEqual(stored.oneTimeCodes, null);

    await visitor.givePassword(person);
    assert.equal(visitor.step, 'passkey');
    assert.deepEqual(
      optionsOn(visitor.page).allowCredentials?.map(({ id }) => id),
      [key.id],
    );
    await visitor.send({ response: answer(key, visitor.page) });
    const claims = await visitor.claims();
    assert.equal(claims['acr'], 'phr');
    assert.deepEqual([...(claims['amr'] as string[])].toSorted(), [
      'mfa',
      'pop',
      'pwd',
      'swk',
      'user',
    ]);
  });

  it('signs in alone, without saying before whose it is', async () => {
    const { person, key } = await enrolled();
    const visitor = await (await new Visitor().start()).goTo('passkey');
    assert.equal(visitor.step, 'passkey');
    assert.deepEqual(optionsOn(visitor.page).allowCredentials, []);
    assert.ok(!visitor.page.html.includes(person.login));
    await visitor.send({ response: answer(key, visitor.page, person) });
    const claims = await visitor.claims();
    assert.equal(claims.sub, person.person.id);
    assert.equal(claims['acr'], 'phr');
    assert.deepEqual([...(claims['amr'] as string[])].toSorted(), ['mfa', 'pop', 'swk', 'user']);
  });

  it('is not the way in for whoever proved something of somebody else before', async () => {
    const alice = await enrolled();
    const bob = await server.addPerson({}, { totp: true });
    const visitor = await (await new Visitor().start()).givePassword(bob);
    assert.equal(visitor.step, 'totp');
    await visitor.goTo('passkey');
    assert.equal(visitor.step, 'totp', 'Bob has none');
    await visitor.send({ go: 'restart' });
    await visitor.goTo('passkey');
    await visitor.send({ response: answer(alice.key, visitor.page, alice.person) });
    const claims = await visitor.claims();
    assert.equal(claims.sub, alice.person.person.id);
    assert.ok(!(claims['amr'] as string[]).includes('pwd'));
  });

  it('is refused as a second factor when it is another person’s', async () => {
    const alice = await enrolled();
    const bob = await enrolled();
    await bob.visitor.givePassword(bob.person);
    for (const named of [undefined, alice.person, bob.person]) {
      const response = answer(alice.key, bob.visitor.page, named);
      await bob.visitor.send({ response });
      assert.equal(bob.visitor.page.status, 400);
      assert.match(noticeOn(bob.visitor.page), /isn’t registered here/u);
    }
  });

  it('has one evaluated answer to each challenge', async () => {
    const { person, key, visitor } = await enrolled();
    await visitor.givePassword(person);
    const first = visitor.page;
    const right = answer(key, first);
    const thief = softwarePasskey(key.id);
    await visitor.send({ response: answer(thief, first) });
    assert.match(noticeOn(visitor.page), /couldn’t be verified/u);
    await visitor.send({ response: right });
    assert.equal(visitor.page.status, 400, 'the challenge was spent by the wrong answer');
    assert.notEqual(optionsOn(visitor.page).challenge, optionsOn(first).challenge);
    await visitor.send({ response: answer(key, visitor.page) });
    assert.equal((await visitor.claims())['acr'], 'phr');
  });

  it('that was not asked (no JavaScript) spends nothing', async () => {
    const { person, visitor } = await enrolled();
    await visitor.givePassword(person);
    const { challenge } = optionsOn(visitor.page);
    for (const response of ['', '{}'.padEnd(20_000)]) {
      await visitor.send({ response });
      assert.equal(visitor.page.status, 400);
      assert.equal(optionsOn(visitor.page).challenge, challenge);
    }
  });

  it('is offered under the box for the login name, to whomever, and refused ones lock nobody out', async () => {
    const { person, key } = await enrolled();
    for (const login_hint of [person.login, 'nobody-at-all']) {
      const { page } = await new Visitor().start({ login_hint });
      assert.match(page.html, /<input id="login"[^>]* autocomplete="username webauthn"/u);
      assert.deepEqual(optionsOn(page).allowCredentials, []);
      assert.ok(!page.html.includes(key.id));
    }
    const visitor = await new Visitor().start();
    const shown = visitor.page;
    await visitor.goTo('passkey');
    assert.equal(optionsOn(visitor.page).challenge, optionsOn(shown).challenge);
    const thief = softwarePasskey(key.id);
    for (let count = 0; count < 12; count += 1) {
      await visitor.send({ response: answer(thief, visitor.page, person) });
      assert.match(noticeOn(visitor.page), /couldn’t be verified/u);
    }
    assert.equal((await (await new Visitor().start()).givePassword(person)).step, 'passkey');
    await visitor.send({ response: answer(key, visitor.page, person) });
    assert.equal((await visitor.claims()).sub, person.person.id);
  });

  it('of a disabled person is unknown', async () => {
    const { person, key } = await enrolled();
    await disablePerson(server.store, person.person.id);
    const visitor = await (await new Visitor().start()).goTo('passkey');
    await visitor.send({ response: answer(key, visitor.page, person) });
    assert.match(noticeOn(visitor.page), /isn’t registered here/u);
  });

  it('of another sign-in’s challenge is refused', async () => {
    const { person, key } = await enrolled();
    const [one, other] = [await new Visitor().start(), await new Visitor().start()];
    await one.goTo('passkey');
    await other.goTo('passkey');
    await other.send({ response: answer(key, one.page, person) });
    assert.match(noticeOn(other.page), /couldn’t be verified/u);
  });
});

describe('setting up a passkey', () => {
  const newKey = (): SoftwarePasskey => softwarePasskey(randomBytes(16).toString('base64url'));

  it('refuses what is no new passkey, and shows a new challenge each time', async () => {
    const person = await server.addPerson();
    const visitor = await atEnrolment(person);
    const seen = new Set<string>();
    const before = { ...ceremony(visitor.page) };
    const wrong = [
      '{}',
      newKey().register({ ...before, origin: 'https://evil.example' }),
      newKey().register({ ...before, userVerified: false }),
      newKey().register(before),
    ];
    for (const response of wrong) {
      seen.add(optionsOn(visitor.page).challenge);
      await visitor.send({ name: 'x', response });
      assert.equal(visitor.step, 'passkey-enrol');
      assert.match(noticeOn(visitor.page), /couldn’t be verified/u);
    }
    assert.equal(seen.size, wrong.length);
    assert.deepEqual((await getPerson(server.store, person.person.id))?.passkeys, []);
    await visitor.send({ name: 'x', response: newKey().register(ceremony(visitor.page)) });
    assert.equal(visitor.step, 'enrolled');
  });

  it('wants a name of a bounded length', async () => {
    const visitor = await atEnrolment(await server.addPerson());
    for (const [name, error] of [
      ['   ', 'Please fill this in'],
      ['x'.repeat(61), 'too long'],
    ] as const) {
      await visitor.send({ name, response: newKey().register(ceremony(visitor.page)) });
      assert.equal(visitor.page.status, 400);
      assert.match(/id="name-error">([^<]*)/u.exec(visitor.page.html)?.[1] ?? '', RegExp(error));
    }
    const name = '<b>"Ace"';
    await visitor.send({ name, response: '' });
    assert.match(visitor.page.html, /value="&lt;b&gt;&quot;Ace&quot;"/u);
  });

  it('stops at ten', async () => {
    const person = await server.addPerson();
    const visitor = await atEnrolment(person);
    const passkeys = Array.from({ length: 10 }, (_, n) => ({
      id: `key${n}`,
      publicKey: '',
      transports: [],
      synced: false,
      name: '',
      createdAt: 0,
    }));
    await changePerson(server.store, person.person.id, () => ({ set: { passkeys }, result: 0 }));
    await visitor.send({ name: 'x', response: newKey().register(ceremony(visitor.page)) });
    assert.notEqual(visitor.step, 'enrolled');
    const stored = await getPerson(server.store, person.person.id);
    assert.equal(stored?.passkeys.length, 10);
  });

  it('of one answer sent twice at once makes one passkey', async () => {
    const person = await server.addPerson();
    const { browser, page } = await atEnrolment(person);
    const response = newKey().register(ceremony(page));
    const fields = { go: 'submit', name: 'x', response };
    await Promise.all([browser.submit(page, fields), browser.submit(page, fields)]);
    assert.equal((await getPerson(server.store, person.person.id))?.passkeys.length, 1);
  });

  it('goes back to the set-up that is offered first', async () => {
    const visitor = await atEnrolment(await server.addPerson());
    await visitor.send({ go: 'previous' });
    assert.equal(visitor.step, 'totp-enrol');
  });
});

describe('a passkey that is refused in somebody else’s sign-in', () => {
  it('is told of its owner without what was asked of the other', async () => {
    const { person: owner, key } = await enrolled();
    await server.setOrganisationMfa('optional');
    try {
      const other = await server.addPerson();
      const visitor = await (await new Visitor().start()).givePassword(other);
      await changePerson(server.store, other.person.id, () => ({
        set: { role: 'auditor' },
        result: undefined,
      }));
      server.clock.ahead += 600_000;
      await visitor.start();
      assert.equal(visitor.step, 'password');
      await visitor.goTo('passkey');
      const elsewhere = { ...ceremony(visitor.page), origin: 'https://elsewhere.test' };
      await visitor.send({ response: key.authenticate(elsewhere, userHandle(owner.person.id)) });
      const told = (await eventsOf(server, owner)).filter(({ outcome }) => outcome === 'refused');
      assert.deepEqual(
        told.map(({ reasons }) => reasons),
        [['passkey-wrong']],
      );
      assert.equal(told[0]?.details['next'], undefined);
    } finally {
      await server.setOrganisationMfa('required');
    }
  });
});
