/** `acr_values` (OpenID Connect Core §3.1.2.1, Unmet Authentication Requirements 1.0): those that are listed can be had. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ACR, compareLevels, levelOf } from '../../src/policy/factors.ts';
import { FACTOR_IDS } from '../../src/records/factor-id.ts';
import { LEVELS } from '../../src/records/proof.ts';
import { createHttpBrowser } from '../support/http-browser.ts';
import {
  essentialAcr,
  givePasskey,
  startPolicyServer,
  Visitor,
  type PolicyServer,
} from '../support/policy.ts';
import { sendRaw } from '../support/raw-http.ts';
import { authorize, type Registration } from '../support/relying-party.ts';
import { startTestServer, type TestPerson } from '../support/server.ts';

let server: PolicyServer;
let webmail: Registration;
let person: TestPerson;
before(async () => {
  server = await startPolicyServer();
  webmail = await server.addClient();
  person = await server.addPerson({}, { totp: true, email: true });
});
after(() => server.stop());

async function listed(issuer: string): Promise<string[]> {
  const answer = await fetch(`${issuer}/.well-known/openid-configuration`);
  const { acr_values_supported } = (await answer.json()) as Record<string, string[]>;
  return acr_values_supported ?? [];
}

describe('oidcc-ensure-request-with-acr-values-succeeds', () => {
  it('with each value that discovery lists, which the ID token then has', async () => {
    const device = await givePasskey(server, person);
    const trusting = await new Visitor(server, webmail).trust(person);
    const ways: Record<string, (visitor: Visitor) => Promise<Visitor>> = {
      [ACR.password]: async (visitor) => (await visitor.password(person)).totp(person),
      [ACR.trusted]: async (visitor) => visitor.password(person),
      [ACR.email]: async (visitor) => (await visitor.password(person)).emailCode(person),
      [ACR.mfa]: async (visitor) => (await visitor.password(person)).totp(person),
      [ACR.phr]: async (visitor) => visitor.passkey(device, person),
    };
    assert.deepEqual((await listed(server.issuer)).toSorted(), Object.keys(ways).toSorted());
    for (const [acr, way] of Object.entries(ways)) {
      const computer = acr === ACR.trusted ? trusting.forgetSession().browser : undefined;
      const essential = { claims: essentialAcr(acr) };
      const visitor = await new Visitor(server, webmail, computer).start(essential);
      assert.equal((await (await way(visitor)).claims())['acr'], acr);
      // Asked for without need, and before one that is not known, it is a floor.
      const again = await visitor.silently({ acr_values: `urn:other:gold ${acr}` });
      const stated = String((await again.claims())['acr']);
      const [floor, level] = [levelOf(acr), levelOf(stated)];
      assert.ok(floor && level && compareLevels(level, floor) >= 0, `${stated} for ${acr}`);
    }
  });

  it('without a value that cannot be had at this installation', async () => {
    // Passkeys belong to a host name.
    const elsewhere = await startTestServer({ LATCHKEY_ISSUER: 'https://192.0.2.7' });
    const target = 'GET /.well-known/openid-configuration HTTP/1.1';
    const lines = [target, 'Host: 192.0.2.7'];
    const { body } = await sendRaw(new URL(elsewhere.issuer).port, lines);
    const metadata = JSON.parse(body) as Record<string, string[]>;
    const others = LEVELS.filter((level) => level !== 'phr').map((level) => ACR[level]);
    assert.deepEqual(metadata['acr_values_supported'], others);
    await elsewhere.stop();
  });
});

describe('acr values that cannot be met', () => {
  after(() => server.setOrganisation({ factors: [...FACTOR_IDS], mfa: 'required' }));

  async function refused(who: TestPerson, params: Record<string, string>): Promise<string> {
    const visitor = await (await new Visitor(server, webmail).start(params)).password(who);
    assert.equal(visitor.back?.error, 'unmet_authentication_requirements', visitor.step);
    const description = visitor.page.url.searchParams.get('error_description') ?? '';
    // RFC 6749 §4.1.2.1.
    assert.match(description, /^[\x20\x21\x23-\x5B\x5D-\x7E]+$/u);
    const silent = await visitor.silently(params);
    assert.ok(silent.back?.error, 'silently neither');
    return description;
  }

  it('are told why: the factor is forbidden, or cannot be set up', async () => {
    await server.setOrganisation({ factors: ['email-code'] });
    const mfa = await refused(await server.addPerson({}, { email: true }), { acr_values: ACR.mfa });
    assert.equal(mfa, `${ACR.mfa} needs totp or passkey, which the person may not use`);
    await server.setOrganisation({ factors: ['totp'] });
    const phr = await refused(await server.addPerson(), { claims: essentialAcr(ACR.phr) });
    assert.equal(phr, `${ACR.phr} needs passkey, which the person may not use`);
    await server.setOrganisation({ factors: [...FACTOR_IDS], mfa: 'off' });
    const none = await refused(await server.addPerson(), { acr_values: ACR.mfa });
    assert.match(
      none,
      /needs totp or passkey, which the person does not have and may not set up$/u,
    );
  });

  it('are told before anybody says who they are, where none of them is known', async () => {
    const page = await createHttpBrowser(server.issuer).open(
      authorize(webmail, { claims: essentialAcr('urn:other:gold"\\') }).url,
    );
    assert.equal(page.url.searchParams.get('error'), 'unmet_authentication_requirements');
    assert.equal(
      page.url.searchParams.get('error_description'),
      'none of the acr values that are required is known here',
    );
  });
});
