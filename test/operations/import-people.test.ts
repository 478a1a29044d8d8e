/** People from files: what lines do, what bad ones are told, and what hostile files can't do. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Performed } from '../../src/audit/performed.ts';
import { changeOrganisation } from '../../src/operations/organisations/change-organisation.ts';
import { addGroup, addGroupInput } from '../../src/operations/groups/add-group.ts';
import { deriveEntry } from '../../src/operations/people/list/derive-entry.ts';
import { exportPeople } from '../../src/operations/people/import/export-people.ts';
import {
  importPeople,
  type ImportOptions,
} from '../../src/operations/people/import/import-people.ts';
import { LONGEST_LINE } from '../../src/operations/people/import/people-file.ts';
import {
  peopleImportCollection,
  type ImportProgress,
} from '../../src/records/lists/people-import.ts';
import { findPerson, listPeople, personCollection } from '../../src/records/person.ts';
import { getProfile } from '../../src/records/profile.ts';
import { valueOf, type Result } from '../../src/result.ts';
import type { Store } from '../../src/storage/store.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';
import { NO_NOTICES, NO_RELAY } from '../support/operator.ts';
import { addStaff, performedBy, writesOf } from '../support/staff.ts';
import { doBetween } from '../support/watched-store.ts';

const NOW = 4_000_000_000_000;
const admin = performedBy('administrator', NOW);
const own = performedBy('organisation-administrator', NOW);

let fresh: FreshStore;
before(async () => {
  fresh = await openFreshStore(NOW);
  await addStaff(fresh);
  const domains = { domains: ['acme.test'] };
  valueOf(await changeOrganisation(parts(), admin, 'acme', domains));
  const input = addGroupInput.parse({ organisation: 'acme', name: 'Staff' });
  valueOf(await addGroup(parts(), admin, input));
});
after(() => fresh.close());

const parts = (store: Store = fresh.store) => ({
  store,
  vault: fresh.vault,
  relay: NO_RELAY,
  notices: NO_NOTICES,
});
const usual: ImportOptions = { format: 'csv', mode: 'upsert', key: 'login', isDry: false };
const asChunks = (text: string | Buffer) =>
  async function* () {
    const bytes = Buffer.from(text);
    // In two, wherever that is.
    yield bytes.subarray(0, 7);
    yield bytes.subarray(7);
  };
const attempt = (
  text: string | Buffer,
  options: Partial<ImportOptions> = {},
  by: Performed = admin,
  store = fresh.store,
): Promise<Result<ImportProgress>> =>
  importPeople(parts(store), by, asChunks(text), { ...usual, ...options });
const done = async (...args: Parameters<typeof attempt>): Promise<string> => {
  const { created, updated, unchanged, badLines } = valueOf(await attempt(...args));
  const bad = badLines.map(({ line, code }) => `${line} ${code}`);
  return [`+${created} ~${updated} =${unchanged}`, ...bad].join(', ');
};
const refusal = async (...args: Parameters<typeof attempt>): Promise<string> => {
  const result = await attempt(...args);
  return result.ok ? 'done' : result.problem.code;
};

const FILE =
  '\uFEFFlogin,email,name,organisation,groups,department,mfa\r\n' +
  'ann,ann@acme.test,Ann Archer,acme,Staff,"Sales, north",required\r\n' +
  'bob,bob@globex.test,Bob,globex,,,\r\n';

describe('an import of people', () => {
  it('says first what it would do, and writes nothing', async () => {
    const twice = `${FILE}ann,other@acme.test,Ann Two,acme,,,\r\n`;
    const wrote = await writesOf(fresh.store, async () =>
      assert.equal(await done(twice, { isDry: true }), '+2 ~0 =0, 4 login-taken'),
    );
    assert.deepEqual(wrote, []);
    assert.equal(await findPerson(fresh.store, 'ann'), undefined);
  });

  it('adds, changes, and leaves as it is', async () => {
    assert.equal(await done(FILE), '+2 ~0 =0');
    const ann = await findPerson(fresh.store, 'ann');
    assert.deepEqual([ann?.name, ann?.mfa, ann?.groups.length], ['Ann Archer', 'required', 1]);
    assert.equal((await getProfile(fresh.store, ann?.id ?? '')).department, 'Sales, north');
    assert.equal(await done(FILE), '+0 ~0 =2');
    assert.equal(await done(FILE.replace('Ann Archer', 'Ann Abel')), '+0 ~1 =1');
    assert.equal(await done(FILE, { mode: 'create' }), '+0 ~0 =0, 2 login-taken, 3 login-taken');
    const other = 'login,name\nann,Ann Archer\nnobody,Nobody\n';
    assert.equal(await done(other, { mode: 'update' }), '+0 ~1 =0, 3 not-found');
  });

  it('by id gives another login name, and nobody an id', async () => {
    const { id = '' } = (await findPerson(fresh.store, 'bob')) ?? {};
    const file = `id,login,organisation\n${id},bobby,globex\nxxxxxxxxxxxxxxxxxxxxxx,eve,acme\n`;
    assert.equal(await done(file, { key: 'id' }), '+0 ~1 =0, 3 not-found');
    assert.equal((await findPerson(fresh.store, 'bobby'))?.id, id);
  });

  it('moves nobody, gives no role, disables nobody', async () => {
    const file =
      'login,email,name,organisation,role,active\n' +
      'ann,,,globex,,\nann,,,,auditor,\nann,,,,,no\nann,,,acme,member,yes\n' +
      'new,new@acme.test,New,acme,administrator,\n';
    assert.equal(
      await done(file),
      '+0 ~0 =1, 2 import-organisation, 3 import-role, 4 import-active, 6 import-role',
    );
  });

  it('by an organisation’s administrator is of their own people', async () => {
    const before = await findPerson(fresh.store, 'bobby');
    const file =
      'login,email,name,organisation\nbobby,,Mine,\nbobby,,Mine,globex\n' +
      'x1,x1@acme.test,X,globex\nx2,x2@acme.test,X,\n';
    assert.equal(await done(file, {}, own), '+1 ~0 =0, 2 not-found, 3 not-found, 4 not-found');
    assert.deepEqual(await findPerson(fresh.store, 'bobby'), before);
    assert.equal((await findPerson(fresh.store, 'x2'))?.organisation, 'acme');
    const theirs = addGroupInput.parse({ organisation: 'globex', name: 'Secret' });
    valueOf(await addGroup(parts(), admin, theirs));
    const groups =
      'login,email,name,groups\nx2,,,globex/Secret\nx2,,,globex/None\n' +
      'x3,x3@acme.test,X,globex/Secret\nx3,x3@acme.test,X,globex/None\n';
    const elsewhere = [2, 3, 4, 5].map((line) => `${line} group-elsewhere`).join(', ');
    assert.equal(await done(groups, {}, own), `+0 ~0 =0, ${elsewhere}`);
    const gone = 'login,name\nbobby,X\nnone,X\n';
    assert.equal(await done(gone, { mode: 'update' }, own), '+0 ~0 =0, 2 not-found, 3 not-found');
    assert.equal(await refusal(FILE, {}, { ...own, fresh: false }), 'fresh-factor-needed');
    assert.equal(await refusal(FILE, {}, performedBy('helpdesk', NOW)), 'not-allowed');
    assert.equal(await refusal(FILE, { organisation: 'globex' }, own), 'not-found');
    assert.equal(await refusal(FILE, { organisation: 'nowhere' }), 'organisation-unknown');
  });

  it('that was broken off goes on behind the last hundred lines, and adds nobody twice', async () => {
    const people = Array.from({ length: 250 }, (_, at) => `r${at},r${at}@acme.test,R,acme`);
    const file = ['login,email,name,organisation', ...people].join('\n');
    const broken = doBetween(fresh.store, 'put people_import', () =>
      Promise.reject(new Error('killed')),
    );
    await assert.rejects(attempt(file, {}, admin, broken), /killed/u);
    // The next hundred had begun: one was added, whose line was not counted.
    const seen: number[] = [];
    const { items } = await fresh.store.scan(peopleImportCollection);
    assert.ok(items.some(({ value }) => value.line === 101 && !value.isFinished));
    const so = valueOf(await attempt(file, { progress: ({ line }) => seen.push(line) }));
    assert.deepEqual([so.created, so.bad, seen], [250, 0, [201, 251]]);
    let count = 0;
    for await (const { login } of listPeople(fresh.store, 'acme'))
      if (/^r\d/u.test(login)) count += 1;
    assert.equal(count, 250);
  });

  it('is told which line is bad, and why, whatever is in it', async () => {
    const long = 'x'.repeat(10 * 1024 * 1024);
    const lines = [
      'login,email,name,organisation,language',
      `${long},x@acme.test,Long,acme,`,
      'nul\0,nul@acme.test,Nul,acme,',
      '"open,open@acme.test,Open,acme,',
      'few,few@acme.test',
      'good,good@acme.test,"Good ""one""",acme,zh-Hant',
      '"{""$ne"":null}",dollar@acme.test,Dollar,acme,',
      'a b,blank@acme.test,Blank,acme,',
      'lang,lang@acme.test,Lang,acme,xx',
      '',
      ',none@acme.test,None,acme,',
      "'=cmd,cmd@acme.test,'=1+1,acme,",
    ];
    const latin = Buffer.from('caf\xe9,cafe@acme.test,Caf\xe9,acme,\n', 'latin1');
    const file = Buffer.concat([Buffer.from(`${lines.join('\n')}\n`), latin]);
    assert.equal(
      await done(file),
      '+3 ~0 =0, 2 import-line-long, 3 login-format, 4 import-line, 5 import-line, ' +
        '8 login-format, 9 import-value, 11 import-key, 13 import-encoding',
    );
    const data = '{"$ne":null}';
    assert.equal((await findPerson(fresh.store, data))?.login, data);
    assert.equal((await findPerson(fresh.store, '=cmd'))?.name, '=1+1');
    assert.ok(LONGEST_LINE < long.length);
  });

  it('keeps of what is wrong with a line no more than there is room for', async () => {
    const long = 'x'.repeat(60_000);
    const lines = [`g1,g1@acme.test,G,acme,${long}`, `o1,o1@acme.test,O,${long},`];
    const file = ['login,email,name,organisation,groups', ...lines].join('\n');
    const { badLines, run } = valueOf(await attempt(file));
    const codes = badLines.map(({ code }) => code);
    assert.deepEqual(codes, ['group-unknown', 'organisation-unknown']);
    const { items } = await fresh.store.scan(peopleImportCollection);
    const kept = items.find(({ value }) => value.run === run);
    // A thousand of them have to fit into one document.
    assert.ok(JSON.stringify(kept?.value.badLines).length < 2 * 1000);
  });

  it('of a file that is none does nothing at all', async () => {
    assert.equal(await refusal(''), 'import-empty');
    assert.equal(await refusal('login,name,passwort\n'), 'import-columns');
    assert.equal(await refusal('login,name,login\n'), 'import-columns-twice');
    assert.equal(await refusal('x'.repeat(LONGEST_LINE + 1)), 'import-line-long');
    assert.equal(await refusal('PK\u0003\u0004'), 'import-columns');
  });

  it('reads JSON lines', async () => {
    const lines = [
      { login: 'j1', email: 'j1@acme.test', name: 'J', organisation: 'acme', groups: ['Staff'] },
      { login: { $ne: null }, name: 'x' },
      { login: 'j1', name: 7 },
      { login: 'j1', name: null, department: 'East' },
      { login: 'j1', admin: 'yes' },
      { login: 'j1', groups: ['Nothing'] },
      ['j1'],
      { login: 'j1', __proto__x: '1' },
    ].map((line) => JSON.stringify(line));
    assert.equal(
      await done([...lines, '{'].join('\n'), { format: 'jsonl' }),
      '+1 ~1 =0, 2 import-value, 3 import-value, 5 import-columns, 6 group-unknown, ' +
        '7 import-line, 8 import-columns, 9 import-line',
    );
  });
});

describe('an export of people', () => {
  it('is a file that changes nothing when it is imported', async () => {
    const people: string[] = [];
    for await (const { id } of listPeople(fresh.store)) {
      await deriveEntry(fresh.store, id);
      people.push(id);
    }
    for (const format of ['csv', 'jsonl'] as const) {
      let text = '';
      for await (const piece of exportPeople(parts(), admin, {}, format)) text += piece;
      assert.equal(text.trimEnd().split('\n').length, people.length + (format === 'csv' ? 1 : 0));
      assert.doesNotMatch(text, /(?:^|,)=/mu);
      // Nobody acts on themselves.
      const line =
        text.split('\n').findIndex((row) => /^(?:\{"id":")?administrator\b/u.test(row)) + 1;
      assert.equal(
        await done(text, { format, key: 'id', mode: 'update' }),
        `+0 ~0 =${people.length - 1}, ${line} not-allowed`,
      );
    }
    const acme: string[] = [];
    for await (const piece of exportPeople(parts(), own, {}, 'jsonl')) acme.push(piece);
    assert.doesNotMatch(acme.join(''), /globex/u);
    assert.ok((await fresh.store.get(personCollection, 'member')) !== undefined);
  });
});
