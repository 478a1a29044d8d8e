/** What an operator says about a resource server, and what is told of it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { useInstallation } from '../support/command-line.ts';

const latchkey = useInstallation();

const ok = (...args: string[]) => latchkey.ok(['resource', ...args]);
const refused = async (...args: string[]): Promise<string> =>
  (await latchkey.refused(['resource', ...args])).stderr;

const API = 'https://api.acme.example';
const READ = 'calendar.read=see your calendar';

describe('latchkey resource', () => {
  it('registers one, shows it, changes it, lists it, removes it', async () => {
    const added = await ok('add', API, '--scope', READ, '--scope', 'calendar=change = all of it');
    assert.match(added.stdout, /^Added resource https:\/\/api\.acme\.example\.\n/u);
    assert.match(added.stdout, /calendar\.read: see your calendar\n/u);
    assert.match(added.stdout, /opaque, valid for 600 seconds\n$/u);
    const floor = ['--require-acr', 'calendar=urn:latchkey:acr:mfa'];
    const set = await ok('set', API, ...floor, '--lifetime', '120', '--json');
    assert.deepEqual(set.json['changed'], {
      lifetime: '600 → 120',
      scopes:
        'calendar.read see your calendar,calendar change = all of it → calendar.read see your calendar,calendar change = all of it urn:latchkey:acr:mfa',
    });
    assert.deepEqual((await ok('show', API, '--json')).json, {
      id: API,
      scopes: [
        { name: 'calendar.read', description: 'see your calendar', require_acr: null },
        {
          name: 'calendar',
          description: 'change = all of it',
          require_acr: 'urn:latchkey:acr:mfa',
        },
      ],
      format: 'opaque',
      lifetime: 120,
      alg: 'RS256',
    });
    assert.match((await ok('show', API)).stdout, /calendar: .*\(requires urn:latchkey:acr:mfa\)/u);
    await ok('set', API, '--require-acr', 'calendar=none', '--remove-scope', 'calendar.read');
    const { stdout } = await ok('list');
    assert.match(stdout, /^urn:latchkey:mail {2,}mail {2,}opaque {2,}600 s$/mu);
    assert.match(stdout, /^https:\/\/api\.acme\.example {2,}calendar {2,}opaque {2,}120 s$/mu);
    await ok('remove', API, '--yes');
    assert.doesNotMatch((await ok('list')).stdout, /acme/u);
  });

  it('says what nobody can do with JWTs', async () => {
    const jwt = ['--format', 'jwt'];
    const added = await ok('add', 'urn:acme:jwt', '--scope', 'jwt.read=see it', ...jwt);
    assert.match(added.stdout, /JWT, signed with RS256.*\n.*neither introspected nor revoked/u);
    await ok('add', 'urn:acme:later', '--scope', 'later=see it', '--lifetime', '3600');
    assert.match(await refused('set', 'urn:acme:later', ...jwt), /30 to 600 whole seconds/u);
    const later = await ok('set', 'urn:acme:later', ...jwt, '--lifetime', '60', '--alg', 'ES256');
    assert.match(later.stdout, /neither introspected nor revoked/u);
  });

  it('has clients that are told where to ask what a token is worth', async () => {
    await ok('add', 'urn:acme:asked', '--scope', 'asked=see it');
    const kinds = [['resource', '--resource', 'urn:acme:asked'], ['mail']];
    for (const kind of kinds) {
      const add = ['client', 'add', `Server of ${kind[0]}`, '--kind', ...kind];
      const { stdout } = await latchkey.run(add);
      assert.match(stdout, /^access tokens: +introspected at \S+\/token\/introspection$/mu);
      assert.doesNotMatch(stdout, /client_credentials/u);
    }
  });

  it('says what is wrong, and what to do', async () => {
    const one = ['add', 'urn:acme:one'];
    assert.match(await refused(...one), /at least one scope/u);
    assert.match(await refused(...one, '--scope', 'read'), /no description/u);
    assert.match(await refused(...one, '--scope', 'email=x'), /one of OpenID’s/u);
    assert.match(await refused(...one, '--scope', 'mail=x'), /urn:latchkey:mail already/u);
    assert.match(await refused('add', 'one', '--scope', 'a=x'), /absolute URI/u);
    assert.match(await refused(...one, '--scope', 'a=x', '--lifetime', '5m'), /number of seconds/u);
    const acr = ['--require-acr', 'b=urn:latchkey:acr:mfa'];
    assert.match(await refused(...one, '--scope', 'a=x', ...acr), /names b/u);
    assert.match(await refused('set', 'urn:latchkey:mail'), /Nothing to change/u);
    assert.match(await refused('set', 'urn:latchkey:mail', '--format', 'jwt'), /built in/u);
    assert.match(await refused('remove', 'urn:latchkey:mail', '--yes'), /built in/u);
    await ok(...one, '--scope', 'one=x');
    assert.match(await refused('show', 'urn:acme:onne'), /urn:acme:one/u, 'the nearest');
  });
});
