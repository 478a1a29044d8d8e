/** Why the library asks for consent: each of its reasons is settled on the page, or refused at once. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';
import { CONSENT_REASONS, consentPrompt } from '../../src/oidc/consent-prompt.ts';
import type { HttpBrowser } from '../support/http-browser.ts';
import { startPolicyServer, type PolicyServer } from '../support/policy.ts';
import { authorize, type Registration } from '../support/relying-party.ts';
import { signIn, silently, stepOf } from '../support/sign-in.ts';

let server: PolicyServer;
let webmail: Registration;
before(async () => {
  server = await startPolicyServer();
  webmail = await server.addClient();
});
after(() => server.stop());

const newPerson = () => server.addPerson({}, { totp: true });

/** A client of its own, and a browser of somebody who is signed in. */
async function newcomers(fields = {}) {
  const app = await server.addClient({ name: 'Calendar', firstParty: false, ...fields });
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
  const ASKED: Record<string, [object, Record<string, string>, string]> = {
    consent_prompt: [{ firstParty: true }, { prompt: 'consent' }, ''],
    native_client_prompt: [
      { kind: 'native', redirectUris: ['com.example.calendar:/back'] },
      {},
      'interaction_required',
    ],
    op_scopes_missing: [{}, { scope: 'openid email' }, 'consent_required'],
    op_claims_missing: [
      {},
      { scope: 'openid', claims: '{"id_token":{"email":null}}' },
      'consent_required',
    ],
  };
  /** A request as far as the library's check looks at it: with one of the kind. */
  const REFUSED: Record<string, object> = {
    rs_scopes_missing: {
      grant: { getResourceScopeEncountered: () => '' },
      requestParamScopes: new Set(['imap']),
      resourceServers: { 'urn:mail': { scopes: new Set(['imap']) } },
    },
    rar_prompt: { params: { authorization_details: '[]' } },
  };

  for (const reason of reasons)
    it(`${reason} is settled on the page, or refused at once`, async () => {
      const asked = ASKED[reason];
      if (asked) {
        const [fields, params, error] = asked;
        const { app, browser } = await newcomers(fields);
        if (reason === 'op_claims_missing') await allow(app, browser, { scope: 'openid' });
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

  it('is none for what there is not: resources, authorization details', async () => {
    const { app, browser } = await newcomers({ firstParty: true });
    assert.equal(await errorOf(app, browser, { resource: 'urn:mail' }), 'invalid_target');
    assert.equal(await errorOf(app, browser, { authorization_details: '[{"type":"x"}]' }), null);
  });
});
