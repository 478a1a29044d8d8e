/** The table of what ends when, walked by HTTP: what is changed of an organisation or a client. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ACR } from '../../src/policy/factors.ts';
import {
  CLIENT_CAUSES,
  ORGANISATION_CAUSES,
  RESOURCE_CAUSES,
  type ClientCause,
  type OrganisationCause,
  type ResourceCause,
} from '../../src/policy/revocation.ts';
import { PARTNER, type Live } from '../support/live-artefacts.ts';
import { post, token, type Registration } from '../support/relying-party.ts';
import { newProofKey, tokenWithProof } from '../support/dpop.ts';
import { signIn } from '../support/sign-in.ts';
import { latchkey, openTo, useWalk, type Act } from '../support/what-ends.ts';

const at = useWalk();

const ORGANISATION_ACTS: Record<OrganisationCause, Act> = {
  'organisation-tightened': {
    does: (live) => latchkey(live, 'org', 'set', 'acme', '--trusted-days', '20'),
    last: (server) => server.setOrganisation({ trustedDays: 30 }),
  },
  'organisation-mfa-off': {
    async does(live) {
      await latchkey(live, 'org', 'set', 'acme', '--mfa', 'off');
      // On again: what is asked is the same as before.
      await latchkey(live, 'org', 'set', 'acme', '--mfa', 'required');
    },
  },
  'organisation-narrowed': {
    subject: { app: 'partner' },
    async does(live) {
      await latchkey(live, 'group', 'add', 'acme/others');
      await openTo(live, 'group:acme/others');
    },
    undo: (live) => openTo(live, 'everybody'),
  },
};

const partner =
  (verb: string, ...words: string[]) =>
  (live: Live) =>
    latchkey(live, 'client', verb, live.apps.partner.clientId, ...words);

/** The app is told its new secret. */
async function rotate(live: Live, ...words: string[]): Promise<void> {
  const { json } = await partner('rotate-secret', '--yes', '--json', ...words)(live);
  live.apps.partner = { ...live.apps.partner, clientSecret: String(json['client_secret']) };
}

const subject = { app: 'partner' } as const;
const CLIENT_ACTS: Record<ClientCause, Act> = {
  'client-tightened': {
    subject,
    does: partner('set', '--require-acr', ACR.mfa),
    undo: partner('set', '--require-acr', 'none'),
    comesBack: true,
  },
  'client-narrowed': {
    subject,
    does: partner('set', '--org', 'beta'),
    undo: partner('set', '--all-orgs'),
  },
  'client-distrusted': {
    subject,
    async does(live) {
      await partner('set', '--third-party', 'no')(live);
      await partner('set', '--third-party', 'yes')(live);
    },
  },
  'client-removed': {
    subject,
    does: partner('remove', '--yes'),
    async undo(live) {
      const { clientId: id } = live.apps.partner;
      live.apps.partner = await live.server.addClient({ ...PARTNER, id });
      live.server.clock.ahead += 1000;
    },
  },
  'client-secret-rotated': { subject, does: (live) => rotate(live) },
  'client-secret-leaked': { subject, does: (live) => rotate(live, '--leaked') },
};

describe('what ends for all people of an organisation when', () => {
  for (const cause of Object.keys(ORGANISATION_CAUSES) as OrganisationCause[])
    at.walk(cause, ORGANISATION_ACTS[cause]);
});

describe('a token of a client itself', () => {
  const isActive = async (client: Registration, token: string): Promise<boolean> =>
    (await post(client, '/token/introspection', { token })).body['active'] === (true as unknown);

  it('ends when the secret has leaked, and not when there is another one', async () => {
    const { server } = at;
    const client = await server.addClient({ clientCredentials: true });
    const { body } = await token(client, { grant_type: 'client_credentials' });
    const own = String(body['access_token']);
    const rotated = async (...words: string[]): Promise<Registration> => {
      const args = ['client', 'rotate-secret', '--yes', client.clientId, '--json', ...words];
      const { json } = await latchkey({ server }, ...args);
      return { ...client, clientSecret: String(json['client_secret']) };
    };
    const next = await rotated('--overlap', '0');
    assert.equal((await post(client, '/token/introspection', { token: own })).status, 401);
    assert.equal(await isActive(next, own), true);
    assert.equal(await isActive(await rotated('--leaked'), own), false);
  });
});

describe('what outlives the session', () => {
  it('ends when the app may have nothing that does', async () => {
    const { server } = at;
    const app = await server.addClient({ offlineAccess: true });
    const params = { scope: 'openid offline_access' };
    const { tokens } = await signIn(app, await server.addPerson({}, { totp: true }), { params });
    await latchkey({ server }, 'client', 'set', app.clientId, '--offline-access', 'no');
    const given = { grant_type: 'refresh_token', refresh_token: tokens['refresh_token'] ?? '' };
    assert.equal((await token(app, given)).body['error'], 'invalid_grant');
  });
});

describe('what a browser app holds without a key', () => {
  it('ends when its tokens are to be bound to one, so that nobody binds them to theirs', async () => {
    const { server } = at;
    const spa = await server.addClient({ name: 'Browser app', kind: 'spa' });
    const { tokens } = await signIn(spa, await server.addPerson({}, { totp: true }));
    await latchkey({ server }, 'client', 'set', spa.clientId, '--require-dpop', 'yes');
    const given = { grant_type: 'refresh_token', refresh_token: tokens['refresh_token'] ?? '' };
    const { body } = await tokenWithProof(spa, await newProofKey(), given);
    assert.equal(body['error'], 'invalid_grant');
    const headers = { authorization: `Bearer ${tokens['access_token']}` };
    assert.equal((await fetch(`${server.issuer}/me`, { headers })).status, 401);
  });
});

const RESOURCE_ACTS: Record<ResourceCause, Act> = {
  'resource-removed': {
    async does(live) {
      await latchkey(live, 'resource', 'add', 'urn:acme:gone', '--scope', 'gone=be gone');
      await latchkey(live, 'resource', 'remove', 'urn:acme:gone', '--yes');
    },
  },
};

describe('what ends when', () => {
  for (const cause of Object.keys(RESOURCE_CAUSES) as ResourceCause[])
    at.walk(cause, RESOURCE_ACTS[cause]);
});

describe('a token for a resource that is removed', () => {
  it('is no longer active, and is got no more by the refresh token, which goes on without it', async () => {
    const { server } = at;
    const run = (...args: string[]) => latchkey({ server }, ...args);
    const id = 'urn:acme:notes';
    await run('resource', 'add', id, '--scope', 'notes=read notes');
    const app = await server.addClient({ offlineAccess: true, scopes: ['openid', 'notes'] });
    const params = { scope: 'openid notes offline_access' };
    const { tokens } = await signIn(app, await server.addPerson({}, { totp: true }), { params });
    const own = String(tokens['access_token']);
    const isActive = async (): Promise<unknown> =>
      (await post(app, '/token/introspection', { token: own })).body['active'];
    assert.equal(await isActive(), true);
    await run('client', 'set', app.clientId, '--remove-scope', 'notes');
    await run('resource', 'remove', id, '--yes');
    assert.equal(await isActive(), false);
    const given = { grant_type: 'refresh_token', refresh_token: tokens['refresh_token'] ?? '' };
    assert.equal((await token(app, given)).body['error'], 'invalid_target');
    const { status, body } = await token(app, { ...given, scope: 'openid' });
    assert.equal(status, 200, JSON.stringify(body));
    assert.equal(body['scope'], 'openid');
  });
});

describe('what an app loses when', () => {
  for (const cause of Object.keys(CLIENT_CAUSES) as ClientCause[])
    at.walk(cause, CLIENT_ACTS[cause]);
});
