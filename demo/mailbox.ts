/**
 * "Mailbox": a real SMTP server that delivers to nobody and shows every mail that it got, as a page
 * and as JSON; on the page also what authenticator apps would show.
 */
import Router from '@koa/router';
import Koa, { type Middleware } from 'koa';
import { simpleParser } from 'mailparser';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import type { LiveCode } from './live-codes.ts';
import { mailboxPage } from './mailbox-page.ts';
import type { ReceivedMail } from './received-mail.ts';
import { assets, listen, siteRules, type RunningSite } from './site.ts';

export interface MailboxOptions {
  /** Of the web page; 0 for any free one. The SMTP server always takes a free one. */
  port: number;
  /** Milliseconds since the epoch: when a mail is said to have come. */
  now: () => number;
  /** Asked at each look at the page. */
  codes: () => Promise<LiveCode[]>;
}

export interface Mailbox extends RunningSite {
  /** Without authentication and TLS, e.g. `smtp://127.0.0.1:40123`. */
  smtpUrl: string;
}

const keptAtMost = 500;
const largestMail = 1024 * 1024;

/** A port in use rejects with the system's error (code EADDRINUSE). */
export async function startMailbox({ port, now, codes }: MailboxOptions): Promise<Mailbox> {
  const site = await listen(port);
  /** Newest first. */
  const mails: ReceivedMail[] = [];
  const smtp = await startSmtp(async (stream, session) => {
    mails.unshift(await read(stream, session, now));
    mails.length = Math.min(mails.length, keptAtMost);
  });
  const app = new Koa();
  app.use(siteRules(site.url, []));
  app.use(await assets(['demo.css', 'mailbox.svg', 'mailbox.js']));
  app.use(routes(mails, codes, now));
  site.serve(app);
  const close = async () => void (await Promise.all([site.close(), smtp.close()]));
  return { url: site.url, smtpUrl: smtp.url, close };
}

function routes(
  mails: readonly ReceivedMail[],
  codes: MailboxOptions['codes'],
  now: () => number,
): Middleware {
  const router = new Router();
  router.get('/', async (ctx) => {
    ctx.type = 'text/html; charset=utf-8';
    ctx.body = mailboxPage(mails, await codes(), now());
  });
  router.get('/messages', (ctx) => {
    ctx.body = mails;
  });
  return router.routes() as Middleware;
}

type Receive = (stream: SMTPServerDataStream, session: SMTPServerSession) => Promise<void>;

async function startSmtp(receive: Receive): Promise<RunningSite> {
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    size: largestMail,
    closeTimeout: 500,
    onData(stream, session, done) {
      receive(stream, session).then(() => done(), done);
    },
  });
  const socket = server.listen(0, '127.0.0.1');
  await once(socket, 'listening');
  // A client that breaks off is no reason to end.
  server.on('error', () => {});
  const { port } = socket.address() as AddressInfo;
  const close = promisify((ended: () => void) => server.close(ended));
  return { url: `smtp://127.0.0.1:${port}`, close };
}

async function read(
  stream: SMTPServerDataStream,
  { envelope }: SMTPServerSession,
  now: () => number,
): Promise<ReceivedMail> {
  const mail = await simpleParser(stream);
  if (stream.sizeExceeded) throw tooLarge();
  const sender = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
  return {
    to: envelope.rcptTo.map(({ address }) => address).join(', '),
    from: mail.from?.value[0]?.address ?? sender,
    subject: mail.subject ?? '',
    text: mail.text ?? '',
    at: new Date(now()).toISOString(),
  };
}

function tooLarge(): Error {
  return Object.assign(new Error('The mail is larger than 1 MB'), { responseCode: 552 });
}
