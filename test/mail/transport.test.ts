import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { loadConfig } from '../../src/config/load.ts';
import {
  createSmtpTransport,
  smtpOptions,
  type Letter,
  type Transport,
} from '../../src/mail/transport.ts';
import { startMailServer, type MailServer } from '../support/mail-server.ts';

const config = loadConfig({
  env: { LATCHKEY_ISSUER: 'https://id.example.org' },
  cwd: '/somewhere',
});
const { mail } = config;
const open = new AbortController().signal;

const letter: Letter = {
  messageId: 'abc@id.example.org',
  from: { name: 'Latchkey', address: 'login@example.org' },
  to: 'ada@example.net',
  subject: '驗證碼 (reference K7QF)',
  text: 'text\n',
  html: '<p>html</p>',
  logo: null,
  date: 1_800_000_000_000,
};

describe('handing over', () => {
  let server: MailServer;
  let transport: Transport;
  before(async () => {
    server = await startMailServer();
    transport = createSmtpTransport(server.url, config);
  });
  after(() => server.close());
  beforeEach(() => server.behave(() => 'accept'));

  it('gives the server the mail with its header', async () => {
    const verdict = await transport.handOver(letter, open);
    assert.deepEqual(verdict, { outcome: 'accepted', answer: '250', error: null });
    const { to, parsed } = server.mails[0] ?? assert.fail();
    assert.equal(to, 'ada@example.net');
    assert.equal(parsed.from?.text, '"Latchkey" <login@example.org>');
    assert.equal(parsed.subject, letter.subject);
    assert.equal(parsed.messageId, '<abc@id.example.org>');
    assert.equal(parsed.date?.getTime(), letter.date);
    assert.equal(parsed.headers.get('auto-submitted'), 'auto-generated');
    assert.equal(parsed.headers.get('x-auto-response-suppress'), 'All');
    assert.equal(parsed.replyTo, undefined);
    assert.equal(parsed.headers.has('x-mailer'), false);
    assert.equal(parsed.text, letter.text);
    assert.equal(parsed.html, letter.html);
  });

  it('uses STARTTLS where it is offered', async (t) => {
    // The certificate that the server brings along is nobody's secret, which it says aloud.
    t.mock.method(console, 'error', () => {});
    const offering = await startMailServer({ tls: true });
    await createSmtpTransport(offering.url, config).handOver(letter, open);
    await offering.close();
    assert.equal(offering.mails[0]?.secure, true);
  });

  for (const at of ['MAIL FROM', 'RCPT TO', 'DATA'] as const) {
    it(`5xx at ${at}: refused, with the code and not the text`, async () => {
      server.behave(() => ({ at, answer: '550 5.1.1 <ada@example.net> is unknown here' }));
      const verdict = await transport.handOver(letter, open);
      assert.equal(verdict.outcome, 'refused');
      assert.equal(verdict.answer, '550 5.1.1');
    });

    it(`4xx at ${at}: again`, async () => {
      server.behave(() => ({ at, answer: '451 4.7.1 Greylisted' }));
      const verdict = await transport.handOver(letter, open);
      assert.equal(verdict.outcome, 'again');
      assert.equal(verdict.answer, '451 4.7.1');
    });
  }

  it('a server that wants a login says nothing about the mail', async () => {
    server.behave(() => ({ at: 'MAIL FROM', answer: '530 5.7.0 Authentication required' }));
    const verdict = await transport.handOver(letter, open);
    assert.deepEqual([verdict.outcome, verdict.answer], ['again', '530 5.7.0']);
  });

  it('a dropped connection: again', async () => {
    server.behave(() => 'drop');
    const verdict = await transport.handOver(letter, open);
    assert.equal(verdict.outcome, 'again');
    assert.equal(verdict.answer, null);
    assert.equal(verdict.error, 'ECONNECTION');
  });

  it('an answer that takes too long: again', async () => {
    const hold = Promise.withResolvers<void>();
    server.behave(() => ({ until: hold.promise }));
    const impatient = { ...config, mail: { ...mail, timeout_ms: 2_000 } };
    const verdict = await createSmtpTransport(server.url, impatient).handOver(letter, open);
    hold.resolve();
    assert.deepEqual(verdict, { outcome: 'again', answer: null, error: 'SOCKET_TIMEOUT' });
  });

  it('can be broken off', async () => {
    const hold = Promise.withResolvers<void>();
    const stop = new AbortController();
    server.behave(() => ({ until: hold.promise }));
    const handing = transport.handOver({ ...letter, to: 'bob@example.net' }, stop.signal);
    await server.offered('bob@example.net');
    stop.abort();
    assert.equal((await handing).outcome, 'again');
    hold.resolve();
  });

  it('nobody there: again', async () => {
    const gone = await startMailServer();
    await gone.close();
    const verdict = await createSmtpTransport(gone.url, config).handOver(letter, open);
    assert.deepEqual(verdict, { outcome: 'again', answer: null, error: 'ECONNREFUSED' });
  });

  it('says that it is the host of the issuer, or what it is told to say', async () => {
    const cases = [
      ['https://id.example.org:8443', undefined, 'id.example.org'],
      ['https://id.example.org.', undefined, 'id.example.org'],
      ['https://xn--bcher-kva.example', undefined, 'xn--bcher-kva.example'],
      ['https://192.0.2.7', undefined, '[192.0.2.7]'],
      ['https://[2001:db8::7]', undefined, '[IPv6:2001:db8::7]'],
      ['http://[::1]:3000', undefined, '[IPv6:::1]'],
      ['http://localhost:3000', undefined, '[127.0.0.1]'],
      ['http://id.localhost', undefined, '[127.0.0.1]'],
      ['https://login', undefined, '[127.0.0.1]'],
      ['http://localhost:3000', 'mx.example.org', 'mx.example.org'],
      ['https://id.example.org', '[192.0.2.7]', '[192.0.2.7]'],
    ] as const;
    for (const [issuer, ehlo_name, said] of cases) {
      const told = createSmtpTransport(server.url, { issuer, mail: { ...mail, ehlo_name } });
      assert.equal((await told.handOver(letter, open)).outcome, 'accepted');
      // The server writes it in small letters.
      assert.equal(server.mails.at(-1)?.ehlo, said.toLowerCase(), issuer);
    }
  });

  it('a name of the sender is a name, whatever is in it', async () => {
    const names = [
      'Acme: sign-in; mail',
      'Acme, Inc. <noreply@evil.example>',
      'a@evil.example',
      'The "Acme" \\ Group (Berlin)',
      'Žluť: 登入；系統',
      'undisclosed-recipients:;',
      `${'Organisation '.repeat(7)}登`,
      'A\r\nBcc: x@evil.example',
    ];
    for (const name of names) {
      const from = { name, address: 'login@example.org' };
      const { outcome } = await transport.handOver({ ...letter, from }, open);
      const { parsed, source } = server.mails.at(-1) ?? assert.fail();
      assert.equal(outcome, 'accepted');
      assert.deepEqual(parsed.from?.value, [from]);
      assert.doesNotMatch(source, /^bcc:/imu);
    }
  });

  it('a name that is written as an encoded word is shown as it is written', async () => {
    const hidden = Buffer.from('security@bank.test\0\n\u202e').toString('base64');
    for (const name of [`=?utf-8?b?${hidden}?=`, `登 ==?utf-8?b?${hidden}?=`]) {
      const from = { name, address: 'login@example.org' };
      await transport.handOver({ ...letter, from, subject: `Your ${name} account` }, open);
      const { parsed } = server.mails.at(-1) ?? assert.fail();
      const shown = name.replaceAll('=?', '= ?');
      assert.deepEqual(parsed.from?.value, [{ ...from, name: shown }]);
      assert.equal(parsed.subject, `Your ${shown} account`);
    }
  });

  it('an address is one recipient, whatever it looks like', async () => {
    const sent = server.mails.length;
    for (const to of [
      'a@example.net, b@example.net',
      'x@example.net>\r\nRCPT TO:<y@example.net',
      '',
    ]) {
      await transport.handOver({ ...letter, to }, open);
    }
    const others = server.mails.slice(sent).map(({ to }) => to);
    assert.ok(!others.some((to) => /^(?:a|b|x|y)@example\.net$/u.test(to)), others.join(' '));
  });
});

describe('the settings of the transport', () => {
  it('verify certificates and insist on TLS', () => {
    const options = smtpOptions('smtp://login:p%40ss@mail.example.org:587', mail);
    assert.equal(options.host, 'mail.example.org');
    assert.equal(options.port, 587);
    assert.deepEqual(options.auth, { user: 'login', pass: 'p@ss' });
    assert.equal(options.secure, false);
    assert.equal(options.requireTLS, true);
    assert.equal(options.tls.rejectUnauthorized, true);
    assert.ok(options.disableFileAccess && options.disableUrlAccess);
  });

  it('take TLS from the first byte', () => {
    const options = smtpOptions('smtps://mail.example.org', mail);
    assert.deepEqual([options.secure, options.requireTLS], [true, false]);
    assert.equal(options.tls.rejectUnauthorized, true);
    assert.equal(options.port, undefined);
  });

  it('use STARTTLS where it is offered when TLS is not required', () => {
    const options = smtpOptions('smtp://mail.internal', { ...mail, require_tls: false });
    assert.equal(options.requireTLS, false);
    assert.equal(options.tls.rejectUnauthorized, true);
  });

  for (const host of ['localhost', '127.0.0.1', '[::1]', 'mail.localhost']) {
    it(`exempt ${host}`, () => {
      const options = smtpOptions(`smtp://${host}:2525`, mail);
      assert.equal(options.requireTLS, false);
      assert.equal(options.tls.rejectUnauthorized, false);
      assert.ok(!options.host.includes('['));
    });
  }

  it('do not exempt what only looks like it', () => {
    for (const host of ['localhost.example.org', '127.0.0.1.example.org', '10.0.0.1'])
      assert.equal(smtpOptions(`smtp://${host}`, mail).tls.rejectUnauthorized, true);
  });

  it('refuse what would not be used, and do not tell the password', () => {
    for (const end of ['?tls.rejectUnauthorized=false', '/path', '#x'])
      assert.throws(
        () => smtpOptions(`smtp://login:secret@mail.example.org${end}`, mail),
        (error: Error) =>
          /mail\.smtp_url/u.test(error.message) && !error.message.includes('secret'),
      );
    assert.throws(() => smtpOptions('smtp://a:50%@mail.example.org', mail), /%25/u);
  });
});
