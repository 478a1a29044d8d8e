/** What administrators of the installation look after in the console: mail, health, and the keys. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { createRemoteJWKSet } from 'jose';
import { mailCollection } from '../../src/mail/queue.ts';
import { listSigningKeys } from '../../src/operations/keys/list-keys.ts';
import { noteBackup } from '../../src/records/installation/noted.ts';
import { changePerson, personCollection } from '../../src/records/person.ts';
import { getJob, jobCollection } from '../../src/records/under-way/job.ts';
import { valueOf } from '../../src/result.ts';
import { vaultKey } from '../../src/secrets/vault.ts';
import { storeOptions } from '../../src/storage/options.ts';
import { loadConfig } from '../../src/config/load.ts';
import { memberOf, saidOn, type Member } from '../support/account.ts';
import { performedByOperator } from '../support/by-operator.ts';
import { cutOff, damage } from '../support/damage.ts';
import { startMailServer, type MailServer } from '../support/mail-server.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let smtp: MailServer;
let root: Member;
before(async () => {
  smtp = await startMailServer();
  server = await startTestServer({ LATCHKEY_MAIL_SMTP_URL: smtp.url });
  const email = 'root@acme.test';
  const person = await server.addPerson(
    { role: 'administrator', email, name: 'Rita Root' },
    { totp: true },
  );
  root = memberOf(server, person);
});
after(async () => {
  await server.stop();
  await smtp.close();
});

const confirmed = async (path: string): Promise<string> =>
  saidOn(await root.submit(await root.open(path), {}));

describe('the mail page', () => {
  it('sends a test mail to whoever asks, and says what the mail server said', async () => {
    const sent = await root.submit(await root.open('/admin/mail/test'), {});
    assert.equal(sent.url.pathname, '/admin/mail');
    await server.settle();
    const texts = smtp.mails
      .filter(({ to }) => to === 'root@acme.test')
      .map(({ parsed }) => parsed.text);
    assert.ok(texts.some((text) => /This is a test/u.test(text ?? '')));
    assert.match(
      (await root.open(sent.url.pathname + sent.url.search)).html,
      /has taken the test/u,
    );
    smtp.behave(() => ({ at: 'RCPT TO', answer: '550 5.1.1 No such user' }));
    const again = await root.submit(await root.open('/admin/mail/test'), {});
    await server.settle();
    smtp.behave(() => 'accept');
    const refused = await root.open(again.url.pathname + again.url.search);
    assert.match(
      refused.html,
      /has refused the test mail[\s\S]*The mail server said: 550 5\.1\.1/u,
    );
    assert.match(refused.html, /Emails that were not taken[\s\S]*Test mail[\s\S]*550 5\.1\.1/u);
    assert.doesNotMatch(refused.html, /No such user/u, 'its text may hold anything');
    assert.match((await root.open('/admin/audit?type=mail.tested')).html, /Test mail sent/u);
  });

  it('shows what waits, and nobody’s address', async () => {
    const { store, vault } = server;
    const sealed = await vault.seal('mail', 'waits', JSON.stringify({ to: 'secret@acme.test' }));
    const at = server.now();
    const waits = { state: 'queued' as const, attempts: 3, lease: null, answer: '451 4.3.0' };
    await store.put(mailCollection, 'waits', {
      ...waits,
      template: 'invitation',
      sealed,
      notAfter: null,
      orderedAt: at - 900_000,
      nextAt: at + 3_600_000,
    });
    const { html } = await root.open('/admin/mail');
    assert.match(html, /Link to set a password[\s\S]*Tried 3 times[\s\S]*451 4\.3\.0/u);
    assert.doesNotMatch(html, /secret@/u);
    assert.match((await root.open('/admin/health')).html, /the oldest for more than ten minutes/u);
    await store.delete(mailCollection, 'waits');
  });
});

describe('the health page', () => {
  it('says what is known, and goes through everything when it is asked to', async () => {
    const none = /None is known\. Whoever runs the server|with the database’s own tools/u;
    assert.match((await root.open('/admin/health')).html, none);
    await noteBackup(server.store, { at: server.now(), bytes: 120_000, documents: 7 });
    const first = (await root.open('/admin/health')).html;
    assert.match(first, /7 documents, 120 kB/u);
    assert.match(first, /Every process has the active key/u);
    assert.match(first, new RegExp(`>${process.pid}<`, 'u'));
    assert.match(await confirmed('/admin/health/check'), /begins within a few seconds/u);
    const twice = await root.submit(await root.open('/admin/health/check'), {});
    assert.equal(twice.status, 409);
    await server.settle();
    assert.match((await root.open('/admin/health')).html, /Nothing is damaged/u);
    const job = await getJob(server.store, 'verify');
    assert.ok((job?.counts['documents'] ?? 0) > 10 && job?.damaged.length === 0);
  });

  it('names what is damaged, and the others go on', async () => {
    const { person } = await server.addPerson({ name: 'Dan Damaged' });
    await server.settle();
    const options = storeOptions(loadConfig({ cwd: server.folder, env: server.env }).store);
    await damage(options, personCollection, person.id, cutOff);
    await root.submit(await root.open('/admin/health/check'), {});
    await server.settle();
    const { html } = await root.open('/admin/health');
    assert.match(html, /One is damaged/u);
    assert.match(html, new RegExp(`person ${person.id}: `, 'u'));
    await server.store.delete(personCollection, person.id);
  });

  it('does not do what somebody has asked for who may not any more', async () => {
    const other = memberOf(
      server,
      await server.addPerson({ role: 'administrator' }, { totp: true }),
    );
    const form = await other.open('/admin/health/check');
    const { id } = other.person.person;
    await server.store.delete(jobCollection, 'verify');
    await other.submit(form, {});
    await changePerson(server.store, id, () => ({ set: { active: false }, result: null }));
    const done = await getJob(server.store, 'verify');
    if (done?.endedAt === null) {
      await server.settle();
      const { problem } = (await getJob(server.store, 'verify')) ?? {};
      // A loop of the server may have been faster.
      assert.ok(problem === null || problem?.code === 'not-allowed');
    }
  });
});

describe('the keys page', () => {
  const signing = async () =>
    valueOf(await listSigningKeys(server, performedByOperator(server.now())));

  it('makes new keys that sign, once, and withdraws them', async () => {
    const before = (await signing()).length;
    assert.match(await confirmed('/admin/keys/rotate'), /There are new keys\. They sign from/u);
    const next = (await signing()).filter(({ state }) => state === 'next');
    assert.equal(next.length, before);
    const twice = await root.submit(await root.open('/admin/keys/rotate'), {});
    assert.match(twice.html, /New keys are in place already/u);
    const { html } = await root.open('/admin/keys');
    assert.doesNotMatch(html, /\/admin\/keys\/rotate/u);
    for (const { key } of next) {
      const done = await confirmed(`/admin/keys/signing/${key.kid}/retire`);
      assert.match(done, new RegExp(`${key.kid} has been retired`, 'u'));
    }
    assert.equal((await signing()).length, before);
    assert.equal((await root.open(`/admin/keys/signing/${next[0]?.key.kid}/retire`)).status, 404);
  });

  it('takes one that has leaked away at once, and another one signs', async () => {
    const one = (await signing()).find(({ state }) => state === 'signing');
    assert.ok(one);
    const asked = await root.open(`/admin/keys/signing/${one.key.kid}/retire`);
    assert.match(asked.html, /has leaked: take it away/u);
    await root.submit(asked, {});
    await server.settle();
    const jwks = createRemoteJWKSet(new URL('/jwks', server.issuer));
    await assert.rejects(jwks({ alg: one.key.alg, kid: one.key.kid }));
    const signs = (await signing()).filter(({ state }) => state === 'signing');
    assert.ok(signs.some(({ key }) => key.alg === one.key.alg && key.kid !== one.key.kid));
  });

  it('makes one that waits the active one, seals anew, counts what ends with the older one, and retires it', async () => {
    const { vault } = server;
    const old = vault.ring.active;
    const fresh = vaultKey(randomBytes(32));
    vault.use({ ...vault.ring, keys: [fresh, ...vault.ring.keys] });
    await server.settle();
    assert.match((await root.open('/admin/keys')).html, /Waits: it has never been active/u);
    const active = await confirmed(`/admin/keys/encryption/${fresh.kid}/activate`);
    assert.match(active, /is the active one/u);
    await server.settle();
    const at = `/admin/keys/encryption/${old}/retire`;
    const early = await root.open(at);
    assert.match(early.html, /Count what would end/u);
    await root.submit(early, { go: 'count' });
    await server.settle();
    assert.match((await root.open(at)).html, /are sealed with the key/u);

    assert.equal(await confirmed('/admin/keys/reseal'), 'It has started.');
    await server.settle();
    assert.match((await root.open('/admin/keys')).html, /sealed anew/u);
    // What has not been counted, or could not be, is nothing that was said yes to.
    const uncounted = await root.open(at);
    const { endedAt = 0 } = (await getJob(server.store, 'count-ends', old)) ?? {};
    for (const counted of ['', String(endedAt)]) {
      const answer = await root.submit(uncounted, { go: 'retire', counted });
      assert.equal(answer.status, 409, counted);
    }
    await root.submit(uncounted, { go: 'count' });
    const running = await root.submit(uncounted, { go: 'retire', counted: '' });
    assert.equal(running.status, 409);
    await server.settle();
    assert.ok(!vault.ring.retired.includes(old));
    const counted = await root.open(at);
    assert.match(counted.html, /Ends with it, as of/u);
    assert.match(counted.html, /\d+ browser sessions?|One browser session/u);
    const forged = await root.submit(counted, { go: 'retire', counted: '1' });
    assert.equal(forged.status, 409);
    assert.ok(!vault.ring.retired.includes(old));
    await root.submit(await root.open(at), { go: 'retire' });
    await server.settle();
    assert.ok(vault.ring.retired.includes(old));
  });

  it('is for administrators of the installation alone', async () => {
    for (const role of ['auditor', 'helpdesk', 'organisation-administrator'] as const) {
      const member = memberOf(server, await server.addPerson({ role }, { totp: true }));
      const home = await member.open('/admin');
      for (const page of ['keys', 'mail', 'health']) {
        assert.equal((await member.open(`/admin/${page}`)).status, 403, `${role} ${page}`);
        assert.doesNotMatch(home.html, new RegExp(`href="/admin/${page}"`, 'u'));
      }
    }
  });
});
