/** The app that docs/for-developers.md shows is started as it is printed, and somebody signs in to it. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, it } from 'node:test';
import { startChild, type Child } from '../support/child.ts';
import { freePort } from '../support/free-port.ts';
import { Visitor, startPolicyServer, type PolicyServer } from '../support/policy.ts';
import { blocksOf } from './blocks.ts';

let server: PolicyServer;
let app: Child | undefined;
before(async () => {
  server = await startPolicyServer();
});
after(async () => {
  await app?.stop();
  await server.stop();
});

it('the app of docs/for-developers.md signs somebody in', async () => {
  const blocks = blocksOf(
    'docs/for-developers.md',
    await readFile('docs/for-developers.md', 'utf8'),
  );
  const text = blocks.find(({ language }) => language === 'js')?.text ?? '';
  const home = `http://localhost:${await freePort()}`;
  const client = await server.addClient({ redirectUris: [`${home}/callback`] });
  const { clientId: CLIENT_ID, clientSecret: CLIENT_SECRET, issuer: ISSUER } = client;
  const env = { ISSUER, CLIENT_ID, CLIENT_SECRET, PORT: new URL(home).port };
  app = await startChild(['--input-type=module', '-e', text], { env, ready: /localhost/u });

  const alice = await server.addPerson({ name: 'Alice Archer' }, { totp: true });
  const asked = await fetch(home, { redirect: 'manual' });
  const visitor = new Visitor(server, client);
  visitor.page = await visitor.browser.open(asked.headers.get('location') ?? '');
  await visitor.password(alice);
  await visitor.totp(alice);
  assert.ok(visitor.back?.code, visitor.page.html);
  const answer = await fetch(visitor.page.url);
  const told = { name: 'Alice Archer', acr: 'urn:latchkey:acr:mfa', amr: ['pwd', 'otp', 'mfa'] };
  assert.deepEqual(await answer.json(), told, app.output());
});
