/** A client is changed or removed while somebody stands at a page of the sign-in: the request is judged again. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ACR } from '../../src/policy/factors.ts';
import type { NewClient } from '../../src/oidc/clients/new-client.ts';
import { clientCollection, type ClientRecord } from '../../src/records/client.ts';
import { hiddenFields } from '../support/http-browser.ts';
import { mailedCode, startPolicyServer, Visitor, type PolicyServer } from '../support/policy.ts';
import { exchange, type Registration } from '../support/relying-party.ts';
import { PASSWORD, REDIRECT, type TestPerson } from '../support/server.ts';

const ELSEWHERE = 'http://127.0.0.1:9/elsewhere';
const GOODBYE = 'http://127.0.0.1:9/goodbye';
const WITHOUT_PKCE = { code_challenge: '', code_challenge_method: '' };

let server: PolicyServer;
let person: TestPerson;
before(async () => {
  server = await startPolicyServer();
  person = await server.addPerson({}, { totp: true });
});
after(() => server.stop());

/** As another process would: this one has the client in its cache, for half a second at the most. */
async function change(client: Registration, set: Partial<ClientRecord> | null): Promise<void> {
  const stored = await server.store.get(clientCollection, client.clientId);
  assert.ok(stored);
  if (set) await server.store.put(clientCollection, client.clientId, { ...stored, ...set });
  else await server.store.delete(clientCollection, client.clientId);
  server.clock.ahead += 500;
}

async function at(
  step: 'password' | 'totp',
  fields: Partial<NewClient> = {},
  params: Record<string, string> = {},
): Promise<Visitor> {
  const visitor = await new Visitor(server, await server.addClient(fields)).start(params);
  if (step === 'totp') await visitor.password(person);
  assert.equal(visitor.step, step);
  return visitor;
}

const goOn = (visitor: Visitor) =>
  visitor.step === 'password'
    ? visitor.password(person).then(() => visitor.totp(person))
    : visitor.totp(person);

function assertOurPage({ page, client }: Visitor, text: RegExp): void {
  assert.ok(page.url.href.startsWith(server.issuer), page.url.href);
  assert.ok(!page.url.href.startsWith(client.redirectUri));
  assert.equal(page.status, 400);
  assert.match(page.html, text);
}

async function assertNobodySignedIn({ browser }: Visitor): Promise<void> {
  const other = new Visitor(server, await server.addClient(), browser);
  await other.silently();
  assert.equal(other.back?.error, 'login_required');
}

const NOT_REGISTERED = /redirect_uri|not registered|isn’t registered/u;

describe('a redirect URI that is taken away meanwhile', () => {
  for (const kind of ['web', 'spa', 'native'] as const)
    it(`gets no code (${kind})`, async () => {
      const visitor = await at('totp', { kind });
      await change(visitor.client, { redirectUris: [ELSEWHERE] });
      await goOn(visitor);
      assertOurPage(visitor, NOT_REGISTERED);
      await assertNobodySignedIn(visitor);
    });

  it('gets no error either', async () => {
    const visitor = await at('totp');
    await change(visitor.client, { redirectUris: [ELSEWHERE] });
    await visitor.send({ go: 'cancel' });
    assertOurPage(visitor, NOT_REGISTERED);
  });

  it('gets no code after a consent', async () => {
    const visitor = await at('totp', { firstParty: false });
    await goOn(visitor);
    assert.equal(visitor.step, 'consent');
    await change(visitor.client, { redirectUris: [ELSEWHERE] });
    await visitor.send({ decision: 'allow' });
    assertOurPage(visitor, NOT_REGISTERED);
  });

  it('has its code refused', async () => {
    const visitor = await goOn(await at('totp'));
    assert.ok(visitor.back?.code);
    await change(visitor.client, { redirectUris: [ELSEWHERE] });
    const { status, body } = await exchange(visitor.client, visitor.asked, visitor.page.url);
    assert.deepEqual([status, body['error']], [400, 'invalid_grant']);
  });

  it('is none of a native app that comes back at another port', async () => {
    const redirectUris = ['http://127.0.0.1/callback'];
    const visitor = await at(
      'password',
      { kind: 'native', redirectUris },
      { redirect_uri: REDIRECT },
    );
    await goOn(visitor);
    if (visitor.step === 'consent') await visitor.send({ decision: 'allow' });
    assert.ok(visitor.page.url.href.startsWith(REDIRECT), visitor.page.html);
    assert.ok(visitor.page.url.searchParams.get('code'));
  });
});

describe('a client that is removed meanwhile', () => {
  for (const step of ['password', 'totp'] as const)
    it(`gets nothing, at the page ${step}`, async () => {
      const visitor = await at(step);
      await change(visitor.client, null);
      await visitor.send({ login: person.login, password: 'x', code: '000000' });
      assertOurPage(visitor, /app/u);
      await assertNobodySignedIn(visitor);
    });

  it('gets nothing when the sign-in was finished already', async () => {
    const visitor = await at('totp');
    const { browser } = visitor;
    server.clock.ahead += 30_000;
    const resume = await finishOnly(visitor, { code: person.code() });
    await change(visitor.client, null);
    visitor.page = await browser.open(resume);
    assertOurPage(visitor, /app/u);
    await assertNobodySignedIn(visitor);
  });

  it('and added again under its id is judged as what it is now', async () => {
    const visitor = await at('totp', { requirePkce: false }, WITHOUT_PKCE);
    await change(visitor.client, null);
    await server.addClient({ id: visitor.client.clientId, kind: 'spa' });
    await goOn(visitor);
    assert.deepEqual(visitor.back, { code: null, error: 'invalid_request' });
  });
});

/** Ends the sign-in with these fields, and answers where the browser is sent to, without going there. */
async function finishOnly(
  { page, browser }: Visitor,
  fields: Record<string, string>,
): Promise<string> {
  const action = /<form method="post" action="([^"]*)"/u.exec(page.html)?.[1] ?? '';
  const body = new URLSearchParams({ ...hiddenFields(page.html), ...fields });
  const answer = await browser.send(new URL(action, page.url), { method: 'POST', body });
  const next = new URL(answer.headers.get('location') ?? '', page.url);
  assert.match(next.pathname, /^\/auth\//u, answer.html);
  return next.href;
}

describe('PKCE that is required meanwhile', () => {
  it('ends the request that came without, at the app', async () => {
    const visitor = await at('totp', { requirePkce: false }, WITHOUT_PKCE);
    await change(visitor.client, { requirePkce: true });
    await goOn(visitor);
    assert.deepEqual(visitor.back, { code: null, error: 'invalid_request' });
    assert.equal(visitor.page.url.searchParams.get('state'), visitor.asked.state);
  });

  it('leaves one alone that came with it', async () => {
    const visitor = await at('totp', { requirePkce: false });
    await change(visitor.client, { requirePkce: true });
    assert.equal((await (await goOn(visitor)).claims()).sub, person.person.id);
  });

  it('has a code refused that was issued without', async () => {
    const visitor = await goOn(await at('totp', { requirePkce: false }, WITHOUT_PKCE));
    assert.ok(visitor.back?.code);
    await change(visitor.client, { requirePkce: true });
    const asked = { ...visitor.asked, verifier: '' };
    const { status, body } = await exchange(visitor.client, asked, visitor.page.url);
    assert.deepEqual([status, body['error']], [400, 'invalid_grant']);
  });
});

describe('what a client asks of a sign-in is asked of one under way', () => {
  it('another organisation only', async () => {
    const visitor = await at('totp');
    await change(visitor.client, { organisations: ['globex'] });
    await goOn(visitor);
    assert.equal(visitor.step, 'not-open');
    await visitor.send({ go: 'leave' });
    assert.deepEqual(visitor.back, { code: null, error: 'access_denied' });
  });

  it('a stronger sign-in', async () => {
    const both = await server.addPerson({}, { totp: true, email: true });
    const visitor = new Visitor(server, await server.addClient());
    await (await visitor.start()).password(both);
    await change(visitor.client, { requireAcr: 'mfa' });
    await visitor.goTo('email-code');
    assert.equal(visitor.step, 'totp', visitor.page.html);
    assert.equal((await (await visitor.totp(both)).claims())['acr'], ACR.mfa);
  });

  it('a stronger sign-in than the one that is finished', async () => {
    const both = await server.addPerson({}, { totp: true, email: true });
    const visitor = new Visitor(server, await server.addClient());
    await (await (await visitor.start()).password(both)).goTo('email-code');
    await visitor.send({ go: 'send' });
    const resume = await finishOnly(visitor, { code: await mailedCode(server, both) });
    await change(visitor.client, { requireAcr: 'mfa' });
    visitor.page = await visitor.browser.open(resume);
    assert.equal(visitor.step, 'totp', visitor.page.html);
    assert.equal((await (await visitor.totp(both)).claims())['acr'], ACR.mfa);
  });

  it('more than a trusted computer', async () => {
    const visitor = await onTrustedComputer();
    await change(visitor.client, { acceptTrust: false });
    await visitor.password(person);
    assert.equal(visitor.step, 'totp', visitor.page.html);
  });

  it('more than a trusted computer, though the sign-in is finished', async () => {
    const visitor = await onTrustedComputer();
    const { login } = person;
    const resume = await finishOnly(visitor, { login, password: PASSWORD });
    await change(visitor.client, { acceptTrust: false });
    visitor.page = await visitor.browser.open(resume);
    assert.equal(visitor.step, 'totp', visitor.page.html);
  });

  async function onTrustedComputer(): Promise<Visitor> {
    const visitor = new Visitor(server, await server.addClient());
    await visitor.trust(person);
    return visitor.forgetSession().start();
  }

  it('a consent', async () => {
    const visitor = await at('totp');
    await change(visitor.client, { firstParty: false });
    await goOn(visitor);
    assert.equal(visitor.step, 'consent');
  });
});

describe('a sign-out', () => {
  /** Signed in, and asked whether to sign out. */
  async function asked(): Promise<Visitor> {
    const visitor = await at('totp', { postLogoutRedirectUris: [GOODBYE] });
    const { id_token: hint = '' } = await (await goOn(visitor)).tokens();
    const url = new URL('/session/end', server.issuer);
    const params = { id_token_hint: hint, post_logout_redirect_uri: GOODBYE };
    url.search = new URLSearchParams(params).toString();
    visitor.page = await visitor.browser.open(url);
    return visitor;
  }

  it('leads back to the app', async () => {
    const { page } = await (await asked()).send({ logout: 'yes' });
    assert.equal(page.url.href, GOODBYE);
  });

  const changes: [string, Partial<ClientRecord> | null][] = [
    ['whose address was taken away meanwhile', { postLogoutRedirectUris: [ELSEWHERE] }],
    ['that was removed meanwhile', null],
  ];
  for (const [what, set] of changes)
    it(`leads to our own page for an app ${what}`, async () => {
      const visitor = await asked();
      await change(visitor.client, set);
      await visitor.send({ logout: 'yes' });
      assert.equal(visitor.page.url.origin, server.issuer);
      assert.equal(visitor.page.status, 200, visitor.page.html);
      await assertNobodySignedIn(visitor);
    });
});
