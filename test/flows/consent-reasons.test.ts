/** Why the library asks for consent: each of its reasons is settled on the page, or refused at once. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';
import { CONSENT_REASONS, consentPrompt } from '../../src/oidc/authorization/consent-prompt.ts';
import type { NewClient } from '../../src/oidc/clients/new-client.ts';
import { consentsOf } from '../../src/oidc/authorization/consents.ts';
import type { HttpBrowser } from '../support/http-browser.ts';
import { startPolicyServer, Visitor, type PolicyServer } from '../support/policy.ts';
import { authorize, exchange, type Registration } from '../support/relying-party.ts';
import { signIn, silently, stepOf } from '../support/sign-in.ts';
import { byOperator } from '../support/by-operator.ts';
import { setClient } from '../support/clients.ts';

let server: PolicyServer;
let webmail: Registration;
before(async () => {
  server = await startPolicyServer();
  webmail = await server.addClient();
});
after(() => server.stop());

const newPerson = () => server.addPerson({}, { totp: true });

interface ClientFields extends Partial<NewClient> {
  /** Of its record. */
  scopes?: string[];
}

/** A client of its own, and a browser of somebody who is signed in. */
async function newcomers({ scopes, ...fields }: ClientFields = {}) {
  const app = await server.addClient({ name: 'Calendar', firstParty: false, ...fields });
  if (scopes) await setClient(server, app.clientId, { scopes });
  const person = await newPerson();
  return { app, person, browser: (await signIn(webmail, person)).browser };
}

async function allow(app: Registration, browser: HttpBrowser, params: Record<string, string>) {
  const page = await browser.open(authorize(app, params).url);
  assert.equal(stepOf(page), 'consent', page.url.href);
  const back = await browser.submit(page, { decision: 'allow' });
  assert.ok(back.url.searchParams.has('code'), back.url.href);
}

async function errorOf(app: Registration, browser: HttpBrowser, params: Record<string, string>) {
  const { callback } = await silently(app, browser, params);
  assert.ok(
    ['code', 'error'].some((name) => callback.searchParams.has(name)),
    callback.href,
  );
  return callback.searchParams.get('error');
}

describe('every reason of the library to ask for consent', () => {
  const library = interactionPolicy.base().get('consent');
  const reasons = (library?.checks ?? []).map(({ reason }) => reason);

  it('is in the table, and has its check', () => {
    assert.deepEqual(Object.keys(CONSENT_REASONS).toSorted(), reasons.toSorted());
    const ours = consentPrompt().checks.map(({ reason }) => reason);
    assert.deepEqual(ours.toSorted(), reasons.toSorted());
  });

  /** What provokes it over HTTP, and its error for a silent request. */
  const ASKED: Record<string, [ClientFields, Record<string, string>, string]> = {
    consent_prompt: [{ firstParty: true }, { prompt: 'consent' }, ''],
    native_client_prompt: [
      { kind: 'native', redirectUris: ['com.example.calendar:/back'] },
      {},
      'interaction_required',
    ],
    op_scopes_missing: [{}, { scope: 'openid email' }, 'consent_required'],
    rs_scopes_missing: [
      { scopes: ['openid', 'mail'] },
      { scope: 'openid mail' },
      'consent_required',
    ],
    op_claims_missing: [
      {},
      { scope: 'openid', claims: '{"id_token":{"email":null}}' },
      'consent_required',
    ],
  };
  /** A request as far as the library's check looks at it: with one of the kind. */
  const REFUSED: Record<string, object> = {
    rar_prompt: { params: { authorization_details: '[]' } },
  };

  for (const reason of reasons)
    it(`${reason} is settled on the page, or refused at once`, async () => {
      const asked = ASKED[reason];
      if (asked) {
        const [fields, params, error] = asked;
        const { app, browser } = await newcomers(fields);
        if (reason === 'op_claims_missing' || reason === 'rs_scopes_missing')
          await allow(app, browser, { scope: 'openid' });
        if (error) assert.equal(await errorOf(app, browser, params), error);
        await allow(app, browser, params);
        return;
      }
      const oidc = REFUSED[reason];
      assert.ok(oidc && CONSENT_REASONS[reason] === 'refused', reason);
      const ctx = { oidc } as unknown as KoaContextWithOIDC;
      assert.equal(await library?.checks.get(reason)?.check(ctx), true, 'the library would ask');
      const check = async () => consentPrompt().checks.get(reason)?.check(ctx);
      await assert.rejects(check, { error: 'invalid_request' });
    });

  it('is none for what there is not: other resources, authorization details', async () => {
    const { app, browser } = await newcomers({ firstParty: true });
    assert.equal(await errorOf(app, browser, { resource: 'urn:mail' }), 'invalid_target');
    assert.equal(await errorOf(app, browser, { authorization_details: '[{"type":"x"}]' }), null);
  });
});

const OWN_SCHEME = 'com.example.notes:/back';
const CLAIMED = 'https://notes.example.test/back';

describe('a native client of the organisation’s own', () => {
  const native = (redirectUri: string, fields = {}) =>
    newcomers({ kind: 'native', redirectUris: [redirectUri], firstParty: true, ...fields });

  for (const uri of [OWN_SCHEME, 'http://127.0.0.1/back'])
    it(`gets nothing without a gesture at ${uri}: one button, or something typed`, async () => {
      const { app, person, browser } = await native(uri);
      assert.equal(await errorOf(app, browser, {}), 'interaction_required');
      const page = await browser.open(authorize(app).url);
      assert.equal(page.html.match(/class="primary"/gu)?.length, 1);
      assert.ok(!page.html.includes('email address'), 'it asks nothing about the account');
      const back = await browser.submit(page, { decision: 'allow' });
      assert.ok(back.url.href.startsWith(uri) && back.url.searchParams.has('code'), back.url.href);
      const denied = await browser.submit(await browser.open(authorize(app).url), { go: 'cancel' });
      assert.equal(denied.url.searchParams.get('error'), 'access_denied');
      assert.deepEqual(await consentsOf(server.store, person.person), []);
      server.clock.ahead += 30_000;
      const typing = await new Visitor(server, app).start();
      await (await typing.password(person)).totp(person, { trust: 'yes' });
      assert.ok(typing.back?.code, typing.page.html);
      assert.equal((await typing.start()).step, 'consent', 'the next time nothing is typed');
      const passwordOnly = await typing.forgetSession().start();
      assert.ok((await passwordOnly.password(person)).back?.code, 'on a trusted computer');
    });

  it('has no consent of a gesture, when it is their own no more', async () => {
    const { app, person, browser } = await native(OWN_SCHEME);
    const page = await browser.open(authorize(app).url);
    await byOperator(server).changeClient(app.clientId, { firstParty: false });
    server.clock.ahead += 1000;
    const next = await browser.submit(page, { decision: 'allow' });
    assert.equal(stepOf(next), 'consent');
    assert.match(next.html, /email address/u);
    assert.deepEqual(await consentsOf(server.store, person.person), []);
  });

  it('needs none where the address is claimed, and none is taken from a page before', async () => {
    const { app, browser } = await native(CLAIMED);
    assert.equal(await errorOf(app, browser, {}), null);
    await allow(app, browser, { prompt: 'consent' });
  });

  it('asks each time when it is not their own, whatever was typed', async () => {
    const { app, person, browser } = await native(CLAIMED, { firstParty: false });
    await allow(app, browser, {});
    await allow(app, browser, {});
    server.clock.ahead += 30_000;
    const typing = await new Visitor(server, app).start();
    await (await typing.password(person)).totp(person);
    assert.equal(typing.step, 'consent');
  });
});

describe('a native client', () => {
  it('asks each time (RFC 8252 §8.6), and comes back to its own scheme', async () => {
    const phone = await server.addClient({
      name: 'Phone',
      kind: 'native',
      redirectUris: ['com.example.phone:/callback'],
    });
    const { browser } = await signIn(webmail, await newPerson());
    for (let round = 0; round < 2; round += 1) {
      const asked = authorize(phone);
      const page = await browser.open(asked.url);
      assert.equal(stepOf(page), 'consent');
      assert.match(
        page.headers.get('content-security-policy') ?? '',
        /form-action 'self' com\.example\.phone:/u,
      );
      const back = await browser.submit(page, { decision: 'allow' });
      assert.equal(back.url.protocol, 'com.example.phone:');
      assert.equal((await exchange(phone, asked, back.url)).status, 200);
    }
  });
});
