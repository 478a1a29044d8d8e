/** `prompt=select_account` (OpenID Connect Core §3.1.2.1): as whom to go on, in one sign-in that ends once. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { changePerson } from '../../src/records/person.ts';
import { endedBy } from '../../src/policy/revocation/ended-fields.ts';
import { ACR } from '../../src/policy/factors.ts';
import { hiddenFields } from '../support/http-browser.ts';
import { startPolicyServer, Visitor, type PolicyServer } from '../support/policy.ts';
import type { Registration } from '../support/relying-party.ts';
import type { TestPerson } from '../support/server.ts';

const SELECT = { prompt: 'select_account' };

let server: PolicyServer;
let webmail: Registration;
let alice: TestPerson;
let bob: TestPerson;
before(async () => {
  server = await startPolicyServer();
  webmail = await server.addClient();
  alice = await server.addPerson({ name: 'Alice Archer' }, { totp: true });
  bob = await server.addPerson({}, { totp: true });
});
after(() => server.stop());

async function signedIn(person: TestPerson, client = webmail): Promise<Visitor> {
  const visitor = await new Visitor(server, client).start();
  return (await visitor.password(person)).totp(person);
}

/** At the page where Alice, who is signed in, may choose. */
async function choosing(params: Record<string, string> = {}, client = webmail): Promise<Visitor> {
  const visitor = await signedIn(alice);
  visitor.client = client;
  await visitor.start({ ...SELECT, ...params });
  assert.equal(visitor.step, 'select-account', visitor.page.html);
  return visitor;
}

const goOn = (visitor: Visitor) => visitor.send({ go: 'submit' });

async function sub(visitor: Visitor): Promise<string | undefined> {
  return (await visitor.claims()).sub;
}

const loginOn = ({ page }: Visitor) => /name="login"[^>]* value="([^"]*)"/u.exec(page.html)?.[1];

/** Whose session it is, as an app finds out without a page. */
async function whoIsThere({ browser }: Visitor): Promise<string | undefined> {
  return sub(await new Visitor(server, webmail, browser).silently());
}

describe('somebody who is signed in', () => {
  it('goes on in the same session, and nothing is asked or recorded', async () => {
    const visitor = await signedIn(alice);
    const before_ = await visitor.claims();
    server.clock.ahead += 60_000;
    await visitor.start(SELECT);
    assert.match(visitor.page.html, /Continue as Alice Archer \(person1\)/u);
    const recorded = (await server.eventsOf(alice)).length;
    const after_ = await (await goOn(visitor)).claims();
    for (const claim of ['sub', 'sid', 'auth_time', 'amr', 'acr'])
      assert.deepEqual(after_[claim], before_[claim], claim);
    assert.equal((await server.eventsOf(alice)).length, recorded);
  });

  it('uses another account, whose sign-in ends the session; half a sign-in changes nothing', async () => {
    const visitor = await choosing();
    const [, , uid] = visitor.page.url.pathname.split('/');
    await visitor.send({ go: 'restart' });
    assert.deepEqual([visitor.step, loginOn(visitor)], ['password', undefined]);
    await visitor.password(bob);
    assert.equal(visitor.page.url.pathname, `/interaction/${uid}/totp`, 'one interaction');
    assert.equal(await whoIsThere(visitor), alice.person.id);
    await visitor.totp(bob);
    assert.equal(await sub(visitor), bob.person.id);
    assert.equal(await whoIsThere(visitor), bob.person.id);
  });

  it('cancels', async () => {
    const { back } = await (await choosing()).send({ go: 'cancel' });
    assert.deepEqual(back, { code: null, error: 'access_denied' });
  });
});

describe('where nobody is signed in', () => {
  it('it is the plain sign-in, once', async () => {
    const visitor = await new Visitor(server, webmail).start(SELECT);
    assert.equal(visitor.step, 'password');
    await (await visitor.password(bob)).totp(bob);
    assert.equal(await sub(visitor), bob.person.id);
  });

  it('nor is there anybody to choose whose session has ended meanwhile', async () => {
    const visitor = await choosing();
    await changePerson(server.store, alice.person.id, (person) => ({
      set: endedBy(person, 'password-changed'),
      result: undefined,
    }));
    await goOn(visitor);
    assert.equal(visitor.step, 'password');
    await (await visitor.password(bob)).totp(bob);
    assert.equal(await sub(visitor), bob.person.id);
  });
});

describe('together with', () => {
  const cases: [string, Record<string, string>, readonly string[]][] = [
    ['login', { prompt: 'login select_account' }, ['password', 'totp']],
    ['max_age=0', { max_age: '0' }, ['password', 'totp']],
    ['max_age', { max_age: '20' }, ['password', 'totp']],
    ['a max_age that is met', { max_age: '300' }, []],
    ['login_hint', { login_hint: 'person2' }, []],
  ];
  for (const [what, params, asked] of cases)
    it(`${what}: the account that is chosen proves what is missing, in the same sign-in`, async () => {
      const visitor = await choosing();
      server.clock.ahead += 30_000;
      const since = Math.floor(server.now() / 1000);
      await visitor.start({ ...SELECT, ...params });
      const [, , uid] = visitor.page.url.pathname.split('/');
      await goOn(visitor);
      for (const step of asked) {
        assert.equal(visitor.page.url.pathname, `/interaction/${uid}/${step}`);
        await (step === 'password' ? visitor.password(alice) : visitor.totp(alice));
      }
      const claims = await visitor.claims();
      assert.equal(claims.sub, alice.person.id);
      assert.equal(Number(claims['auth_time']) >= since, asked.length > 0);
    });

  it('login_hint: the other account is asked for by it', async () => {
    const visitor = await choosing({ login_hint: bob.login });
    assert.equal(loginOn(await visitor.send({ go: 'restart' })), bob.login);
  });

  it('login_hint: whoever is chosen instead of it is asked for', async () => {
    const visitor = await choosing({ login_hint: bob.login, max_age: '0' });
    assert.deepEqual([loginOn(await goOn(visitor)), visitor.step], [alice.login, 'password']);
  });

  it('consent: that is asked for next, and the account not again', async () => {
    const calendar = await server.addClient({ name: 'Calendar', firstParty: false });
    const visitor = await choosing({ prompt: 'consent select_account' }, calendar);
    await goOn(visitor);
    assert.equal(visitor.step, 'consent');
    await visitor.send({ decision: 'allow' });
    assert.equal(await sub(visitor), alice.person.id);
  });

  it('id_token_hint: nobody but whom it names can be chosen', async () => {
    const { id_token: hers = '' } = await (await signedIn(alice)).tokens();
    const { id_token: his = '' } = await (await signedIn(bob)).tokens();
    assert.equal(await sub(await goOn(await choosing({ id_token_hint: hers }))), alice.person.id);

    const visitor = await (await signedIn(alice)).start({ ...SELECT, id_token_hint: his });
    assert.deepEqual([visitor.step, loginOn(visitor)], ['password', bob.login]);
    await (await visitor.password(bob)).totp(bob);
    assert.equal(await sub(visitor), bob.person.id);

    const wrong = await (await choosing({ id_token_hint: hers })).send({ go: 'restart' });
    await (await wrong.password(bob)).totp(bob);
    assert.deepEqual(wrong.back, { code: null, error: 'login_required' });
  });

  it('none: the request is refused', async () => {
    for (const prompt of ['none select_account', 'select_account none']) {
      const visitor = await (await signedIn(alice)).start({ prompt });
      assert.deepEqual(visitor.back, { code: null, error: 'invalid_request' });
    }
  });
});

describe('the policy judges whoever is chosen', () => {
  it('as closed out of an app', async () => {
    const closed = await server.addClient({ organisations: ['globex'] });
    const visitor = await goOn(await choosing({}, closed));
    assert.equal(visitor.step, 'not-open');
    assert.equal((await visitor.send({ go: 'leave' })).back?.error, 'access_denied');
  });

  it('as too weak for an app', async () => {
    const carol = await server.addPerson({}, { totp: true, email: true });
    const visitor = new Visitor(server, webmail);
    await (await (await visitor.start()).password(carol)).emailCode(carol);
    visitor.client = await server.addClient({ requireAcr: ACR.mfa });
    await goOn(await visitor.start(SELECT));
    assert.equal(visitor.step, 'totp');
    assert.equal(await sub(await visitor.totp(carol)), carol.person.id);
  });
});

describe('the page', () => {
  it('is nobody else’s: another browser is refused, and so is a form without its token', async () => {
    const visitor = await choosing();
    const { browser } = new Visitor(server, webmail);
    assert.equal((await browser.open(visitor.page.url)).status, 403);
    const body = new URLSearchParams({ go: 'submit' });
    const forged = await visitor.browser.send(visitor.page.url, { method: 'POST', body });
    assert.equal(forged.status, 403);
  });

  it('posted twice at once leads to one code', async () => {
    const visitor = await choosing();
    const body = new URLSearchParams({ ...hiddenFields(visitor.page.html), go: 'submit' });
    const send = () => visitor.browser.send(visitor.page.url, { method: 'POST', body });
    const sent = await Promise.all([send(), send()]);
    const places = sent.map(({ headers }) => new URL(headers.get('location') ?? '', server.issuer));
    assert.deepEqual(
      new Set(places.map(({ pathname }) => pathname.split('/')[1])),
      new Set(['auth']),
    );
    const answers = await Promise.all(places.map((place) => visitor.browser.send(place)));
    assert.deepEqual(answers.map(({ status }) => status).toSorted(), [303, 400]);
  });

  it('in a second tab does not go on as somebody who was put aside in the first', async () => {
    const visitor = await choosing();
    const second = visitor.page;
    await visitor.send({ go: 'restart' });
    visitor.page = second;
    await goOn(visitor);
    assert.equal(visitor.step, 'password');
  });
});
