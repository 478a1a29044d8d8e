/** `latchkey client preview`, as an operator asks it. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { useInstallation } from '../support/command-line.ts';

const latchkey = useInstallation(async () => {
  const alice = ['alice', '--org', 'acme', '--email', 'alice@acme.test', '--name', 'Alice'];
  await ok(['org', 'add', 'Acme', '--domain', 'acme.test']);
  await ok(['group', 'add', 'acme/<b>staff']);
  await ok(['user', 'add', ...alice]);
  await ok(['user', 'set', 'alice', '--group', 'acme/<b>staff', '--attribute', 'floor=<i>3']);
  await ok(['client', 'add', 'Wiki', '--id', 'wiki', '--redirect-uri', 'https://wiki.test/cb']);
  const told = ['--role', 'admin=group:acme/<b>staff', '--claim', 'floor=attribute:floor'];
  const scopes = ['openid', 'email', 'groups'].flatMap((scope) => ['--scope', scope]);
  await ok(['client', 'set', 'wiki', ...told, ...scopes]);
});

const ok = (args: readonly string[]) => latchkey.ok(args);

const PREVIEW = ['client', 'preview', 'wiki', '--user', 'alice'];

it('prints the three answers, and where each claim comes from', async () => {
  const { stdout } = await ok(PREVIEW);
  assert.match(stdout, /^alice at Wiki \(wiki\), with the scopes openid email groups$/mu);
  assert.match(stdout, /^Userinfo:$[^]*"roles": \[\s*"admin"\s*\]/mu);
  assert.match(stdout, /^ {2}email_verified: userinfo; .*in an ID token only/mu);
  const { json } = await ok([...PREVIEW, '--json', '--acr-values', 'urn:latchkey:acr:mfa odd']);
  const { userinfo, id_token: token, introspection } = json as unknown as Record<string, object>;
  assert.deepEqual(Object.keys(userinfo ?? {}).toSorted(), [
    'email',
    'email_verified',
    'floor',
    'groups',
    'roles',
    'sub',
  ]);
  assert.equal((token as Record<string, unknown>)['acr'], 'urn:latchkey:acr:mfa');
  assert.equal((introspection as Record<string, unknown>)['scope'], 'openid email groups');
  assert.deepEqual(json['ignored_acr'], ['odd']);
});

it('refuses what it cannot tell of', async () => {
  for (const [args, code, words] of [
    [['client', 'preview', 'nowhere', '--user', 'alice'], 1, /nowhere/u],
    [['client', 'preview', 'wiki', '--user', 'nobody'], 1, /person|nobody/iu],
    [['client', 'preview', 'wiki'], 2, /--user/u],
  ] as const) {
    const ran = await latchkey.run(args);
    assert.equal(ran.code, code, ran.stdout);
    assert.match(ran.stderr, words);
  }
  const { json } = await ok([...PREVIEW, '--scope', 'openid quota', '--json']);
  assert.deepEqual([json['scopes'], json['other_scopes']], [['openid'], ['quota']]);
});
