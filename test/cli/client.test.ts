/** What an operator says about a client, and what is told of it. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { newInstallation, type Installation } from '../support/command-line.ts';

let latchkey: Installation;
before(async () => {
  latchkey = await newInstallation();
});
after(() => latchkey.remove());

const ok = async (...args: string[]) => {
  const ran = await latchkey.runHere(args);
  assert.equal(ran.code, 0, `${args.join(' ')}: ${ran.stderr}${ran.stdout}`);
  return ran;
};

const refused = async (...args: string[]): Promise<string> => {
  const ran = await latchkey.runHere(args);
  assert.notEqual(ran.code, 0, `${args.join(' ')}: ${ran.stdout}`);
  return ran.stderr;
};

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

    await ok(...add, '--id', 'proof');
    const set = ['client', 'set', 'proof', '--json', '--require-pkce'];
    assert.deepEqual((await ok(...set, 'yes')).json['changed'], { 'require-pkce': 'no → yes' });
    assert.equal((await ok(...set, 'no')).json['require_pkce'], false);
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
      'offline-access': 'no → yes',
      'client-uri': `none → ${home[1]}`,
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
