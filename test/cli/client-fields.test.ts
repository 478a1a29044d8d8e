/** Every field of a client: given, shown, changed and taken away again by the command line. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { exportJWK, generateKeyPair } from 'jose';
import { COLLECTIONS } from '../../src/server/collections.ts';
import { clientCollection } from '../../src/records/client.ts';
import { clientRefusalsCollection } from '../../src/oidc/clients/refusals/client-refusals.ts';
import { openStore } from '../../src/storage/open.ts';
import { useInstallation } from '../support/command-line.ts';

const CALLBACK = ['--redirect-uri', 'https://notes.example/cb'];

const latchkey = useInstallation(async () => {
  await ok('org', 'add', 'Acme');
  await ok('client', 'add', 'Notes', ...CALLBACK);
  await ok('group', 'add', 'acme/it-staff');
});

const ok = (...args: string[]) => latchkey.ok(args);
const refused = async (...args: string[]): Promise<string> => (await latchkey.refused(args)).stderr;
const set = async (...args: string[]) =>
  (await ok('client', 'set', 'notes', '--json', ...args)).json;

describe('a field of a client', () => {
  const at = 'https://notes.example';
  const both = `${at}/cb ${at}/other`.split(' ');
  const uris = both.flatMap((uri) => ['--redirect-uri', uri]);
  const group = 'acme/it-staff';
  const rows: [field: string, args: string[], value: unknown, none: string[], nothing: unknown][] =
    [
      ['name', ['--name', ' Jotter '], 'Jotter', ['--name', 'Notes'], 'Notes'],
      ['redirect_uris', uris, both, CALLBACK, [CALLBACK[1]]],
      [
        'post_logout_redirect_uris',
        ['--post-logout-uri', `${at}/bye`],
        [`${at}/bye`],
        ['--post-logout-uri', 'none'],
        [],
      ],
      ...[
        'backchannel-logout-uri',
        'client-uri',
        'logo-uri',
        'policy-uri',
        'terms-uri',
        'initiate-login-uri',
      ].map((flag): (typeof rows)[number] => [
        flag.replaceAll('-', '_'),
        [`--${flag}`, `${at}/it`],
        `${at}/it`,
        [`--${flag}`, 'none'],
        null,
      ]),
      [
        'auth_method',
        ['--auth-method', 'client_secret_post'],
        'client_secret_post',
        ['--auth-method', 'client_secret_basic'],
        'client_secret_basic',
      ],
      ['alg', ['--alg', 'ES256'], 'ES256', ['--alg', 'RS256'], 'RS256'],
      ...[
        'require-pkce',
        'require-par',
        'require-dpop',
        'offline-access',
        'id-token-claims',
        'client-credentials',
      ].map((flag): (typeof rows)[number] => [
        flag.replaceAll('-', '_'),
        [`--${flag}`, 'yes'],
        true,
        [`--${flag}`, 'no'],
        false,
      ]),
      [
        'trusted_computers',
        ['--trusted-computers', 'no'],
        false,
        ['--trusted-computers', 'yes'],
        true,
      ],
      ...['access-token', 'id-token', 'refresh-token'].map((token): (typeof rows)[number] => [
        `${token.replace('-', '_')}_lifetime`,
        [`--${token}-lifetime`, '300'],
        300,
        [`--${token}-lifetime`, 'none'],
        null,
      ]),
      [
        'allowed_scopes',
        ['--scope', 'openid email', '--scope', 'groups'],
        ['openid', 'email', 'groups'],
        ['--scope', 'none'],
        [],
      ],
      ['groups', ['--groups', group], [group], ['--groups', 'none'], 'none'],
      [
        'roles',
        ['--role', `admin=group:${group}`],
        [{ value: 'admin', group }],
        ['--role', 'none'],
        [],
      ],
      [
        'roles_claim',
        ['--roles-claim', 'notes_roles'],
        'notes_roles',
        ['--roles-claim', 'roles'],
        'roles',
      ],
      [
        'claims',
        [
          '--claim',
          'cost=attribute:cost_centre',
          '--claim',
          `staff=group:${group}`,
          '--claim',
          'tier=constant:a=b',
        ],
        [
          { name: 'cost', attribute: 'cost_centre' },
          { name: 'staff', group },
          { name: 'tier', constant: 'a=b' },
        ],
        ['--claim', 'none'],
        [],
      ],
      ['errors', ['--errors', 'page'], 'page', ['--errors', 'redirect'], 'redirect'],
      [
        'require_acr',
        ['--require-acr', 'urn:latchkey:acr:mfa'],
        'mfa',
        ['--require-acr', 'none'],
        null,
      ],
      ['organisations', ['--all-orgs'], null, ['--org', 'acme'], ['acme']],
    ];
  for (const [field, args, value, none, nothing] of rows)
    it(`${field} is given and taken away`, async () => {
      const changed = await set(...args);
      assert.deepEqual(changed[field], value);
      assert.deepEqual(Object.keys(changed['changed'] as object).includes('changed'), false);
      assert.notDeepEqual(changed['changed'], {});
      assert.deepEqual((await ok('client', 'show', 'notes', '--json')).json[field], value);
      assert.deepEqual((await set(...args))['changed'], {}, 'once');
      assert.deepEqual((await set(...none))[field], nothing);
    });

  it('is added to a list and taken from it, and the rest stays', async () => {
    await set(...CALLBACK);
    const other = `${at}/other`;
    assert.deepEqual((await set('--add-redirect-uri', other))['redirect_uris'], both);
    assert.deepEqual((await set('--remove-redirect-uri', CALLBACK[1] ?? ''))['redirect_uris'], [
      other,
    ]);
    assert.match(
      await refused('client', 'set', 'notes', '--remove-redirect-uri', other),
      /at least one redirect URI/u,
    );
    await set('--scope', 'openid');
    assert.deepEqual((await set('--add-scope', 'email'))['allowed_scopes'], ['openid', 'email']);
    await set('--all-orgs');
    assert.match(await refused('client', 'set', 'notes', '--add-org', 'acme'), /open to all/u);
  });

  it('that is none is refused, with the reason', async () => {
    const bad: [args: string[], reason: RegExp][] = [
      [['--access-token-lifetime', '9999999'], /30 to 3600 seconds/u],
      [['--access-token-lifetime', '1'], /30 to 3600 seconds/u],
      [['--id-token-lifetime', 'soon'], /whole number of seconds/u],
      [['--claim', 'groups=constant:x'], /claim of that name/u],
      [['--claim', 'email=constant:x'], /claim of that name/u],
      [['--claim', '9=constant:x'], /a letter, then/u],
      [['--claim', 'x=constant:1', '--claim', 'x=constant:2'], /given twice/u],
      [['--claim', 'x=person:1'], /NAME=attribute/u],
      [
        ['--claim', `x=constant:${'y'.repeat(3990)}`, '--claim', `z=constant:${'y'.repeat(3990)}`],
        /longer than 4096/u,
      ],
      [Array.from({ length: 21 }, (_, n) => ['--claim', `x${n}=constant:1`]).flat(), /20 of them/u],
      [['--role', 'admin'], /VALUE=group/u],
      [['--role', 'admin=group:acme/nobody'], /acme\/nobody/u],
      [['--groups', 'it-staff'], /it-staff/u],
      [['--scope', 'offline_access'], /--offline-access yes/u],
      [['--scope', 'a"b'], /scope has 1 to 100/u],
      [['--protocols', 'imap'], /only mail servers/u],
      [['--resource', 'https://api.example'], /belongs to a resource/u],
      [['--auth-method', 'none'], /spa, native or device/u],
      [['--auth-method', 'private_key_jwt'], /--jwks-file or --jwks-uri/u],
      [['--jwks-uri', `${at}/jwks`], /for private_key_jwt/u],
      [['--jwks-file', 'nowhere.json'], /nowhere\.json/u],
      [['--name', '\u001b[0m'], /name has between/u],
    ];
    for (const [args, reason] of bad)
      assert.match(await refused('client', 'set', 'notes', ...args), reason, args.join(' '));
  });

  it('that is the client’s being ours takes what only ours are told of with it', async () => {
    await set('--groups', 'all');
    assert.equal((await set('--third-party', 'yes'))['groups'], 'none');
    assert.equal((await set('--third-party', 'no'))['groups'], 'none');
  });
});

describe('keys of a client', () => {
  const keyFile = async (name: string, keys: unknown): Promise<string[]> => {
    await writeFile(join(latchkey.folder, name), JSON.stringify({ keys }));
    return ['--jwks-file', name];
  };

  it('come from a file, stand in for its secret, and give way to a secret again', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
    const key = { ...(await exportJWK(publicKey)), kid: 'one', ext: true };
    const byKey = ['--auth-method', 'private_key_jwt'];
    await ok('client', 'add', 'Keyed', ...CALLBACK, '--json');
    const keyed = async (...args: string[]) =>
      (await ok('client', 'set', 'keyed', '--json', ...args)).json;
    const json = await keyed(...byKey, ...(await keyFile('keys.json', [key])));
    const { ext: _, ...kept } = key;
    assert.deepEqual(json['jwks'], { keys: [kept] });
    assert.equal(json['client_secret'], undefined);
    const rotated = ['client', 'rotate-secret', '--yes', 'keyed'];
    assert.match(await refused(...rotated), /keyed/u);
    assert.match(await refused('client', 'set', 'keyed', '--leaked', '--yes'), /would go on/u);
    const other = [{ ...kept, kid: 'two' }];
    const leak = ['client', 'set', 'keyed', '--leaked', ...(await keyFile('other.json', other))];
    assert.match(await refused(...leak), /This ends the keys of keyed[\s\S]*--yes/u);
    assert.match((await ok(...leak, '--yes')).stdout, /All grants and tokens of it have ended/u);
    const fetched = await keyed('--jwks-uri', 'https://notes.example/jwks');
    assert.deepEqual([fetched['jwks'], fetched['jwks_uri']], [null, 'https://notes.example/jwks']);
    const secret = await keyed('--auth-method', 'client_secret_basic');
    assert.match(String(secret['client_secret']), /^[\w-]{43}$/u);
    assert.deepEqual([secret['jwks'], secret['jwks_uri']], [null, null]);

    const set = ['client', 'set', 'keyed', ...byKey];
    const secretKey = await keyFile('secret.json', [await exportJWK(privateKey)]);
    assert.match(await refused(...set, ...secretKey), /private key/u);
    const bad: [keys: unknown, reason: RegExp][] = [
      [[], /1 to 10/u],
      [Array.from({ length: 11 }, () => key), /1 to 10/u],
      [[key, key], /kid each/u],
      [[{ ...key, crv: 'P-384' }], /no public key/u],
      [[{ ...key, x: 'short' }], /32 bytes/u],
      [[{ ...key, use: 'enc' }], /use: sig/u],
      [[{ ...key, alg: 'RS256' }], /signs with ES256/u],
      [[{ kty: 'RSA', n: 'AQAB', e: 'AQAB' }], /2048/u],
      [[{ kty: 'oct', k: 'x' }], /private key/u],
      [[{ kty: '__proto__' }], /no public key/u],
    ];
    for (const [keys, reason] of bad)
      assert.match(await refused(...set, ...(await keyFile('bad.json', keys))), reason);
    const both = [...(await keyFile('keys.json', [key])), '--jwks-uri', 'https://notes.example/j'];
    assert.match(await refused(...set, ...both), /not both/u);
  });

  it('come from standard input', async () => {
    const { publicKey } = await generateKeyPair('EdDSA');
    const text = JSON.stringify({ keys: [await exportJWK(publicKey)] });
    const args = [
      'client',
      'add',
      'Piped',
      ...CALLBACK,
      '--json',
      '--auth-method',
      'private_key_jwt',
    ];
    const ran = await latchkey.run([...args, '--jwks-file', '-'], text);
    assert.equal(ran.code, 0, ran.stderr);
    assert.equal(ran.json['client_secret'], undefined);
    const none = await latchkey.run([...args, '--jwks-file', '-'], 'nothing');
    assert.match(none.stdout, /no JWK set/u);
  });
});

describe('what a client is called', () => {
  const idOf = async (name: string, ...more: string[]): Promise<unknown> =>
    (await ok('client', 'add', name, ...CALLBACK, '--json', ...more)).json['client_id'];

  it('makes its id', async () => {
    assert.deepEqual(
      [await idOf('My App'), await idOf('My  app!'), await idOf('MY APP')],
      ['my-app', 'my-app-2', 'my-app-3'],
    );
    assert.equal(await idOf('Éclair 2'), 'eclair-2');
    assert.match(String(await idOf('郵件')), /^app-[a-z2-7]{6}$/u);
    assert.equal(await idOf('Latchkey console'), 'app-latchkey-console');
    assert.match(
      await refused('client', 'add', 'X', ...CALLBACK, '--id', 'latchkey-x'),
      /kept for/u,
    );
  });

  it('makes two ids for two at once', async () => {
    const args = ['client', 'add', 'Twice', ...CALLBACK, '--json'];
    const both = await Promise.all([latchkey.runApart(args), latchkey.runApart(args)]);
    const ids = both.map(({ json }) => json['client_id']);
    assert.deepEqual(ids.toSorted(), ['twice', 'twice-2']);
  });
});

describe('whom a client is open to', () => {
  it('is said where there are several organisations, and is the one that there is', async () => {
    const add = ['client', 'add', 'Open', ...CALLBACK, '--json'];
    assert.deepEqual((await ok(...add)).json['organisations'], ['acme']);
    await ok('org', 'add', 'Globex');
    assert.deepEqual((await ok('client', 'show', 'open', '--json')).json['organisations'], [
      'acme',
    ]);
    const unsaid = await refused('client', 'add', 'Open', ...CALLBACK);
    assert.match(unsaid, /\(acme, globex\).*--org.*--all-orgs/u);
    assert.match(await refused(...add.slice(0, 5), '--org', 'acme', '--all-orgs'), /exclude/u);
    assert.deepEqual((await ok(...add, '--org', 'globex')).json['organisations'], ['globex']);
    assert.equal((await ok(...add, '--all-orgs')).json['organisations'], null);
    await ok('client', 'add', 'Backup', '--kind', 'service', '--json');
    const resource = ['--kind', 'resource', '--resource', 'https://api.example', '--json'];
    assert.equal((await ok('client', 'add', 'Api', ...resource)).json['organisations'], null);
  });

  it('is said by an organisation for its groups, and taken back', async () => {
    const org = ['org', 'set', 'acme', '--json'];
    const app = ['--app', 'notes=group:acme/it-staff'];
    const { json } = await ok(...org, ...app);
    assert.deepEqual(json['apps'], { notes: ['it-staff'] });
    assert.match(JSON.stringify(json['changed']), /^\{"apps":"notes: all → [\w-]{22}"\}$/u);
    assert.deepEqual((await ok(...org, ...app)).json['changed'], {});
    assert.match((await ok('client', 'show', 'notes')).stdout, /^within acme: +it-staff$/mu);
    assert.deepEqual((await ok(...org, '--app', 'notes=everybody')).json['apps'], {});
    const bad: [value: string[], reason: RegExp][] = [
      [['notes'], /CLIENT_ID=group/u],
      [['notes=nobody'], /CLIENT_ID=group/u],
      [['notes=group:acme/none'], /acme\/none/u],
      [['nowhere=group:acme/it-staff'], /nowhere/u],
      [['notes=everybody', 'notes=group:acme/it-staff'], /two things/u],
    ];
    for (const [values, reason] of bad)
      assert.match(
        await refused('org', 'set', 'acme', ...values.flatMap((value) => ['--app', value])),
        reason,
      );
  });
});

describe('a request that was refused', () => {
  it('is told of, and its redirect URI registered when somebody says so', async () => {
    const came = 'https://refused.example/login/callback';
    const add = ['client', 'add', 'Refused', '--all-orgs', '--redirect-uri'];
    await ok(...add, 'https://refused.example/cb');
    assert.match((await ok('client', 'refusals', 'refused')).stdout, /Nothing of refused/u);
    const store = await openStore(latchkey.store, COLLECTIONS, { now: Date.now });
    const { registration = null } = (await store.get(clientCollection, 'refused')) ?? {};
    const at = { count: 3, firstAt: Date.now() - 60_000, lastAt: Date.now() };
    const told = (reason: string, value: string) => ({
      endpoint: 'authorization',
      reason,
      value,
      ...at,
    });
    // A URI can have all that a shell would run.
    const odd = "https://refused.example/x;$(touch$IFS/tmp/x)&'";
    const refusals = [told('redirect_uri', odd), told('scope_ignored', '\u001b[0m')];
    await store.put(clientRefusalsCollection, 'refused', { registration, refusals });
    const hint = (await ok('client', 'refusals', 'refused')).stdout;
    const asked = String.raw`'https://refused.example/x;$(touch$IFS/tmp/x)&'\'''`;
    assert.ok(hint.includes(`accept-redirect refused ${asked}`), hint);
    refusals[0] = told('redirect_uri', came);
    await store.put(clientRefusalsCollection, 'refused', { registration, refusals });
    await store.close();
    const { stdout } = await ok('client', 'refusals', 'refused');
    assert.match(stdout, /3 times +authorization: redirect URI that is not registered/u);
    assert.match(stdout, /login\/callback {3}\(of an origin that it has\)/u);
    assert.match(
      stdout,
      /client accept-redirect refused https:\/\/refused\.example\/login\/callback/u,
    );
    assert.ok(!stdout.includes('\u001b'));
    const accept = ['client', 'accept-redirect', 'refused'];
    const unsure = await refused(...accept, came);
    assert.match(unsure, /registered: {2}https:\/\/refused\.example\/cb\n.*\n +\^ from here on/u);
    assert.match(unsure, /Nothing was changed/u);
    assert.match(
      await refused(...accept, 'https://evil.example/', '--yes'),
      /no request of the client/u,
    );
    assert.deepEqual((await ok(...accept, came, '--yes', '--json')).json['redirect_uris'], [
      'https://refused.example/cb',
      came,
    ]);
    assert.match(await refused(...accept), /CLIENT_ID URI is missing/u);
  });
});
