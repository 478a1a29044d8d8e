/** The commands that remove, move and report a leak, as an operator types them. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { AuditEvent } from '../../src/audit/event.ts';
import { newInstallation, type Installation, type Ran } from '../support/command-line.ts';

let latchkey: Installation;
before(async () => {
  latchkey = await newInstallation();
  for (const name of ['Acme', 'Beta']) await ok('org', 'add', name);
  await add('alice', '--role', 'administrator');
  await add('bob');
});
after(() => latchkey.remove());

const run = (...args: string[]): Promise<Ran> => latchkey.run(args);
async function ok(...args: string[]): Promise<Ran> {
  const ran = await run(...args);
  assert.equal(ran.code, 0, `${args.join(' ')}: ${ran.stderr}`);
  return ran;
}
const add = (login: string, ...more: string[]): Promise<Ran> =>
  ok(
    'user',
    'add',
    login,
    '--org',
    'acme',
    '--email',
    `${login}@acme.test`,
    '--name',
    login,
    ...more,
  );
async function refused(message: RegExp, ...args: string[]): Promise<void> {
  const ran = await run(...args);
  assert.equal(ran.code, 1, ran.stdout);
  assert.match(ran.stderr, message);
}
async function newest(type: string): Promise<AuditEvent | undefined> {
  const { json } = await ok('audit', 'list', '--type', type, '--json');
  return (json as unknown as AuditEvent[])[0];
}

describe('latchkey user', () => {
  it('moves somebody, to an organisation that is there', async () => {
    await refused(/nowhere/u, 'user', 'set', 'bob', '--org', 'nowhere');
    const { stdout } = await ok('user', 'set', 'bob', '--org', 'beta');
    assert.match(stdout, /organisation: acme → beta/u);
    assert.deepEqual((await newest('person.changed'))?.details, { organisation: 'acme → beta' });
    assert.match((await ok('user', 'set', 'bob', '--org', 'beta')).stdout, /Nothing to change/u);
  });

  it('removes somebody, once; the name is free at once', async () => {
    const { json } = await ok('user', 'remove', 'bob', '--json');
    assert.deepEqual(json, { login: 'bob', removed: true });
    assert.deepEqual((await newest('person.removed'))?.details, { login: 'bob' });
    await refused(/person/iu, 'user', 'remove', 'bob');
    await refused(/person/iu, 'user', 'enable', 'bob');
    await add('bob');
  });

  it('keeps the last administrator, where they are', async () => {
    await refused(/last active administrator/u, 'user', 'remove', 'alice');
    await refused(/last active administrator/u, 'user', 'set', 'alice', '--org', 'beta');
  });
});

describe('latchkey client', () => {
  const REDIRECT = ['--redirect-uri', 'https://app.test/callback'];

  it('gives another secret, and tells whether the old one leaked', async () => {
    const before_ = (await ok('client', 'add', 'App', '--id', 'app', ...REDIRECT, '--json')).json;
    const { json } = await ok('client', 'rotate-secret', 'app', '--json');
    assert.notEqual(json['client_secret'], before_['client_secret']);
    assert.equal(json['leaked'], false);
    const { stdout } = await ok('client', 'rotate-secret', 'app', '--leaked');
    assert.match(stdout, /client_secret: +\S{43} +\(shown once\)\n.*have ended/u);
    const event = await newest('client.secret-rotated');
    assert.deepEqual([event?.client, event?.details], ['app', { leaked: true }]);
    await refused(/no client “nobody”/u, 'client', 'rotate-secret', 'nobody');
    await ok('client', 'add', 'Spa', '--id', 'spa', '--kind', 'spa', ...REDIRECT);
    await refused(/public/u, 'client', 'rotate-secret', 'spa', '--leaked');
  });

  it('is removed, once, and its id is free', async () => {
    await ok('client', 'remove', 'app');
    assert.equal((await newest('client.removed'))?.client, 'app');
    await refused(/no client “app”/u, 'client', 'remove', 'app');
    await ok('client', 'add', 'App', '--id', 'app', ...REDIRECT);
  });
});
