/** URIs of clients: taken only as browsers write them, each once; refused with the reason. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NewClient } from '../../src/oidc/clients/new-client.ts';
import { newClientRecord } from '../../src/oidc/clients/registration/new-client-record.ts';
import { Problem } from '../../src/problem.ts';

const PLACES: readonly [string, (...uris: string[]) => Partial<NewClient>][] = [
  ['redirect URI', (...redirectUris) => ({ redirectUris })],
  ['post-logout URI', (...postLogoutRedirectUris) => ({ postLogoutRedirectUris })],
  ['back-channel URI', (backchannelLogoutUri) => ({ backchannelLogoutUri })],
];

const TAKEN = [
  'https://app.example/cb',
  'https://app.example',
  'https://app.example/',
  'https://app.example:8443/a/b?x=1&next=https%3A%2F%2Fapp.example%2F',
  'https://app.example/~me/a%20b;v=1/(x)',
  'https://xn--bcher-kva.example/cb',
  'https://[2001:db8::7]/cb',
  'http://localhost:3001/callback',
  'http://127.0.0.1:9/callback',
  'http://[::1]:9/callback',
];

const REFUSED: readonly [string, RegExp][] = [
  ['', /absolute/u],
  ['nonsense', /absolute/u],
  ['/callback', /absolute/u],
  ['//app.example/cb', /absolute/u],
  ['https://', /absolute/u],
  ['https://app.example/a b', /blank/u],
  [' https://app.example/cb', /blank/u],
  ['https://app.example/cb ', /blank/u],
  ['https://app.example/cb\n', /blank/u],
  ['https://app\t.example/cb', /blank/u],
  ['https://app.example/\u00a0cb', /blank/u],
  ['https://app.example/cb\u0000', /control/u],
  ['https://app.example/cb\u001b[2J', /control/u],
  ['https://app.example/cb\u202e', /ASCII/u],
  ['https://app.example\\@evil.example/cb', /backslash/u],
  ['https:\\\\app.example/cb', /backslash/u],
  ['https://*.app.example/cb', /wildcard/u],
  ['https://app.example/*', /wildcard/u],
  ['https://app.example/cb?x=*', /wildcard/u],
  ['https://app.example/cb#x', /fragment/u],
  ['https://app.example/cb#', /fragment/u],
  ['https://me@app.example/cb', /user name or password/u],
  ['https://me:secret@app.example/cb', /user name or password/u],
  ['https://:secret@app.example/cb', /user name or password/u],
  ['https://@app.example/cb', /user name or password/u],
  ['https://bücher.example/cb', /ASCII/u],
  ['https://аpp.example/cb', /ASCII/u],
  ['https://app.example/ü', /ASCII/u],
  ['https://app.example/a/../cb', /browsers write it as https:\/\/app\.example\/cb$/u],
  ['https://app.example/./cb', /browsers/u],
  ['https://app.example/..', /browsers/u],
  ['https://app.example/%2e%2e/cb', /browsers|percent-encoded/u],
  ['https://app.example/a%2F..%2Fcb', /percent-encoded/u],
  ['https://app.example/a%5ccb', /percent-encoded/u],
  ['https://app.example/cb%0d%0aSet-Cookie:x', /control/u],
  ['https://app.example/cb?x=%00', /control/u],
  ['https://app.example/cb%', /percent/u],
  ['https://app.example/cb%zz', /percent/u],
  ['https://app%2eexample/cb', /percent-encoded/u],
  ['https://App.example/cb', /browsers/u],
  ['HTTPS://app.example/cb', /browsers/u],
  ['https://app.example:443/cb', /browsers/u],
  ['https:/app.example/cb', /browsers/u],
  ['https:app.example/cb', /browsers/u],
  ['https:///app.example/cb', /browsers/u],
  ['https://2130706433/cb', /browsers/u],
  ['https://127.1/cb', /browsers/u],
  ['http://0x7f.0.0.1/cb', /browsers/u],
  ['https://app.example/"><script>', /character/u],
  ['https://app.example/{id}', /character/u],
  ['http://app.example/cb', /https/u],
  ['http://localhost.app.example/cb', /https/u],
  ['ftp://app.example/cb', /scheme/u],
  ['javascript:alert(1)', /scheme/u],
  ['data:text/html,x', /scheme/u],
  ['urn:ietf:wg:oauth:2.0:oob', /scheme/u],
  ['com.example.app:/cb', /scheme/u],
  [`https://app.example/${'a'.repeat(2000)}`, /longer/u],
];

const register = (more: Partial<Omit<NewClient, 'id'>>) =>
  newClientRecord(
    {
      id: 'app',
      name: 'App',
      kind: 'web',
      redirectUris: ['https://other.example/'],
      ...more,
    } as const,
    { access_token: 60, id_token: 60, refresh_token: 60 },
  );

const refused = (reason: RegExp) => (error: unknown) => {
  assert.ok(error instanceof Problem, String(error));
  assert.equal(error.code, 'redirect-uri-invalid');
  assert.match(String(error.values['reason']), reason);
  // What is shown does nothing to a terminal.
  assert.doesNotMatch(String(error.values['uri']), /\p{C}/u);
  return true;
};

for (const [what, at] of PLACES)
  describe(`a ${what}`, () => {
    for (const uri of TAKEN)
      it(`may be ${uri}`, () => {
        const client = register(at(uri));
        assert.ok(JSON.stringify(client).includes(JSON.stringify(uri)));
      });

    for (const [uri, reason] of REFUSED)
      it(`is not ${JSON.stringify(uri.slice(0, 60))}`, () => {
        assert.throws(() => register(at(uri)), refused(reason));
      });

    if (what === 'back-channel URI') return;

    it('is given once', () => {
      const [one, other] = ['https://app.example/cb', 'https://app.example/other'];
      assert.ok(register(at(one, other)));
      assert.throws(() => register(at(one, other, one)), refused(/twice/u));
      const [bare, slash] = ['https://app.example', 'https://app.example/'];
      assert.throws(() => register(at(bare, slash)), refused(/twice/u));
    });
  });

describe('a native app', () => {
  const native = (...redirectUris: string[]) => register({ kind: 'native', redirectUris });

  it('may have a reverse-domain scheme', () => {
    for (const uri of ['com.example.app:/cb', 'com.example.app://cb', 'http://127.0.0.1/cb'])
      assert.deepEqual(native(uri).redirectUris, [uri]);
  });

  it('is held to the same rules', () => {
    const faults: readonly [string, RegExp][] = [
      ['com.example.app:/c b', /blank/u],
      ['com.example.app:/*', /wildcard/u],
      ['com.example.app:/cb#x', /fragment/u],
      ['com.example.app:\\cb', /backslash/u],
      ['com.example.app://me@cb', /user name/u],
      ['Com.Example.App:/cb', /browsers/u],
      ['app:/cb', /scheme/u],
      ['https://localhost/cb', /on http/u],
      ['https://[::1]:8443/cb', /on http/u],
    ];
    for (const [uri, reason] of faults) assert.throws(() => native(uri), refused(reason), uri);
    assert.throws(() => native('com.example.app:/cb', 'com.example.app:/cb'), refused(/twice/u));
  });
});
