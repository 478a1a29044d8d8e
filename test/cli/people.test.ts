/** Many people at the command line: searched, exported and imported. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { newInstallation, type Installation, type Ran } from '../support/command-line.ts';

let latchkey: Installation;
before(async () => {
  latchkey = await newInstallation();
  for (const name of ['Acme', 'Globex']) await done('org', 'add', name);
  await done('group', 'add', 'acme/staff');
  for (const [login, name, org] of [
    ['alice', 'Alice Archer', 'acme'],
    ['bob', 'Bob Brook', 'acme'],
    ['cem', 'Cem Archer', 'globex'],
  ] as const)
    await done('user', 'add', login, '--org', org, '--email', `${login}@x.test`, '--name', name);
});
after(() => latchkey.remove());

const run = (...args: string[]): Promise<Ran> => latchkey.run(args);
async function done(...args: string[]): Promise<Ran> {
  const ran = await run(...args);
  assert.equal(ran.code, 0, `${args.join(' ')}: ${ran.stderr}`);
  return ran;
}
const logins = async (...args: string[]): Promise<string> => {
  const { stdout } = await done('user', 'list', '--json', ...args);
  return (JSON.parse(stdout) as { login: string }[]).map(({ login }) => login).join(' ');
};

describe('user list', () => {
  it('searches, filters and sorts', async () => {
    assert.equal(await logins(), 'alice bob cem');
    assert.equal(await logins('--search', 'archer'), 'alice cem');
    assert.equal(await logins('--search', 'archer', '--org', 'acme'), 'alice');
    assert.equal(await logins('--sort=-login'), 'cem bob alice');
    assert.equal(await logins('--state', 'overdue', '--org', 'globex'), 'cem');
    assert.equal(await logins('--never-signed-in', '--role', 'member'), 'alice bob cem');
    await done('user', 'disable', 'bob', '--yes');
    assert.equal(await logins('--disabled'), 'bob');
    await done('group', 'members', 'acme/staff', '--add', 'bob');
    assert.equal(await logins('--group', 'acme/staff'), 'bob');
    assert.match((await done('user', 'list', '--search', 'nobody')).stdout, /Nobody is like that/u);
  });

  it('says how to go on where there is a limit', async () => {
    const { stdout, stderr } = await done('user', 'list', '--limit', '2');
    assert.match(stdout, /alice[^]*bob/u);
    const [, after = ''] = /There are more: --after (\S+)/u.exec(stderr) ?? [];
    assert.equal(await logins('--limit', '2', '--after', after), 'cem');
    const refused = await run('user', 'list', '--limit', '0');
    assert.match(refused.stderr, /--limit must be a whole number above 0/u);
  });
});

describe('user import and export', () => {
  it('tells what it would do, does it, and gives it back', async () => {
    const file = join(latchkey.folder, 'people.csv');
    await writeFile(file, 'login,email,name\ndan,dan@x.test,Dan\nb d,x@x.test,Bad\n');
    const dry = await done('user', 'import', file, '--org', 'acme', '--dry-run');
    assert.match(dry.stdout, /^Line 3: [^]*Would add 1, change 0[^]*1 bad line\.\nNothing was/mu);
    const { stdout } = await done('user', 'import', file, '--org', 'acme', '--json');
    const json = JSON.parse(stdout) as Record<string, unknown>;
    assert.deepEqual([json['created'], json['bad'], json['dry_run']], [1, 1, false]);
    const exported = await done('user', 'export', '--search', 'dan', '--format', 'jsonl');
    const line = JSON.parse(exported.stdout) as Record<string, unknown>;
    assert.deepEqual([line['login'], line['organisation']], ['dan', 'acme']);
    const again = join(latchkey.folder, 'again.jsonl');
    await writeFile(again, exported.stdout);
    assert.match((await done('user', 'import', again)).stdout, /leave 1 as they are; 0 bad/u);
    const csv = await done('user', 'export');
    assert.match(csv.stdout, /^id,login,email,[^]*dan@x\.test/u);
  });

  it('gives addresses in the organisation’s domains only', async () => {
    await done('org', 'set', 'acme', '--domain', 'acme.test');
    const file = join(latchkey.folder, 'domains.csv');
    await writeFile(file, 'login,email,name\neve,eve@gmail.example,Eve\nfay,fay@acme.test,Fay\n');
    const { stdout } = await run('user', 'import', file, '--org', 'acme');
    assert.match(stdout, /^Line 2: Addresses of “Acme” are in acme\.test\.[^]*1 bad line/mu);
    assert.equal(await logins('--search', 'eve'), '');
    assert.equal(await logins('--search', 'fay'), 'fay');
    await done('org', 'set', 'acme', '--domain', 'none');
  });

  it('says what is wrong with a file', async () => {
    const file = join(latchkey.folder, 'wrong.csv');
    await writeFile(file, 'login,password\n');
    const { code, stderr } = await run('user', 'import', file, '--org', 'acme');
    assert.equal(code, 1);
    assert.match(stderr, /No column is called “password”\. There are: id, login/u);
    const none = await run('user', 'import', 'none.csv');
    assert.match(none.stderr, /none\.csv cannot be read/u);
  });
});
