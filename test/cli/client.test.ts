/** What an operator says about a client, and what is told of it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { useInstallation } from '../support/command-line.ts';

const latchkey = useInstallation();

const ok = (...args: string[]) => latchkey.ok(args);

const refused = async (...args: string[]): Promise<string> => (await latchkey.refused(args)).stderr;

const CALLBACK = ['--redirect-uri', 'https://notes.example/cb'];

describe('latchkey client', () => {
  it('requires PKCE where it is told so, or where nothing else is possible', async () => {
    const plain = ['client', 'add', 'Proof', ...CALLBACK];
    const add = [...plain, '--json'];
    const required = async (...more: string[]) => (await ok(...add, ...more)).json['require_pkce'];
    assert.equal(await required(), false);
    assert.equal(await required('--require-pkce', 'yes'), true);
    for (const kind of ['spa', 'native']) assert.equal(await required('--kind', kind), true);
    // As an older version was told.
    assert.equal(await required('--without-pkce'), false);
    const bare = await refused(...plain, '--kind', 'spa', '--without-pkce');
    assert.match(bare, /--require-pkce.*cannot keep a secret.*RFC 9700/u);
    assert.match(await refused(...plain, '--without-pkce', '--require-pkce', 'yes'), /exclude/u);

    await ok(...add, '--id', 'proved');
    const set = ['client', 'set', 'proved', '--json', '--require-pkce'];
    assert.deepEqual((await ok(...set, 'yes')).json['changed'], { require_pkce: 'no → yes' });
    assert.equal((await ok(...set, 'no')).json['require_pkce'], false);
  });

  it('takes what it asks of a sign-in away when told so, not for an empty value', async () => {
    await ok('client', 'add', 'Acr', '--id', 'acr', ...CALLBACK);
    const set = ['client', 'set', 'acr', '--require-acr'];
    await ok(...set, 'urn:latchkey:acr:mfa');
    assert.match(await refused(...set, ''), /acr/u);
    assert.equal((await ok(...set, 'none', '--json')).json['require_acr'], null);
  });

  it('lets two be called the same, and says so', async () => {
    const add = ['client', 'add', ...CALLBACK];
    assert.equal((await ok(...add, 'Wiki', '--id', 'wiki1')).stderr, '');
    const second = await ok(...add, ' wiKi\u00ad', '--id', 'wiki2');
    assert.match(second.stderr, /called "wiKi.*" too \(wiki1\)/u);
    const third = await ok(...add, 'ｗｉｋｉ', '--id', 'wiki3', '--json');
    assert.deepEqual([third.json['same_name'], third.stderr], [['wiki1', 'wiki2'], '']);
    for (const id of ['wiki1', 'wiki2', 'wiki3']) await ok('client', 'remove', '--yes', id);
    assert.equal((await ok(...add, 'Wiki', '--id', 'wiki4')).stderr, '');
  });

  it('leaves the client of the account pages alone, with the reason', async () => {
    const uri = ['--id', 'latchkey-account', ...CALLBACK];
    assert.match(await refused('client', 'add', 'Mine', ...uri), /account pages.*itself/u);
    for (const act of ['remove', 'rotate-secret'])
      assert.match(await refused('client', act, '--yes', 'latchkey-account'), /account pages/u);
  });

  it('takes offline access and the address of an app, and takes them away', async () => {
    const add = ['client', 'add', 'Notes', ...CALLBACK];
    const set = ['client', 'set', 'notes'];
    const home = ['--client-uri', 'https://notes.example/'];
    const { json: plain } = await ok(...add, '--id', 'notes', '--json');
    assert.deepEqual([plain['offline_access'], plain['client_uri']], [false, null]);
    const { json } = await ok(...set, '--json', '--offline-access', 'yes', ...home);
    assert.deepEqual([json['offline_access'], json['client_uri']], [true, home[1]]);
    assert.deepEqual(json['changed'], {
      offline_access: 'no → yes',
      client_uri: `none → ${home[1]}`,
    });
    for (const none of ['none', '']) {
      await ok(...set, ...home);
      const { json: taken } = await ok(...set, '--json', '--client-uri', none);
      assert.equal(taken['client_uri'], null);
    }
    const native = [...add, '--kind', 'native', '--json'];
    assert.equal((await ok(...native)).json['offline_access'], true);
    const { json: tool } = await ok(...native, '--offline-access', 'no', ...home);
    assert.deepEqual([tool['offline_access'], tool['client_uri']], [false, home[1]]);
    for (const bad of ['http://notes.example/', 'javascript:alert(1)', 'com.example.app:/']) {
      assert.match(await refused(...add, '--client-uri', bad), /can’t be registered/u);
      assert.match(await refused(...set, '--client-uri', bad), /can’t be registered/u);
    }
  });
});

describe('after latchkey client add', () => {
  const added = async (name: string, ...args: string[]) => {
    const { stdout } = await ok('client', 'add', name, '--id', name.toLowerCase(), ...args);
    const values = Object.fromEntries(
      stdout.split('\n').map((line) => [line.slice(0, 16).trim(), line.slice(16)]),
    );
    const { json } = await ok('client', 'show', name.toLowerCase(), '--json');
    return { values, json };
  };
  const kind = (of: string) => ['--kind', of];
  const at = (path: string): string => `${latchkey.issuer}${path}`;
  const discovery = () => at('/.well-known/openid-configuration');

  it('a web app’s other side knows all that it is set up with', async () => {
    const out = ['--backchannel-logout-uri', 'https://notes.example/out'];
    const bye = ['--post-logout-uri', 'https://notes.example/bye'];
    const { values, json } = await added('Web', ...CALLBACK, ...out, ...bye);
    assert.match(values['client_secret:'] ?? '', /^[\w-]{43} {3}\(shown once\)$/u);
    const { 'client_secret:': _, 'Added client "We': __, '': ___, ...told } = values;
    assert.deepEqual(told, {
      'client_id:': 'web',
      'issuer:': latchkey.issuer,
      'discovery:': discovery(),
      'secret:': 'sent as client_secret_basic, or client_secret_post',
      'redirect URI:': CALLBACK[1],
      'scopes:': 'openid profile email',
      'ID tokens:': 'signed with RS256',
      'PKCE:': 'S256, not required; no sign-in seen yet',
      'after sign-out:': bye[1],
      'logout told:': out[1],
    });
    assert.deepEqual(
      [json['issuer'], json['discovery'], json['scopes'], json['token_endpoint_auth_methods']],
      [
        latchkey.issuer,
        discovery(),
        ['openid', 'profile', 'email'],
        ['client_secret_basic', 'client_secret_post'],
      ],
    );
  });

  it('one without a secret knows that it has none, and needs PKCE', async () => {
    const spa = await added('Spa', ...kind('spa'), ...CALLBACK);
    assert.equal(spa.values['secret:'], 'none: it sends its client_id alone');
    assert.equal(spa.values['PKCE:'], 'S256, required');
    assert.equal(spa.values['called from:'], 'https://notes.example');
    assert.deepEqual(spa.json['allowed_origins'], ['https://notes.example']);
    assert.equal(spa.values['logout told:'], undefined);
    const native = await added('Native', ...kind('native'), '--redirect-uri', 'org.example.x:/cb');
    assert.equal(native.values['scopes:'], 'openid profile email offline_access');
    assert.deepEqual(native.json['token_endpoint_auth_methods'], ['none']);
  });

  it('one that nobody signs in to knows where it calls', async () => {
    const mail = await added('Mail', ...kind('mail'));
    assert.equal(mail.values['passcodes:'], `checked at ${at('/mail/passcode')}`);
    assert.equal(mail.values['secret:'], 'sent as client_secret_basic, or in the form');
    const service = await added('Service', '--client-credentials');
    assert.doesNotMatch((await ok('client', 'show', 'service')).stdout, /third party|acr/u);
    assert.equal(service.json['token_endpoint'], at('/token'));
    for (const { values } of [mail, service])
      for (const name of ['redirect URI:', 'scopes:', 'ID tokens:', 'PKCE:', 'after sign-out:'])
        assert.equal(values[name], undefined, name);
    assert.match(await refused('client', 'show', 'nobody'), /nobody/u);
  });
});
