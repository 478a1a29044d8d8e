/** Service mailboxes at the command line: added, given a code that is shown once, listed, and the code revoked. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { useInstallation, type Ran } from '../support/command-line.ts';

const latchkey = useInstallation(async () => {
  for (const name of ['Acme', 'Globex']) await done('org', 'add', name);
  await done('user', 'add', 'alice', '--org', 'acme', '--email', 'a@acme.test', '--name', 'Alice');
});

const done = (...args: string[]): Promise<Ran> => latchkey.ok(args);
async function refused(text: RegExp, code: number, ...args: string[]): Promise<void> {
  assert.match((await latchkey.refused(args, code)).stderr, text);
}

const named = (...args: string[]): string[] => args;
const NETWORK = ['--network', '192.0.2.0/24'];
const add = (login: string, organisation: string) =>
  done(
    ...named('mailbox', 'add', login),
    ...named('--org', organisation),
    ...named('--email', `${login}@${organisation}.test`),
    ...named('--name', `The ${login}`),
  );
const give = (login: string, name: string, ...more: string[]) =>
  done(
    ...named('mailbox', 'passcode', login),
    ...named('--name', name),
    ...named('--protocol', 'smtp'),
    ...NETWORK,
    ...more,
  );

interface Listed {
  login: string;
  organisation: string;
  passcodes: { id: string; name: string; protocols: string[]; networks: string[] }[];
}
async function listed(...args: string[]): Promise<Listed[]> {
  return JSON.parse((await done('mailbox', 'list', ...args, '--json')).stdout) as Listed[];
}

describe('latchkey mailbox', () => {
  it('begins with an empty list that says what to do', async () => {
    assert.match((await done('mailbox', 'list')).stdout, /latchkey mailbox add LOGIN --org/u);
    assert.deepEqual(await listed(), []);
  });

  it('adds what nobody signs in by, and lists it by organisation', async () => {
    const { stdout } = await add('copier', 'acme');
    assert.match(stdout, /^Added copier \(The copier\)\. Nobody signs in by it\./u);
    assert.match(stdout, /latchkey mailbox passcode copier --name/u);
    await add('scanner', 'globex');
    assert.match((await done('mailbox', 'list')).stdout, /copier +The copier/u);
    const of = await listed('--org', 'globex');
    assert.deepEqual(
      of.map(({ login, organisation }) => [login, organisation]),
      [['scanner', 'globex']],
    );
    await refused(/login/iu, 1, ...['mailbox', 'add', 'copier', '--org', 'acme'].concat(OTHER));
    await refused(/no organisation|nowhere/iu, 1, 'mailbox', 'list', '--org', 'nowhere');
    // It has no password to set, and no second step to lose.
    await refused(/./u, 1, 'user', 'password-link', 'copier');
  });

  it('gives a code once, for the networks that are named', async () => {
    const { json, stdout } = await give('copier', 'Scan to mail', '--days', '30', '--json');
    assert.match(String(json['passcode']), /^[A-Z]{16}$/u, stdout);
    const [{ passcodes } = { passcodes: [] }] = await listed('--org', 'acme');
    const [{ id: _, ...passcode } = { id: '' }] = passcodes;
    assert.deepEqual(
      [passcode],
      [
        {
          name: 'Scan to mail',
          protocols: ['smtp'],
          networks: ['192.0.2.0/24'],
          ...dates(passcode),
        },
      ],
    );
    assert.ok(!(await done('mailbox', 'list')).stdout.includes(String(json['passcode'])));
    const asText = await give('copier', 'Other');
    assert.match(asText.stdout, /shown this once[^]*\n {2}[A-Z]{4}(?: [A-Z]{4}){3}\n/u);
    const give2 = ['mailbox', 'passcode', 'copier', '--name', 'X'];
    await refused(/network/iu, 1, ...give2, '--protocol', 'smtp');
    await refused(/--network is an address range|A --network/u, 2, ...give2, ...EVERYWHERE);
    await refused(/--protocol/u, 2, ...give2, ...NETWORK);
    await refused(/imap, pop3, smtp, sieve/u, 2, ...give2, '--protocol', 'http', ...NETWORK);
    await refused(/--name/u, 2, 'mailbox', 'passcode', 'copier', '--protocol', 'smtp');
  });

  it('gives none to somebody who makes their own', async () => {
    const args = ['mailbox', 'passcode', 'alice', '--name', 'X', '--protocol', 'smtp', ...NETWORK];
    const { json } = await latchkey.refused([...args, '--json'], 1);
    assert.equal(json['error'], 'service-only');
  });

  it('revokes none of somebody who makes their own, and says who does', async () => {
    const revoke = ['mailbox', 'revoke-passcode', 'alice', 'some-id'];
    // Not asked first.
    await refused(/isn’t a service mailbox.*console.*latchkey user lock-down alice/u, 1, ...revoke);
    const { json } = await latchkey.refused([...revoke, '--yes', '--json'], 1);
    assert.equal(json['error'], 'service-code');
  });

  it('revokes a code by its ID, once', async () => {
    const [{ passcodes } = { passcodes: [] }] = await listed('--org', 'acme');
    const { id = '', name } = passcodes[0] ?? {};
    const revoke = ['mailbox', 'revoke-passcode', 'copier'];
    await refused(/LOGIN/u, 2, ...revoke);
    assert.match((await done(...revoke, id, '--yes')).stdout, new RegExp(`Revoked: ${name}`, 'u'));
    const after = await listed('--org', 'acme');
    assert.deepEqual(
      after[0]?.passcodes.map((one) => one.name),
      ['Other'],
    );
    await refused(/./u, 1, ...revoke, id, '--yes');
  });
});

const OTHER = ['--email', 'other@acme.test', '--name', 'Other'];
const EVERYWHERE = ['--protocol', 'smtp', '--network', '0.0.0.0/0'];

/** Days, as they were written. */
function dates(passcode: object): object {
  const { created_at, expires_at } = passcode as { created_at: string; expires_at: string };
  for (const day of [created_at, expires_at]) assert.match(day, /^\d{4}-\d\d-\d\d$/u);
  return { created_at, expires_at };
}
