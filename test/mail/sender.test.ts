import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import pino from 'pino';
import { loadConfig } from '../../src/config/load.ts';
import { MAIL_TEMPLATES, sealMail, type Mail } from '../../src/mail/mail.ts';
import { createMailQueue, mailCollection } from '../../src/mail/queue.ts';
import { createMailRenderer } from '../../src/mail/render.ts';
import { createSender, type Sender } from '../../src/mail/sender.ts';
import { createSmtpTransport } from '../../src/mail/transport.ts';
import { LANGUAGES } from '../../src/text/languages.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';
import { startMailServer, type MailServer } from '../support/mail-server.ts';
import { sampleValues } from './sample-values.ts';

const render = createMailRenderer(fileURLToPath(new URL('../../views/', import.meta.url)));
/** Parsed as a header, it would be a group without members (RFC 5322 §3.4). */
const SENDER = 'Acme: sign-in <login@example.org>';
const config = loadConfig({
  env: { LATCHKEY_ISSUER: 'https://id.example.org', LATCHKEY_MAIL_FROM: SENDER },
  cwd: '/somewhere',
});

let fresh: FreshStore;
let server: MailServer;
let senders: Sender[];
let lines: string[];

beforeEach(async () => {
  fresh = await openFreshStore();
  server = await startMailServer();
  senders = [];
  lines = [];
});
afterEach(async () => {
  await Promise.all(senders.map((sender) => sender.close()));
  await server.close();
  await fresh.close();
});

function newSender(mail: Partial<typeof config.mail> = {}): Sender {
  const { store, vault, clock } = fresh;
  const configured = { ...config, mail: { ...config.mail, ...mail } };
  const log = pino({ base: null }, { write: (line: string) => void lines.push(line) });
  const transport = createSmtpTransport(server.url, configured);
  const sender = createSender({
    store,
    vault,
    config: configured,
    render,
    transport,
    log,
    now: () => clock.now,
  });
  senders.push(sender);
  return sender;
}

async function order(to: string, more: Partial<Mail> = {}, notAfter?: number): Promise<string> {
  const template = more.template ?? 'email-code';
  const values = sampleValues(template);
  const mail = { to, template, language: 'en', values, ...more } as const;
  const sealed = await sealMail(fresh.vault, mail, {
    orderedAt: fresh.clock.now,
    notAfter: notAfter ?? null,
  });
  await createMailQueue(fresh.store).order(sealed);
  return sealed.id;
}

const status = (id: string) => createMailQueue(fresh.store).status(id);
const recipients = () => server.mails.map(({ to }) => to).toSorted();

describe('the sender', () => {
  it('hands over every template in each language, from the one sender, with both parts', async () => {
    const ordered = new Map<string, Mail>();
    for (const template of MAIL_TEMPLATES) {
      for (const language of LANGUAGES) {
        const values = sampleValues(template);
        const to = `${template}.${language}@example.net`.toLowerCase();
        const mail = { to, template, language, values };
        ordered.set(await order(to, mail), mail);
      }
    }
    await newSender().settle();
    assert.equal(server.mails.length, ordered.size);
    for (const [id, mail] of ordered) {
      const { parsed } = server.mails.find(({ to }) => to === mail.to) ?? assert.fail(mail.to);
      const made = render(mail);
      assert.equal(parsed.subject, made.subject);
      assert.equal(parsed.text, made.text);
      assert.equal(parsed.html, made.html);
      assert.deepEqual(parsed.from?.value, [
        { name: 'Acme: sign-in', address: 'login@example.org' },
      ]);
      assert.equal(parsed.messageId, `<${id}@id.example.org>`);
      assert.equal((await status(id))?.state, 'handed-over');
    }
    const codes = server.mails.filter(({ to }) => to.startsWith('email-code'));
    for (const { parsed } of codes) {
      assert.ok(parsed.text?.includes('042917') && String(parsed.html).includes('042917'));
    }
  });

  it('without a name of its own comes in that of the organisation, from the one address', async () => {
    await order('ada@example.net');
    await newSender({ from: 'login@example.org' }).settle();
    const sent = server.mails.map(({ parsed }) => parsed.from?.value);
    assert.deepEqual(sent, [[{ name: 'Müller & Söhne', address: 'login@example.org' }]]);
  });

  it('erases the body when it is handed over, and logs neither address nor code', async () => {
    const id = await order('ada@example.net');
    const refused = await order('mallory@example.net');
    server.behave((to) =>
      to.startsWith('mallory') ? { at: 'RCPT TO', answer: `550 5.1.1 ${to} unknown` } : 'accept',
    );
    await newSender().settle();
    for (const one of [id, refused])
      assert.equal((await fresh.store.get(mailCollection, one))?.sealed, null);
    const told = lines.join('') + JSON.stringify(await fresh.store.scan(mailCollection));
    assert.ok(told.includes(id) && told.includes('550 5.1.1'));
    assert.ok(!/ada@|mallory|example\.net|042917|K7QF|unknown/u.test(told), told);
  });

  it('runs by itself once it has started, and when it is woken', async () => {
    const sender = newSender();
    await order('first@example.net');
    sender.start();
    await server.accepted('first@example.net');
    await order('second@example.net');
    sender.wake();
    await server.accepted('second@example.net');
  });
});

describe('a mail server', () => {
  it('that is down and comes back gets the mail at the next try', async () => {
    await server.close();
    const sender = newSender();
    const id = await order('ada@example.net', {}, fresh.clock.now + 900_000);
    await sender.settle();
    assert.deepEqual(await status(id), { state: 'queued', answer: null });
    assert.match(lines.join(''), /"error":"ECONNREFUSED"/u);
    server = await startMailServer({ port: server.port });
    fresh.clock.now += 4_999;
    await sender.settle();
    assert.deepEqual(recipients(), []);
    fresh.clock.now += 1;
    await sender.settle();
    assert.deepEqual(recipients(), ['ada@example.net']);
    assert.deepEqual(await status(id), { state: 'handed-over', answer: '250' });
  });

  it('that is slow with one mail does not delay another', async () => {
    const hold = Promise.withResolvers<void>();
    server.behave((to) => (to.startsWith('slow') ? { until: hold.promise } : 'accept'));
    const sender = newSender();
    const slow = await order('slow@example.net');
    sender.wake();
    await server.offered('slow@example.net');
    await order('quick@example.net');
    sender.wake();
    await server.accepted('quick@example.net');
    assert.equal((await status(slow))?.state, 'queued');
    hold.resolve();
    await sender.settle();
    assert.equal((await status(slow))?.state, 'handed-over');
    assert.deepEqual(recipients(), ['quick@example.net', 'slow@example.net']);
  });

  it('gets three at a time and no more', async () => {
    const hold = Promise.withResolvers<void>();
    server.behave(() => ({ until: hold.promise }));
    const sender = newSender();
    const names = ['a', 'b', 'c', 'd', 'e'].map((name) => `${name}@example.net`);
    for (const to of names) await order(to);
    sender.wake();
    sender.wake();
    const three = Promise.withResolvers<void>();
    let offered = 0;
    const count = async (to: string): Promise<void> => {
      await server.offered(to);
      offered += 1;
      if (offered === 3) three.resolve();
    };
    for (const to of names) void count(to);
    await three.promise;
    assert.equal(server.connections(), 3);
    hold.resolve();
    await sender.settle();
    assert.deepEqual(recipients(), names);
  });

  it('that answers too late gets the same mail again, to be told by its Message-ID', async () => {
    const hold = Promise.withResolvers<void>();
    server.behave(() => ({ until: hold.promise }));
    const sender = newSender({ timeout_ms: 3_000 });
    const id = await order('ada@example.net');
    await sender.settle();
    assert.equal((await status(id))?.state, 'queued');
    hold.resolve();
    await server.accepted('ada@example.net');
    fresh.clock.now += 5_000;
    await sender.settle();
    assert.equal((await status(id))?.state, 'handed-over');
    const [first, second] = server.mails.map(({ parsed }) => parsed);
    assert.equal(first?.messageId, second?.messageId);
    assert.equal(first?.date?.getTime(), second?.date?.getTime());
  });

  for (const at of ['MAIL FROM', 'RCPT TO', 'DATA'] as const) {
    it(`that says 4xx at ${at} gets it again`, async () => {
      server.behave(() => ({ at, answer: '451 4.7.1 Try again' }));
      const sender = newSender();
      const id = await order('ada@example.net');
      await sender.settle();
      assert.deepEqual(await status(id), { state: 'queued', answer: '451 4.7.1' });
      server.behave(() => 'accept');
      fresh.clock.now += 5_000;
      await sender.settle();
      assert.deepEqual(await status(id), { state: 'handed-over', answer: '250' });
      assert.equal(server.mails.length, 1);
    });
  }

  for (const at of ['RCPT TO', 'DATA'] as const) {
    it(`that says 5xx at ${at} has refused it, with its code`, async () => {
      server.behave(() => ({ at, answer: '554 5.7.1 Rejected as spam' }));
      const sender = newSender();
      const id = await order('ada@example.net');
      await sender.settle();
      assert.deepEqual(await status(id), { state: 'refused', answer: '554 5.7.1' });
      const before = server.connections();
      fresh.clock.now += 3_600_000;
      await sender.settle();
      assert.equal(server.connections(), before);
    });
  }

  it('that drops the connection gets it again', async () => {
    server.behave(() => 'drop');
    const sender = newSender();
    const id = await order('ada@example.net');
    await sender.settle();
    assert.equal((await status(id))?.state, 'queued');
    server.behave(() => 'accept');
    fresh.clock.now += 5_000;
    await sender.settle();
    assert.equal((await status(id))?.state, 'handed-over');
  });
});

describe('a code that has expired', () => {
  it('is never sent', async () => {
    const id = await order('ada@example.net', {}, fresh.clock.now + 900_000);
    fresh.clock.now += 900_001;
    await newSender().settle();
    assert.equal(server.connections(), 0);
    assert.equal((await status(id))?.state, 'expired');
  });

  it('is not sent when it expires between two tries', async () => {
    server.behave(() => ({ at: 'RCPT TO', answer: '450 4.2.0 Busy' }));
    const sender = newSender();
    const id = await order('ada@example.net', {}, fresh.clock.now + 4_000);
    await sender.settle();
    server.behave(() => 'accept');
    fresh.clock.now += 5_000;
    await sender.settle();
    assert.deepEqual(recipients(), []);
    assert.deepEqual(await status(id), { state: 'expired', answer: '450 4.2.0' });
  });

  it('is not sent when it expires after it was claimed', async () => {
    const id = await order('ada@example.net', {}, fresh.clock.now + 1_000);
    const { vault, clock } = fresh;
    // The time that opening it takes.
    const slowVault = {
      ...vault,
      async open(purpose: string, context: string, sealed: string) {
        clock.now += 1_001;
        return vault.open(purpose, context, sealed);
      },
    };
    fresh = { ...fresh, vault: slowVault };
    await newSender().settle();
    assert.equal(server.connections(), 0);
    assert.equal((await status(id))?.state, 'expired');
  });
});

describe('a mail that cannot be opened', () => {
  it('stays, and holds up no other', async () => {
    const mail = { to: 'a@example.net', template: 'unlocked', language: 'en', values: {} } as const;
    const sealed = await sealMail(fresh.vault, mail, { orderedAt: fresh.clock.now });
    await createMailQueue(fresh.store).order({ ...sealed, id: 'another' });
    await order('ada@example.net');
    await newSender().settle();
    assert.deepEqual(recipients(), ['ada@example.net']);
    assert.equal((await status('another'))?.state, 'queued');
  });
});

describe('restart', () => {
  it('loses none: what was broken off is sent by the next sender', async () => {
    const hold = Promise.withResolvers<void>();
    server.behave((to) => (to.startsWith('slow') ? { until: hold.promise } : 'accept'));
    const first = newSender();
    const ids = [await order('slow@example.net'), await order('quick@example.net')];
    first.wake();
    await server.offered('slow@example.net');
    await first.close();
    ids.push(await order('later@example.net'));
    first.wake();
    await first.settle();
    assert.equal((await status(ids[2] ?? ''))?.state, 'queued', 'a closed sender claims nothing');
    server.behave(() => 'accept');
    fresh.clock.now += 5_000;
    await newSender().settle();
    for (const id of ids) assert.equal((await status(id))?.state, 'handed-over');
    hold.resolve();
  });

  it('loses none: what a killed process had claimed is sent after its lease', async () => {
    const id = await order('ada@example.net');
    const hold = Promise.withResolvers<void>();
    server.behave(() => ({ until: hold.promise }));
    newSender().wake();
    await server.offered('ada@example.net');
    const second = newSender();
    server.behave(() => 'accept');
    await second.settle();
    assert.deepEqual(recipients(), []);
    fresh.clock.now += 600_000;
    await second.settle();
    assert.deepEqual(recipients(), ['ada@example.net']);
    assert.equal((await status(id))?.state, 'handed-over');
    hold.resolve();
  });
});

describe('two senders on one store', () => {
  it('hand over each of 20 mails exactly once', async () => {
    const all = Array.from({ length: 20 }, (_, n) => `p${n}@example.net`);
    await Promise.all(all.map((to) => order(to)));
    const both = [newSender(), newSender()];
    for (const sender of both) sender.start();
    await Promise.all(both.map((sender) => sender.settle()));
    assert.deepEqual(recipients(), all.toSorted());
  });
});
