/**
 * Names with control characters and bidi marks, as an older version could store them: every command that
 * prints one shows them, and nothing of them reaches the terminal.
 */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { organisationCollection } from '../../src/records/organisation.ts';
import { groupCollection } from '../../src/records/group.ts';
import { personCollection } from '../../src/records/person.ts';
import { personEntryCollection } from '../../src/records/lists/person-entry.ts';
import { auditCollection } from '../../src/audit/event.ts';
import { runCommand } from '../../src/cli/run.ts';
import { COLLECTIONS } from '../../src/server/collections.ts';
import { clientCollection } from '../../src/records/client.ts';
import { clientRefusalsCollection } from '../../src/oidc/clients/refusals/client-refusals.ts';
import { openStore } from '../../src/storage/open.ts';
import type { Collection, Store } from '../../src/storage/store.ts';
import { newInstallation, type Installation } from '../support/command-line.ts';

/** Clears the screen, turns the line around, begins a line that looks like ours; C1, and another line's end. */
const HOSTILE = '\x1b[2J\u202eecila\u2066\nForged  line\r\t\x9b31m\u2028\u200f';
const SHOWN =
  '\\u001b[2J\\u202eecila\\u2066\\u000aForged  line\\u000d\\u0009\\u009b31m\\u2028\\u200f';

let latchkey: Installation;
let commands: string[];
before(async () => {
  latchkey = await newInstallation();
  commands = [...(await run('--help')).stdout.matchAll(/^ {2}(\w[\w-]*(?: [\w-]+)?) {2,}/gmu)].map(
    ([, name = '']) => name,
  );
  await run('org', 'add', 'Acme', '--mfa', 'optional');
  await run('user', 'add', 'alice', '--org', 'acme', '--email', 'a@acme.test', '--name', 'Alice');
  await run('group', 'add', 'acme/staff');
  await run('group', 'members', 'acme/staff', '--add', 'alice');
  await run('client', 'add', 'App', '--id', 'app', '--redirect-uri', 'http://127.0.0.1:9/cb');
  await plant();
});
after(() => latchkey.remove());

/** As main.ts does it, in this process: each command twice or more would take minutes. */
async function latchkeyWith(args: readonly string[]) {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await runCommand(args, {
    env: latchkey.env,
    cwd: latchkey.folder,
    stdin: Readable.from([]),
    stdout: { write: (text) => out.push(text) },
    stderr: { write: (text) => err.push(text) },
    stop: new AbortController().signal,
    now: Date.now,
  });
  const stdout = out.join('');
  const json = () => JSON.parse(stdout) as Record<string, unknown>;
  return { code, stdout, stderr: err.join(''), json };
}

async function run(...args: string[]) {
  const ran = await latchkeyWith(args);
  assert.equal(ran.code, 0, `${args.join(' ')}: ${ran.stderr}${ran.stdout}`);
  return ran;
}

/** Into everything that has a name. */
async function plant(): Promise<void> {
  const store = await openStore(latchkey.store, COLLECTIONS, { now: Date.now, mayBeServed: true });
  const passkey = { id: 'x', publicKey: '', transports: [], synced: false, createdAt: 1 };
  const passkeys = [{ ...passkey, name: HOSTILE }];
  await changeAll(store, personCollection, {
    login: HOSTILE,
    name: HOSTILE,
    email: HOSTILE,
    passkeys,
  });
  await changeAll(store, personEntryCollection, { login: HOSTILE, name: HOSTILE, email: HOSTILE });
  await changeAll(store, organisationCollection, { name: HOSTILE });
  await changeAll(store, groupCollection, { description: HOSTILE });
  await changeAll(store, clientCollection, { name: HOSTILE, redirectUris: [HOSTILE] });
  const { registration = null } = (await store.get(clientCollection, 'app')) ?? {};
  const at = { count: 1, firstAt: Date.now(), lastAt: Date.now() };
  const refusal = { endpoint: 'authorization', reason: 'scope_ignored', value: HOSTILE, ...at };
  await store.put(clientRefusalsCollection, 'app', { registration, refusals: [refusal] });
  const told = { userAgent: HOSTILE, address: HOSTILE, client: HOSTILE };
  await changeAll(store, auditCollection, {
    ...told,
    details: { name: HOSTILE },
    reasons: [HOSTILE],
  });
  await store.close();
}

async function changeAll<T extends object>(
  store: Store,
  of: Collection<T>,
  change: Partial<T>,
): Promise<void> {
  const { items } = await store.scan(of, { limit: 1000 });
  assert.ok(items.length > 0, of.name);
  for (const { id, value } of items) await store.put(of, id, { ...value, ...change });
}

/** What each command is called with; true: it prints one of the names. */
const WALK: Readonly<Record<string, readonly [args: string[], printsName: boolean][]>> = {
  'org list': [[[], true]],
  'org add': [[['Other'], false]],
  'org set': [[['acme', '--trusted-days', '7'], false]],
  'org simulate': [[['acme', '--trusted-days', '0'], true]],
  rollout: [
    [[], true],
    [['acme'], true],
  ],
  'user list': [[[], true]],
  'user show': [[['alice'], true]],
  'user set': [
    [['alice', '--name', 'Alice'], true],
    [['alice', '--name', 'Alice'], true],
  ],
  'group list': [[[], true]],
  'group show': [[['acme/staff'], true]],
  'group set': [[['acme/staff', '--description', 'x'], true]],
  'group add': [[['acme/other'], false]],
  'group members': [
    [['acme/staff'], true],
    [['acme/staff', '--remove', 'alice'], true],
  ],
  'group remove': [[['acme/other', '--yes'], false]],
  'user unlock': [[['alice'], true]],
  'user password-link': [[['alice'], false]],
  'user disable': [[['alice', '--yes'], true]],
  'user lock-down': [[['alice', '--yes'], true]],
  'user enable': [
    [['alice'], true],
    [['alice'], true],
  ],
  'user temporary-code': [[['alice'], true]],
  'user reset-mfa': [[['alice', '--yes'], true]],
  'user add': [[['bob', '--org', 'acme', '--email', 'b@acme.test', '--name', 'Bob'], false]],
  'user delete': [
    [['bob', '--yes'], true],
    [['bob', '--undo'], true],
    [['bob', '--now', '--yes'], true],
  ],
  'mailbox add': [
    [['copier', '--org', 'acme', '--email', 'copier@acme.test', '--name', 'Copier'], false],
  ],
  'mailbox passcode': [
    [['copier', '--name', HOSTILE, '--protocol', 'smtp', '--network', '192.0.2.0/24'], true],
  ],
  'mailbox list': [[[], true]],
  'org remove': [[['other', '--yes'], false]],
  'policy explain': [[['--user', 'alice', '--client', 'app'], true]],
  'client list': [[[], true]],
  'client show': [[['app'], true]],
  'client preview': [[['app', '--user', 'alice'], true]],
  'client refusals': [[['app'], true]],
  'client set': [[['app', '--third-party', 'yes'], false]],
  'client add': [[['Two', '--redirect-uri', 'http://127.0.0.1:9/cb'], false]],
  'resource add': [[['urn:x:y', '--scope', 'xy=do it'], false]],
  'resource show': [[['urn:x:y'], false]],
  'resource set': [[['urn:x:y', '--lifetime', '60'], false]],
  'resource list': [[[], false]],
  'resource remove': [[['urn:x:y', '--yes'], false]],
  'audit list': [
    [[], true],
    [['--user', 'alice'], true],
  ],
  'setup-link': [[[], false]],
  'client rotate-secret': [[['app', '--yes'], false]],
  'client remove': [[['app', '--yes'], false]],
};
/** They print counts and paths, and other tests have them; the server prints its log. */
const WITHOUT_NAMES = [
  'serve',
  'backup',
  'restore',
  'revoke-all',
  'migrate',
  'upgrade',
  'verify',
  'completion',
  'user import',
  'user export',
  'user extend-grace',
  'client remove-secret',
  'client accept-redirect',
  'mail config',
  'mailbox revoke-passcode',
  'keys list',
  'keys rotate',
  'keys reseal',
  'keys retire',
];

const assertPlain = (text: string, what: string): void => {
  assert.doesNotMatch(text, /(?!\n)[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u, what);
  assert.doesNotMatch(text, /^\s*Forged/mu, what);
};

describe('a hostile name', () => {
  it('is looked for in every command that there is', () => {
    assert.deepEqual([...Object.keys(WALK), ...WITHOUT_NAMES].toSorted(), commands.toSorted());
  });

  it('is shown by each, and does nothing', async () => {
    for (const [name, calls] of Object.entries(WALK))
      for (const [args, printsName] of calls) {
        const { stdout, stderr } = await run(...name.split(' '), ...args);
        assertPlain(stdout + stderr, name);
        assert.equal(stdout.includes(SHOWN), printsName, `${name}: ${stdout}`);
        if (name === 'user set' || name === 'user add') await plant();
      }
  });

  it('is in the JSON of each as it is, without a raw one in the text', async () => {
    await run('client', 'add', 'App', '--id', 'app', '--redirect-uri', 'http://127.0.0.1:9/cb');
    await plant();
    for (const name of ['org list', 'user list', 'group list', 'client list', 'audit list']) {
      const { stdout, json } = await run(...name.split(' '), '--json');
      assertPlain(stdout, name);
      assert.match(stdout, /\\u202e.*\\u2066\\nForged.*\\u009b31m\\u2028\\u200f/u);
      assert.ok(JSON.stringify(json()).includes(JSON.stringify(HOSTILE)), name);
    }
    const { stdout, json } = await run('user', 'show', 'alice', '--json');
    assertPlain(stdout, 'user show');
    assert.deepEqual([json()['name'], json()['login']], [HOSTILE, HOSTILE]);
  });

  it('is shown in messages, and is no name for anything new', async () => {
    const args = ['http://127.0.0.1:9/cb', '--redirect-uri'];
    const refusals: [string[], number][] = [
      [['org', 'add', HOSTILE], 1],
      [['org', 'add', 'Plain', '--id', `x${HOSTILE}`], 1],
      [['group', 'add', `acme/${HOSTILE}`], 1],
      [['group', 'add', 'acme/plain', '--description', HOSTILE], 1],
      [['group', 'show', HOSTILE], 2],
      [['group', 'show', `acme/${HOSTILE}`], 1],
      [['group', 'members', 'acme/staff', '--add', HOSTILE], 1],
      [['user', 'set', 'alice', '--attribute', `department=${HOSTILE}`], 1],
      [['user', 'set', 'alice', '--attribute', `${HOSTILE}=x`], 1],
      [['user', 'set', 'alice', '--attribute', HOSTILE], 2],
      [['client', 'add', HOSTILE, ...args.toReversed()], 1],
      [['client', 'add', 'Plain', '--id', HOSTILE, ...args.toReversed()], 1],
      [['client', 'remove', '--yes', HOSTILE], 1],
      [['client', 'add', 'Plain', '--redirect-uri', HOSTILE], 1],
      [['user', 'show', HOSTILE], 1],
      [['user', 'set', 'alice', '--name', HOSTILE], 2],
      [['user', 'set', 'alice', '--role', '\u202e\x1b[2J'], 2],
      [['audit', 'list', '--since', '\u202e\x1b[2J'], 2],
      [['\u202e\x1b[2J'], 2],
    ];
    for (const login of ['al\u202eice', 'al\x9bice', 'al\u200fice'])
      refusals.push([
        ['user', 'add', login, '--org', 'acme', '--email', 'c@acme.test', '--name', 'C'],
        1,
      ]);
    for (const name of [HOSTILE, 'C\u202eD', 'C\nD'])
      refusals.push([
        ['user', 'add', 'carol', '--org', 'acme', '--email', 'c@acme.test', '--name', name],
        1,
      ]);
    for (const [given, code] of refusals) {
      for (const json of [[], ['--json']]) {
        const ran = await latchkeyWith([...given, ...json]);
        assert.equal(ran.code, code, `${given.join(' ')}: ${ran.stdout}${ran.stderr}`);
        assertPlain(ran.stdout + ran.stderr, given.join(' '));
        if (json.length > 0 && ran.stdout) assert.ok(ran.json()['error']);
      }
    }
  });

  it('that is too long to be an id is nobody’s', async () => {
    const long = 'x'.repeat(201);
    const unknown: [string[], string][] = [
      [['org', 'set', long, '--mfa', 'off'], 'organisation-unknown'],
      [
        ['user', 'add', 'dave', '--org', long, '--email', 'd@x.test', '--name', 'D'],
        'organisation-unknown',
      ],
      [['user', 'set', 'alice', '--org', long], 'organisation-unknown'],
      [['group', 'add', `${long}/x`], 'organisation-unknown'],
      [['group', 'show', `${long}/x`], 'group-unknown'],
      [['group', 'add', `acme/${long}`], 'group-name-format'],
      [['client', 'set', long, '--third-party', 'yes'], 'client-unknown'],
      [['client', 'set', 'latchkey-account', '--org', long], 'organisation-unknown'],
      [['client', 'show', long], 'client-unknown'],
      [['client', 'remove', '--yes', long], 'client-unknown'],
      [['client', 'rotate-secret', '--yes', long], 'client-unknown'],
      [['client', 'remove-secret', '--yes', long, long], 'client-unknown'],
      [['policy', 'explain', '--user', 'alice', '--client', long], 'client-unknown'],
      [['user', 'disable', '--yes', `${long}@acme.test`], 'person-unknown'],
      [
        ['user', 'add', 'dave', '--org', 'acme', '--email', `d@${long}`, '--name', 'D'],
        'email-long',
      ],
    ];
    for (const [args, error] of unknown) {
      const ran = await latchkeyWith([...args, '--json']);
      assert.deepEqual([ran.code, ran.json()['error']], [1, error], args.join(' '));
    }
  });
});
