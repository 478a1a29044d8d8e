/** Groups and attributes at the command line. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { useInstallation, type Ran } from '../support/command-line.ts';

const latchkey = useInstallation(async () => {
  for (const name of ['Acme', 'Globex']) await done('org', 'add', name);
  await done('group', 'add', 'acme/IT staff', '--description', 'Runs it');
  await done('group', 'add', 'acme/sales');
  await done('group', 'add', 'globex/sales');
});

const done = (...args: string[]): Promise<Ran> => latchkey.ok(args);
async function refused(text: RegExp, ...args: string[]): Promise<Ran> {
  const ran = await latchkey.refused(args);
  assert.match(ran.stderr, text);
  return ran;
}
const add = (login: string, ...more: string[]) =>
  done(
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
const shown = async (login: string) => (await done('user', 'show', login, '--json')).json;
const members = async (group: string): Promise<string[]> => {
  const { stdout } = await done('group', 'members', group, '--json');
  return (JSON.parse(stdout) as { login: string }[]).map(({ login }) => login);
};

describe('latchkey group', () => {
  it('adds, lists, shows, changes and removes', async () => {
    assert.match(
      (await done('group', 'list')).stdout,
      /^group +description +id\nacme\/IT staff +Runs it/u,
    );
    const list = await done('group', 'list', '--org', 'globex', '--json');
    const [{ organisation, name }] = JSON.parse(list.stdout) as [
      { organisation: string; name: string },
    ];
    assert.deepEqual([organisation, name], ['globex', 'sales']);
    await done('group', 'add', 'acme/short lived');
    const set = await done(
      'group',
      'set',
      'acme/SHORT lived',
      '--name',
      'gone',
      '--description',
      'x',
    );
    assert.equal(
      set.stdout,
      'Changed group acme/gone:\n  name: short lived → gone\n  description: none → x\n',
    );
    const { json } = await done('group', 'show', 'acme/gone', '--json');
    assert.deepEqual([json['name'], json['description'], json['people']], ['gone', 'x', 0]);
    await refused(/Nothing was changed\. --yes does it\./u, 'group', 'remove', 'acme/gone');
    await done('group', 'remove', 'acme/gone', '--yes');
    await refused(/There is no group “acme\/gone”/u, 'group', 'show', 'acme/gone');
  });

  it('puts people in and takes them out, and lists them', async () => {
    await add('bea');
    await add('abe');
    const ran = await done(
      'group',
      'members',
      'acme/IT staff',
      '--add',
      'bea',
      '--add',
      'abe@acme.test',
    );
    assert.equal(ran.stdout, 'Changed group acme/IT staff:\n  Added: bea, abe.\n');
    assert.deepEqual(await members('acme/it staff'), ['abe', 'bea']);
    const again = await done('group', 'members', 'acme/IT staff', '--add', 'bea');
    assert.match(again.stdout, /^Nothing to change/u);
    await done('group', 'members', 'acme/IT staff', '--remove', 'bea');
    assert.deepEqual(await members('acme/it staff'), ['abe']);
    assert.match((await done('group', 'show', 'acme/IT staff')).stdout, /^people +1$/mu);
    assert.match(
      (await done('group', 'members', 'acme/sales')).stdout,
      /^Nobody is in acme\/sales yet: /u,
    );
  });

  it('changes nothing where one of the people is nobody’s name, and says which', async () => {
    await add('cal');
    const tried = ['group', 'members', 'acme/sales', '--add', 'cal', '--add', 'nobody'];
    await refused(/no such person\..* “nobody”\. Nothing was changed\./u, ...tried);
    assert.deepEqual(await members('acme/sales'), []);
    const both = ['group', 'members', 'acme/sales', '--add', 'cal', '--remove', 'CAL'];
    await refused(/cannot be added and removed at once/u, ...both);
    const elsewhere = ['group', 'members', 'globex/sales', '--add', 'cal'];
    const text = /not one of the organisation “acme”.* “cal”\. Nothing was changed\./u;
    await refused(text, ...elsewhere);
  });

  it('says how a group is written', async () => {
    for (const bad of ['acme', '/x', 'acme/'])
      assert.equal((await refused(/ORGANISATION\/NAME/u, 'group', 'show', bad)).code, 2);
    await refused(/no “\/”/u, 'group', 'add', 'acme/a/b');
    await refused(/no organisation “acm”.*acme/u, 'group', 'add', 'acm/a');
    await refused(/no organisation “acm”/u, 'group', 'list', '--org', 'acm');
    await refused(/no group “acme\/sale”.*acme\/sales/u, 'group', 'show', 'acme/sale');
    await refused(/There is a group “acme\/SALES” already/u, 'group', 'add', 'acme/SALES');
  });
});

describe('latchkey user', () => {
  it('gives and takes groups, with all else in one write', async () => {
    await add('dot', '--group', 'it staff', '--group', 'acme/sales');
    assert.deepEqual((await shown('dot'))['groups'], ['acme/IT staff', 'acme/sales']);
    const set = await done('user', 'set', 'dot', '--no-group', 'sales', '--name', 'Dot');
    assert.equal(set.stdout, 'Changed dot:\n  name: dot → Dot\n  groups: -sales\n');
    assert.match(
      (await done('user', 'list', '--group', 'acme/it staff')).stdout,
      /^\S+ +dot +Dot/mu,
    );
    await refused(/not one of/u, 'user', 'set', 'dot', '--group', 'globex/sales');
    const both = ['user', 'set', 'dot', '--group', 'sales', '--no-group', 'acme/sales'];
    await refused(/given by --group and taken/u, ...both);
    const moved = await done('user', 'set', 'dot', '--org', 'globex', '--group', 'sales');
    assert.match(moved.stdout, /groups: \+sales, -IT staff/u);
    assert.deepEqual((await shown('dot'))['groups'], ['globex/sales']);
    assert.deepEqual(await members('globex/sales'), ['dot']);
    const other = ['user', 'list', '--org', 'acme', '--group', 'globex/sales'];
    await refused(/another organisation than --org/u, ...other);
    await refused(
      /no group “acme\/nothing”/u,
      'user',
      'add',
      'x',
      '--org',
      'acme',
      '--email',
      'x@acme.test',
      '--name',
      'X',
      '--group',
      'nothing',
    );
    await refused(/no such person/u, 'user', 'show', 'x');
  });

  it('sets attributes of every type, and takes them away', async () => {
    await add('eve');
    const typed = [
      'department=Sales = all',
      'level:=3',
      'vip:=true',
      'teams:=["a","b"]',
      'code=007',
    ];
    const set = await done('user', 'set', 'eve', ...typed.flatMap((one) => ['--attribute', one]));
    assert.match(set.stdout, /^ {2}teams: none → \["a","b"\]$/mu);
    assert.deepEqual((await shown('eve'))['attributes'], {
      department: 'Sales = all',
      level: 3,
      vip: true,
      teams: ['a', 'b'],
      code: '007',
    });
    await done('user', 'set', 'eve', '--attribute', 'department=', '--attribute', 'vip=');
    const text = (await done('user', 'show', 'eve')).stdout;
    assert.match(text, /^attribute level +3$/mu);
    assert.doesNotMatch(text, /department|vip/u);
  });

  it('says what is wrong with an attribute, and changes nothing else then', async () => {
    await add('fay');
    const bad: [string, RegExp][] = [
      ['x', /NAME=TEXT, NAME:=JSON or NAME= to remove it/u],
      ['x:={"a":1}', /a number, true, false or a list of texts/u],
      ['x:=[1]', /a number, true, false or a list of texts/u],
      ['X=1', /can’t be an attribute’s name/u],
      ['locale=en', /is for people to choose themselves/u],
      ['phone=mine', /isn’t a phone number/u],
    ];
    for (const [attribute, text] of bad)
      await refused(text, 'user', 'set', 'fay', '--name', 'Other', '--attribute', attribute);
    await refused(/given twice/u, 'user', 'set', 'fay', '--attribute', 'a=1', '--attribute', 'a=2');
    const { name, attributes } = await shown('fay');
    assert.deepEqual([name, attributes], ['fay', {}]);
  });
});
