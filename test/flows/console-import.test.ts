/** People by a file in the console: sent, looked through, put in, and taken along; in a real browser, and with what hostile files hold. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { parse } from 'csv-parse/sync';
import type { Browser } from 'playwright-core';
import { changePerson, findPerson, listPeople } from '../../src/records/person.ts';
import { importJobCollection } from '../../src/records/lists/import-job.ts';
import { memberOf, type Member } from '../support/account.ts';
import { AccountSeat, SEATS } from '../support/account-seat.ts';
import { openBrowser } from '../support/browser.ts';
import { byOperator } from '../support/by-operator.ts';
import type { HtmlPage } from '../support/http-browser.ts';
import { goThrough } from '../support/sign-in.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let browser: Browser;
before(async () => {
  server = await startTestServer();
  await byOperator(server).addOrganisation({ name: 'Globex', mfa: 'optional' });
  browser = await openBrowser();
});
after(async () => {
  await browser.close();
  await server.stop();
});

const staff = async (role: 'administrator' | 'organisation-administrator' | 'helpdesk') =>
  memberOf(server, await server.addPerson({ role }, { totp: true }));
const fileOf = (text: string, name = 'people.csv'): File => new File([text], name);

/** Sends a file, as the form is filled in unless told. */
async function send(by: Member, text: string, more: Record<string, string> = {}, name?: string) {
  const form = await by.open('/admin/people/import');
  const fields = { mode: 'upsert', key: 'login', organisation: 'acme', ...more };
  return by.browser.submit(form, { ...fields, file: fileOf(text, name) });
}

const numbersOn = ({ html }: HtmlPage): number[] =>
  [...html.matchAll(/<dd>(\d[\d,]*)<\/dd>/gu)].map(([, number = '']) =>
    Number(number.replaceAll(',', '')),
  );

describe('whoever has a list of people', () => {
  for (const [where, options] of SEATS)
    it(`sends it, sees every bad line, and puts the others in, ${where}`, async () => {
      const boss = await server.addPerson({ role: 'organisation-administrator' }, { totp: true });
      const name = options.javaScriptEnabled === false ? 'mona' : 'maja';
      const text =
        'login,email,name,department\n' +
        `${name},${name}@acme.test,${name} Moss,Sales\n` +
        `${name}2,${name}2@elsewhere.test,Outside,\n` +
        `${name}3,${name}3@acme.test,${name} Third,\n`;
      const seat = await AccountSeat.take(browser, server, options);
      await seat.enter(boss, '/admin');
      await seat.heading('Administration');
      await seat.goTo('People');
      await seat.follow('Import people');
      await seat.heading('Import people');
      const buffer = Buffer.from(text);
      const file = { name: 'new people.csv', mimeType: 'text/csv', buffer };
      await seat.page.getByLabel('File', { exact: true }).setInputFiles(file);
      await seat.press('Look through the file');
      await seat.heading('new people.csv');
      await seat.sees('Nothing has been written yet.');
      await seat.sees('Addresses of “Acme” are in acme.test.');
      assert.equal(await findPerson(server.store, name), undefined);
      await seat.press('Import now');
      await seat.sees('The import is done.');
      await server.settle();
      assert.equal((await findPerson(server.store, name))?.name, `${name} Moss`);
      assert.equal(await findPerson(server.store, `${name}2`), undefined);
      await seat.goTo('People');
      await seat.sees(`${name} Third`);
      await seat.close();
    });
});

describe('a large file', () => {
  it('is looked through while nobody waits, and the page looks again by itself', async () => {
    const boss = await staff('administrator');
    const rows = Array.from({ length: 1500 }, (_, at) => `l${at},l${at}@acme.test,Large ${at}`);
    const page = await send(boss, `login,email,name\n${rows.join('\n')}\n`);
    assert.equal(page.status, 200);
    assert.equal(page.headers.get('refresh'), '3');
    assert.match(page.html, /You can close this page/u);
    await server.settle();
    const looked = await boss.open(page.url.pathname);
    assert.equal(looked.headers.get('refresh'), null);
    assert.deepEqual(numbersOn(looked), [1500, 0, 0, 0]);
    await boss.submit(looked, { go: 'import' });
    await server.settle();
    const done = await boss.open(page.url.pathname);
    assert.match(done.html, /The import is done/u);
    const all = await Array.fromAsync(listPeople(server.store, 'acme'));
    assert.equal(all.filter(({ login }) => /^l\d/u.test(login)).length, 1500);
    assert.match((await boss.open('/admin/people/import')).html, /people\.csv/u);
  });
});

describe('a bad file', () => {
  it('is refused with its reason, and what was filled in is there still', async () => {
    const boss = await staff('administrator');
    const form = await boss.open('/admin/people/import');
    const none = await boss.browser.submit(form, { mode: 'create', key: 'id' });
    assert.equal(none.status, 400);
    assert.match(none.html, /id="file-error"/u);
    assert.match(none.html, /value="create" checked/u);
    const odd = await send(boss, 'x', { mode: '{"$ne":null}' });
    assert.equal(odd.status, 400);
    const empty = await send(boss, '');
    assert.equal(empty.status, 400);
    const columns = await send(boss, 'login,nme\nx,y\n');
    assert.match(columns.html, /No column is called “nme”/u);
    assert.doesNotMatch(columns.html, /Import now/u);
    const lines = await send(boss, `login\n${'x\n'.repeat(100_001)}`);
    assert.equal(lines.status, 413);
    assert.match(lines.html, /at most/u);
  });

  it('tells its bad lines as a file too, in which nothing is a formula', async () => {
    const boss = await staff('administrator');
    const text = 'login,email,name,mfa\nbad1,bad1@acme.test,Bad,"=1+1"\nbad2,,,\n';
    const page = await send(boss, text);
    const href = /href="([^"]*bad-lines)"/u.exec(page.html)?.[1] ?? '';
    const file = await boss.open(href);
    assert.match(file.headers.get('content-disposition') ?? '', /bad-lines\.csv/u);
    const rows: string[][] = parse(file.html);
    assert.deepEqual(
      rows.map(([line]) => line),
      ['line', '2', '3'],
    );
    assert.ok(rows.flat().every((cell) => !/^[=+\-@]/u.test(cell)));
  });
});

describe('an import', () => {
  it('of an organisation’s administrator is into their own, and nobody else sees it', async () => {
    const [boss, other] = [await staff('organisation-administrator'), await staff('administrator')];
    const text =
      'login,email,name,organisation\nown,own@acme.test,Own,\nabroad,abroad@globex.test,A,globex\n';
    const page = await send(boss, text, { organisation: 'globex' });
    assert.deepEqual(numbersOn(page).slice(0, 2), [1, 0]);
    await boss.submit(page, { go: 'import' });
    await server.settle();
    assert.equal((await findPerson(server.store, 'own'))?.organisation, 'acme');
    assert.equal(await findPerson(server.store, 'abroad'), undefined);
    assert.equal((await other.open(page.url.pathname)).status, 404);
    const help = await staff('helpdesk');
    assert.equal((await help.open('/admin/people/import')).status, 403);
    assert.doesNotMatch((await help.open('/admin/people')).html, /people\/import/u);
  });

  it('is into the only organisation that there is, for administrators of the installation too', async () => {
    const alone = await startTestServer();
    const admin = await alone.addPerson({ role: 'administrator' }, { totp: true });
    const boss = memberOf(alone, admin);
    const form = await boss.open('/admin/people/import');
    assert.match(form.html, /People are imported into Acme\./u);
    const file = fileOf('login,email,name\nsole,sole@acme.test,Sole\n');
    const page = await boss.browser.submit(form, { mode: 'upsert', key: 'login', file });
    assert.deepEqual(numbersOn(page).slice(0, 2), [1, 0]);
    await boss.submit(page, { go: 'import' });
    await alone.settle();
    assert.equal((await findPerson(alone.store, 'sole'))?.organisation, 'acme');
    await alone.stop();
  });

  it('begins nothing without a proof that is fresh, or from another site; what was filled in comes back', async () => {
    const boss = await staff('administrator');
    const form = await boss.open('/admin/people/import');
    const foreign = new FormData();
    foreign.append('csrf', 'x'.repeat(43));
    foreign.append('file', fileOf('login\nx\n'));
    const at = `${server.issuer}/admin/people/import`;
    const sent = await boss.browser.send(at, { method: 'POST', body: foreign });
    assert.equal(sent.status, 403);
    server.clock.ahead += 360_000;
    const before = (await server.store.scan(importJobCollection)).items.length;
    const stale = await boss.browser.submit(form, {
      mode: 'create',
      key: 'login',
      file: fileOf('login\nx\n'),
    });
    assert.match(stale.url.pathname, /^\/interaction\//u);
    server.clock.ahead += 30_000;
    const back = await goThrough(boss.browser, boss.person, stale);
    assert.match(back.html, /value="create" checked/u);
    assert.match(back.html, /You have signed in again/u);
    assert.equal((await server.store.scan(importJobCollection)).items.length, before);
  });

  it('is stopped, and forgotten', async () => {
    const boss = await staff('administrator');
    const page = await send(boss, 'login,email,name\nstop,stop@acme.test,Stop\n');
    await boss.submit(page, { go: 'discard' });
    assert.equal((await boss.open(page.url.pathname)).status, 404);
    assert.equal(await findPerson(server.store, 'stop'), undefined);
  });
});

describe('people as a file', () => {
  it('are those that the list shows, of one’s own organisation, and come back as they were', async () => {
    const root = await staff('administrator');
    const names = ['=cmd|x', '+1', '-2', '@sum', "'quoted"];
    for (const [at, name] of names.entries())
      await server.addPerson({ login: `exp${at}`, email: `exp${at}@acme.test`, name });
    const abroad = { organisation: 'globex', login: 'expo', email: 'expo@globex.test' };
    await server.addPerson({ ...abroad, name: 'Globex Expo' });
    await server.settle();
    const list = await root.open('/admin/people?q=exp');
    const hrefs = [...list.html.matchAll(/href="([^"]*people\/export[^"]*)"/gu)];
    const [csv = '', jsonl = ''] = hrefs.map(([, to = '']) => to.replaceAll('&amp;', '&'));
    const file = await root.open(csv);
    assert.match(file.headers.get('content-disposition') ?? '', /people-[\d-]{10}\.csv/u);
    const rows: Record<string, string>[] = parse(file.html, { columns: true });
    assert.equal(rows.length, names.length + 1);
    assert.ok(
      rows.flatMap((row) => Object.values(row)).every((cell) => !/^[=+\-@\t\r]/u.test(cell)),
    );
    const lines = (await root.open(jsonl)).html.trim().split('\n');
    const read = lines.map((line) => JSON.parse(line) as { login: string; name: string });
    assert.deepEqual(read.map(({ name }) => name).toSorted(), [...names, 'Globex Expo'].toSorted());

    const back = await send(root, file.html, { mode: 'update', key: 'id' });
    assert.deepEqual(numbersOn(back), [0, 0, names.length + 1, 0]);
    const own = await staff('organisation-administrator');
    assert.doesNotMatch((await own.open(csv)).html, /Globex Expo/u);
    assert.equal((await own.open('/admin/people/export?organisation=globex')).status, 404);
  });

  it('breaks off where the sessions of whoever takes them along end', async () => {
    const root = await staff('administrator');
    await root.open('/admin/people');
    const { id = '' } = (await findPerson(server.store, root.person.login)) ?? {};
    const { find } = server.store;
    let pages = 0;
    Object.assign(server.store, {
      async find(...args: Parameters<typeof find>) {
        const found: unknown = await Reflect.apply(find, server.store, args);
        if (args[0].name === 'person_entry' && (pages += 1) === 2)
          await changePerson(server.store, id, ({ epoch }) => ({
            set: { epoch: epoch + 1 },
            result: undefined,
          }));
        return found;
      },
    });
    await assert.rejects(root.open('/admin/people/export?organisation=acme'), TypeError);
    Object.assign(server.store, { find });
    assert.ok(pages <= 3);
  });
});
