/** Refresh tokens: rotation and reuse, two at once, the key they are bound to, and the session they end with. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LEEWAY } from '../../src/oidc/adapters/refresh-family.ts';
import { refreshTokenCollection } from '../../src/records/stored-model.ts';
import { newProofKey, tokenWithProof } from '../support/dpop.ts';
import { createHttpBrowser } from '../support/http-browser.ts';
import { post, token } from '../support/relying-party.ts';
import { signIn, toCallback } from '../support/sign-in.ts';
import { useTokenApps, type TokenApps } from '../support/token-apps.ts';
import { holdUpdates, noteWrites } from '../support/watched-store.ts';

const HOUR = 3600_000;

let { server, webmail, spa }: Pick<TokenApps, 'server' | 'webmail' | 'spa'> = {} as TokenApps;
const { newPerson, refresh, userinfo } = useTokenApps((apps) => {
  ({ server, webmail, spa } = apps);
});

describe('a refresh token of a public client', () => {
  /** A sign-in, and one refresh after it. */
  async function refreshedOnce() {
    const { tokens } = await signIn(spa, await newPerson());
    const first = String(tokens['refresh_token']);
    const { status, body } = await refresh(spa, first);
    assert.equal(status, 200, JSON.stringify(body));
    assert.notEqual(body['refresh_token'], first);
    return { first, second: body['refresh_token'] ?? '', access: body['access_token'] };
  }
  /** By whatever token, and what was issued by it. */
  async function assertEnded({ second, access }: { second: string; access?: string | undefined }) {
    assert.equal((await refresh(spa, second)).body['error'], 'invalid_grant');
    assert.equal(await userinfo(access), 401);
  }

  it('is rotated; the same one again gives the same next one, and another access token', async () => {
    const { first, second, access } = await refreshedOnce();
    const again = await refresh(spa, first);
    assert.deepEqual([again.status, again.body['refresh_token']], [200, second]);
    assert.notEqual(again.body['access_token'], access);
    for (const token of [access, again.body['access_token']])
      assert.equal(await userinfo(token), 200);
  });

  it('ends the whole family once the next one was used', async () => {
    const { first, second } = await refreshedOnce();
    const { body } = await refresh(spa, second);
    assert.equal((await refresh(spa, first)).body['error'], 'invalid_grant');
    await assertEnded({ second: body['refresh_token'] ?? '', access: body['access_token'] });
  });

  it('ends it ten seconds after it was rotated', async () => {
    const { first, ...issued } = await refreshedOnce();
    server.clock.ahead += LEEWAY + 1000;
    assert.equal((await refresh(spa, first)).body['error'], 'invalid_grant');
    await assertEnded(issued);
  });

  it('ends it from another client, or with a wider scope, however soon', async () => {
    const other = await server.addClient({ name: 'Other app', kind: 'spa' });
    for (const [client, more] of [
      [other, {}],
      [spa, { scope: 'openid profile groups email phone' }],
      [spa, { scope: 'openid offline_access' }],
      [webmail, {}],
    ] as const) {
      const { tokens } = await signIn(spa, await newPerson(), {
        params: { scope: 'openid email' },
      });
      const first = { grant_type: 'refresh_token', refresh_token: String(tokens['refresh_token']) };
      const { body } = await token(spa, first);
      const { status } = await token(client, { ...first, ...more });
      // What is given to nobody, and was left out at the sign-in, is no more than was given.
      const isSame = 'scope' in more && !more.scope.includes('profile');
      assert.equal(status, isSame ? 200 : 400, JSON.stringify(more));
      const issued = { second: body['refresh_token'] ?? '', access: body['access_token'] };
      if (!isSame) await assertEnded(issued);
    }
  });

  it('bound to a key is repeated with that key alone (RFC 9449)', async () => {
    const [key, another] = [await newProofKey(), await newProofKey()];
    for (const [who, repeats] of [
      [key, true],
      [another, false],
      [undefined, false],
    ] as const) {
      const browser = createHttpBrowser(server.issuer);
      const { asked, callback } = await toCallback(spa, await newPerson(), browser);
      const { body } = await tokenWithProof(spa, key, {
        grant_type: 'authorization_code',
        code: callback.searchParams.get('code') ?? '',
        redirect_uri: spa.redirectUri,
        code_verifier: asked.verifier,
      });
      assert.deepEqual(body['error'], undefined, JSON.stringify(body));
      const use = (proof: typeof who, refreshToken = body['refresh_token'] ?? '') =>
        tokenWithProof(spa, proof, { grant_type: 'refresh_token', refresh_token: refreshToken });
      const second = (await use(key)).body['refresh_token'];
      const again = await use(who);
      assert.equal(again.body['refresh_token'], repeats ? second : undefined);
      assert.equal((await use(key, second)).status, repeats ? 200 : 400);
    }
  });

  it('of 20 uses at once all give the same next one', async () => {
    const { tokens } = await signIn(spa, await newPerson());
    const uses = Array.from({ length: 20 }, () => refresh(spa, tokens['refresh_token']));
    const answers = await Promise.all(uses);
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
    const next = new Set(answers.map(({ body }) => body['refresh_token']));
    assert.equal(next.size, 1);
    assert.equal(new Set(answers.map(({ body }) => body['access_token'])).size, 20);
    assert.equal((await refresh(spa, [...next][0])).status, 200);
  });

  it('used while another use of it is written waits for that, two seconds, and ends nothing', async () => {
    const { tokens } = await signIn(spa, await newPerson());
    const hold = holdUpdates(server.store, 'refresh_token');
    try {
      const first = refresh(spa, tokens['refresh_token']);
      await hold.begun;
      const second = await refresh(spa, tokens['refresh_token']);
      assert.deepEqual([second.status, second.body['error']], [503, 'temporarily_unavailable']);
      // It has been longer than the leeway by the time that the first is done.
      server.clock.ahead += LEEWAY + 1000;
      const third = refresh(spa, tokens['refresh_token']);
      // So that it has come to where it waits.
      await post(spa, '/token/introspection', { token: String(tokens['refresh_token']) });
      hold.release();
      const [one, other] = await Promise.all([first, third]);
      assert.deepEqual([one.status, other.status], [200, 200]);
      assert.equal(one.body['refresh_token'], other.body['refresh_token']);
      assert.equal((await refresh(spa, one.body['refresh_token'])).status, 200);
    } finally {
      hold.release();
    }
  });

  it('newer than the store, as after a restore, is unknown, and nobody is accused', async () => {
    const { second } = await refreshedOnce();
    const key = server.vault.hash('RefreshToken', second.split('.')[0] ?? '');
    const backup = await server.store.get(refreshTokenCollection, key);
    assert.ok(backup);
    const { body } = await refresh(spa, second);
    await server.store.put(refreshTokenCollection, key, backup);
    const newer = await refresh(spa, body['refresh_token']);
    assert.equal(newer.body['error'], 'invalid_grant');
    assert.equal((await refresh(spa, second)).status, 200);
  });

  it('can’t be made up from another one of its family', async () => {
    const { second } = await refreshedOnce();
    const [family, , tag] = second.split('.');
    const ask = async (made: string) => (await refresh(spa, made)).body['error'];
    for (const made of [`${family}.2.${tag}`, `${family}.1.${'A'.repeat(43)}`, `${second}A`])
      assert.equal(await ask(made), 'invalid_grant');
    assert.equal((await refresh(spa, second)).status, 200);
  });

  it('that the version before has rotated ends the family, and one that it has issued goes on', async () => {
    const { tokens } = await signIn(spa, await newPerson());
    const first = String(tokens['refresh_token']);
    const key = server.vault.hash('RefreshToken', first);
    const issued = await server.store.get(refreshTokenCollection, key);
    assert.ok(issued);
    assert.deepEqual([issued.generation, issued.rotatedAt], [undefined, undefined]);
    const { body } = await refresh(spa, first);
    const rotated = await server.store.get(refreshTokenCollection, key);
    assert.ok(rotated?.consumed, 'a process of the version before does not take it again');
    const consumed = { ...issued, consumed: Math.floor(server.now() / 1000) };
    await server.store.put(refreshTokenCollection, key, consumed);
    assert.equal((await refresh(spa, first)).body['error'], 'invalid_grant');
    assert.equal(await userinfo(body['access_token']), 401);
  });

  it('that is revoked ends, by an old one too; looking at an old one ends nothing', async () => {
    const { first, second } = await refreshedOnce();
    const looked = await post(spa, '/token/introspection', { token: first });
    assert.equal(looked.body['active'], false);
    assert.equal((await refresh(spa, second)).status, 200);
    assert.equal((await post(spa, '/token/revocation', { token: first })).status, 200);
    assert.equal((await refresh(spa, second)).body['error'], 'invalid_grant');
  });
});

describe('a refresh of a token that ends with the session', () => {
  it('is a use of it: idle it lives on, to its absolute end', async () => {
    const { tokens } = await signIn(webmail, await newPerson());
    const writes: string[] = [];
    const stop = noteWrites(server.store, (verb, name) => writes.push(`${verb} ${name}`));
    for (const ahead of [60_000, 7 * HOUR, 60_000, 7 * HOUR, 7 * HOUR]) {
      server.clock.ahead += ahead;
      assert.equal((await refresh(webmail, tokens['refresh_token'])).status, 200);
    }
    stop();
    assert.equal(writes.filter((write) => write === 'update session').length, 3);
    server.clock.ahead += 3 * HOUR;
    assert.equal((await refresh(webmail, tokens['refresh_token'])).body['error'], 'invalid_grant');
  });

  it('does not bring back one that was idle for too long', async () => {
    const { tokens } = await signIn(webmail, await newPerson());
    server.clock.ahead += 9 * HOUR;
    assert.equal((await refresh(webmail, tokens['refresh_token'])).body['error'], 'invalid_grant');
  });
});

describe('a refresh token of a confidential client', () => {
  it('stays, so that two refreshes at once do not sign a person out', async () => {
    const { tokens } = await signIn(webmail, await newPerson());
    const answers = await Promise.all(
      [1, 2, 3].map(() => refresh(webmail, tokens['refresh_token'])),
    );
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200],
    );
  });

  it('is of no use to another client, or with a wrong secret', async () => {
    const { tokens } = await signIn(webmail, await newPerson());
    const other = await server.addClient({ name: 'Other' });
    assert.equal((await refresh(other, tokens['refresh_token'])).body['error'], 'invalid_grant');
    const thief = { ...webmail, clientSecret: 'x'.repeat(43) };
    assert.equal((await refresh(thief, tokens['refresh_token'])).body['error'], 'invalid_client');
  });
});
