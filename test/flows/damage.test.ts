/** One document that can't be read is named, and left out; everything and everybody else goes on. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { auditCollection } from '../../src/audit/event.ts';
import { mailCollection } from '../../src/mail/queue.ts';
import { organisationCollection } from '../../src/records/organisation.ts';
import { personCollection } from '../../src/records/person.ts';
import { personEntryCollection } from '../../src/records/lists/person-entry.ts';
import { storeOptions, type StoreOptions } from '../../src/storage/options.ts';
import type { Collection } from '../../src/storage/store.ts';
import { runHere, type Ran } from '../support/command-line.ts';
import { cutOff, damage, flipInSeal } from '../support/damage.ts';
import { createHttpBrowser } from '../support/http-browser.ts';
import { authorize, type Registration } from '../support/relying-party.ts';
import { PASSWORD, startTestServer, type TestPerson, type TestServer } from '../support/server.ts';
import { signIn, stepOf } from '../support/sign-in.ts';

describe('a damaged document', () => {
  let server: TestServer;
  let webmail: Registration;
  let options: StoreOptions;
  let cwd: string;
  let whole: TestPerson;
  let torn: TestPerson;
  let sealed: TestPerson;
  let typed: TestPerson;
  let event: string;

  before(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'latchkey-damage-'));
    server = await startTestServer();
    webmail = await server.addClient();
    options = storeOptions(server.config.store);
    [whole, torn, sealed, typed] = [
      await server.addPerson({ login: 'whole' }, { totp: true }),
      await server.addPerson({ login: 'torn' }, { totp: true }),
      await server.addPerson({ login: 'sealed' }, { totp: true }),
      await server.addPerson({ login: 'typed' }, { totp: true }),
    ];
    await server.settle();
    await harm(personCollection, torn.person.id, cutOff);
    await harm(personCollection, sealed.person.id, flipInSeal);
    await harm(personCollection, typed.person.id, (text) =>
      text.replace(/"authenticators":\[.*?\]/u, '"authenticators":7'),
    );
    event = (await server.store.scan(auditCollection, { limit: 1 })).items[0]!.id;
    await harm(auditCollection, event, cutOff);
    await server.store.writeStored(mailCollection, [{ id: 'torn-mail', text: '{"state":"que' }]);
    await server.store.writeStored(organisationCollection, [{ id: 'torn-org', text: '{"na' }]);
  });
  after(async () => {
    await server.stop();
    await rm(cwd, { recursive: true });
  });

  const harm = (kind: Collection<any>, id: string, how: (text: string) => string) =>
    damage(options, kind, id, how);
  const run = (...args: string[]): Promise<Ran> => runHere(args, { cwd, env: server.env });
  async function ok(...args: string[]): Promise<Ran> {
    const ran = await run(...args);
    assert.equal(ran.code, 0, `${args.join(' ')}: ${ran.stderr}`);
    return ran;
  }
  const atPassword = async (login: string, password = PASSWORD) => {
    const browser = createHttpBrowser(server.issuer);
    const page = await browser.submit(await browser.open(authorize(webmail).url), {
      login,
      password,
    });
    return { browser, page };
  };

  it('ends no list: the others are there, and it is named', async () => {
    assert.match((await ok('user', 'list')).stdout, /whole/u);
    const { stdout, stderr } = await ok('user', 'export');
    assert.match(stdout, /whole/u);
    assert.doesNotMatch(stdout, /torn/u);
    assert.match(stderr, new RegExp(`"${torn.person.id}" of "person" cannot be read`, 'u'));
    assert.match(stderr, new RegExp(`"${typed.person.id}".*"authenticators" is not`, 'u'));
    const events = await ok('audit', 'list', '--json');
    assert.ok((JSON.parse(events.stdout) as unknown[]).length > 0);
    assert.match(events.stderr, new RegExp(`"${event}" of "audit_event"`, 'u'));
    const organisations = await ok('org', 'list');
    assert.match(organisations.stderr, /"torn-org" of "organisation"/u);
    await ok('group', 'list');
    await ok('client', 'list');
  });

  it('keeps nobody else from signing in, and whom it is about gets the answer of a wrong password', async () => {
    await signIn(webmail, whole);
    const wrong = await atPassword('whole', 'not the password of anybody');
    const [answer, status] = [wrong.page.html, wrong.page.status];
    for (const { login } of [torn, typed]) {
      const { page } = await atPassword(login);
      assert.deepEqual([stepOf(page), page.status], [stepOf(wrong.page), status]);
      const errors = (html: string) => /role="alert"[^]*?<\/\w+>/u.exec(html)?.[0];
      assert.equal(errors(page.html), errors(answer));
    }
  });

  it('a code of a broken seal is a wrong one', async () => {
    const { browser, page } = await atPassword(sealed.login);
    assert.equal(page.status, 200);
    const refused = await browser.submit(page, { code: sealed.code() });
    assert.equal(refused.status, 400);
    assert.match(server.output.join(''), /"kind":"sealed totp".*"its seal is broken"/u);
  });

  it('is in the log once, and the background goes on', async () => {
    await server.settle();
    await server.settle();
    const lines = server.output
      .join('')
      .split('\n')
      .filter((line) => line.includes(torn.person.id) && line.includes('cannot be read'));
    assert.equal(lines.length, 1);
    const [line] = lines;
    assert.match(line ?? '', /"kind":"person".*"reason":"it is not JSON"/u);
    assert.doesNotMatch(line ?? '', /argon2/u);
  });

  it('is listed by verify, and named by a backup that has it', async () => {
    const verified = await run('verify', '--json');
    assert.equal(verified.code, 1);
    const { damaged } = verified.json as { damaged: { kind: string; id: string }[] };
    const named = damaged.map(({ kind, id }) => `${kind} ${id}`).toSorted();
    const all = [torn, sealed, typed].map(({ person: { id } }) => `person ${id}`);
    const others = [`audit_event ${event}`, 'mail torn-mail', 'organisation torn-org'];
    assert.deepEqual(named, [...all, ...others].toSorted());
    assert.match((await run('verify')).stdout, /6 of [\d,]+ documents of .* are damaged/u);
    if (options.engine !== 'sqlite') return;
    const { json } = await ok('backup', join(cwd, 'a.backup'), '--json');
    assert.equal((json['damaged'] as unknown[]).length, 6);
  });

  it('of the list of people leaves the others in it', async () => {
    await harm(personEntryCollection, whole.person.id, cutOff);
    await ok('user', 'list');
  });
});
