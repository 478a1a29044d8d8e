/** A request that only one person may answer: nobody else's sign-in does, and nobody is asked for ever. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { changePerson } from '../../src/records/person.ts';
import { clientCollection } from '../../src/records/client.ts';
import { givePasskey, startPolicyServer, Visitor, type PolicyServer } from '../support/policy.ts';
import type { Registration } from '../support/relying-party.ts';
import type { TestPerson } from '../support/server.ts';
import { signIn } from '../support/sign-in.ts';

/** An ID token of the person's, half a minute later. */
async function idToken(client: Registration, person: TestPerson): Promise<string> {
  server.clock.ahead += 30_000;
  return String((await signIn(client, person)).tokens['id_token']);
}

let server: PolicyServer;
let webmail: Registration;
let ben: TestPerson;
let eve: TestPerson;
/** An ID token of ben's, issued to the webmail. */
let hint: string;
before(async () => {
  server = await startPolicyServer();
  webmail = await server.addClient();
  [ben, eve] = [
    await server.addPerson({}, { totp: true }),
    await server.addPerson({}, { totp: true }),
  ];
  hint = await idToken(webmail, ben);
});
after(() => server.stop());

const subject = (request: object): string => JSON.stringify({ id_token: { sub: request } });
const asking = (): readonly [string, Record<string, string>][] => [
  ['id_token_hint', { id_token_hint: hint }],
  ['the claim sub, with a value', { claims: subject({ value: ben.person.id }) }],
  ['the claim sub, essential', { claims: subject({ essential: true, value: ben.person.id }) }],
  ['the claim sub, with values', { claims: subject({ values: ['x', ben.person.id] }) }],
];
const WAYS = [
  'id_token_hint',
  'the claim sub, with a value',
  'the claim sub, essential',
  'the claim sub, with values',
];
const paramsOf = (way: string): Record<string, string> => new Map(asking()).get(way) ?? {};

const visitor = () => new Visitor(server, webmail);
const filledIn = ({ page }: Visitor): string | undefined =>
  /<input[^>]*name="login"[^>]*value="([^"]*)"/u.exec(page.html)?.[1] ?? undefined;

function assertRefused(one: Visitor): void {
  assert.deepEqual(one.back, { code: null, error: 'login_required' }, `${one.page.url}`);
  assert.equal(one.page.url.searchParams.get('state'), one.asked.state);
}

for (const way of WAYS)
  describe(`with ${way}`, () => {
    it('the app gets nothing of somebody else who signs in', async () => {
      const one = await visitor().start(paramsOf(way));
      assert.equal(one.step, 'password');
      await (await one.password(eve)).totp(eve);
      assertRefused(one);
      await one.silently();
      assert.equal((await one.claims()).sub, eve.person.id, 'she is signed in all the same');
    });

    it('nor of somebody else who signs in once more', async () => {
      const one = visitor();
      await (await (await one.start()).password(eve)).totp(eve);
      await one.start(paramsOf(way));
      assert.equal(one.step, 'password', 'her session does not do');
      await (await one.password(eve)).totp(eve);
      assertRefused(one);
    });

    it('nor of somebody else with a passkey alone', async () => {
      const device = await givePasskey(server, eve);
      const one = await visitor().start(paramsOf(way));
      await one.passkey(device, eve);
      assertRefused(one);
    });

    it('nor of a session, without a page', async () => {
      const one = visitor();
      assertRefused(await one.silently(paramsOf(way)));
      await (await (await one.start()).password(eve)).totp(eve);
      assertRefused(await one.silently(paramsOf(way)));
    });

    it('the right person is let in, also in a browser where somebody else was signed in', async () => {
      const one = visitor();
      await (await (await one.start()).password(eve)).totp(eve);
      await one.start(paramsOf(way));
      await (await one.password(ben)).totp(ben);
      assert.equal((await one.claims()).sub, ben.person.id);
      await one.silently(paramsOf(way));
      assert.equal((await one.claims()).sub, ben.person.id);
      await one.start({ ...paramsOf(way), prompt: 'login' });
      await (await one.password(ben)).totp(ben);
      assert.equal((await one.claims()).sub, ben.person.id);
    });
  });

describe('the password page', () => {
  it('has the login name of the person that the hint names', async () => {
    assert.equal(filledIn(await visitor().start({ id_token_hint: hint })), ben.login);
    const other = await visitor().start({ id_token_hint: hint, login_hint: 'somebody' });
    assert.equal(filledIn(other), ben.login, 'no other sign-in would do');
    assert.equal(filledIn(await visitor().start({ login_hint: 'somebody' })), 'somebody');
  });

  it('has it when the person is asked again in their own session', async () => {
    const one = visitor();
    await (await (await one.start()).password(ben)).totp(ben);
    await one.start({ id_token_hint: hint, prompt: 'login' });
    assert.equal(filledIn(one), ben.login);
  });

  it('has nothing of a subject that the address alone names', async () => {
    const one = await visitor().start({ claims: subject({ value: ben.person.id }) });
    assert.ok(!one.page.html.includes(ben.login));
  });

  it('is not shown for a hint that is not of our making, or was made for another app', async () => {
    const [header = '', body = '', signature = ''] = hint.split('.');
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as object;
    const forged = Buffer.from(JSON.stringify({ ...claims, sub: eve.person.id })).toString(
      'base64url',
    );
    const other = await idToken(await server.addClient({ name: 'Other' }), ben);
    for (const wrong of [
      'nonsense',
      `${header}.${forged}.${signature}`,
      `${Buffer.from('{"alg":"none"}').toString('base64url')}.${body}.`,
      other,
    ]) {
      const one = await visitor().start({ id_token_hint: wrong });
      assert.deepEqual(one.back, { code: null, error: 'invalid_request' });
    }
  });

  it('has nobody who is disabled', async () => {
    const gone = await server.addPerson({}, { totp: true });
    const theirs = await idToken(webmail, gone);
    await changePerson(server.store, gone.person.id, () => ({
      set: { active: false },
      result: undefined,
    }));
    const one = await visitor().start({ id_token_hint: theirs });
    assert.equal(one.step, 'password');
    assert.ok(!one.page.html.includes(`value="${gone.login}"`));
  });
});

it('a hint that the client could not send any more is refused after the sign-in', async () => {
  const client = await server.addClient();
  const mine = await idToken(client, ben);
  const one = await new Visitor(server, client).start({ id_token_hint: mine });
  const stored = await server.store.get(clientCollection, client.clientId);
  assert.ok(stored);
  await server.store.put(clientCollection, stored.id, { ...stored, alg: 'ES256' });
  server.clock.ahead += 1000;
  await (await one.password(ben)).totp(ben);
  assert.deepEqual(one.back, { code: null, error: 'invalid_request' });
});
