/** A real SMTP server on loopback that behaves as a test wants, and keeps what it accepted. */
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { simpleParser, type ParsedMail } from 'mailparser';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';

export type Behaviour =
  | 'accept'
  /** Breaks the connection off in the middle of the mail. */
  | 'drop'
  /** `answer`: the code with its text, such as `550 5.1.1 No such user`. */
  | { at: 'MAIL FROM' | 'RCPT TO' | 'DATA'; answer: string }
  /** Has the mail, and answers when the promise resolves. */
  | { until: Promise<void> };

export interface ReceivedMail {
  to: string;
  parsed: ParsedMail;
  /** Did it come by TLS? */
  secure: boolean;
  /** What the client said that it is (EHLO). */
  ehlo: string;
  /** The mail as it came. */
  source: string;
}

export interface MailServer {
  /** Without authentication. */
  url: string;
  port: number;
  /** Those that were accepted, oldest first. */
  mails: ReceivedMail[];
  /** How many connections came. */
  connections(): number;
  /** By recipient; `accept` unless told. */
  behave(choose: (recipient: string) => Behaviour): void;
  /** Resolves when a mail to the recipient is being received: its text is there, its answer is not. */
  offered(recipient: string): Promise<void>;
  /** Resolves with the mail to the recipient that was accepted. */
  accepted(recipient: string): Promise<ReceivedMail>;
  /** Breaks off what is open. */
  close(): Promise<void>;
}

/** `port`: 0 for any free one. `tls`: offers STARTTLS, with a certificate that nobody trusts. */
export async function startMailServer({ port = 0, tls = false } = {}): Promise<MailServer> {
  const state = { choose: (_: string): Behaviour => 'accept', connections: 0 };
  const mails: ReceivedMail[] = [];
  const sockets = new Set<Socket>();
  const happened = createSignals();

  const receive = async (stream: SMTPServerDataStream, session: SMTPServerSession) => {
    const source = await text(stream);
    const parsed = await simpleParser(source);
    const to = recipientOf(session);
    happened.tell(`offered ${to}`);
    const behaviour = state.choose(to);
    if (behaviour === 'drop') {
      for (const socket of sockets) if (socket.remotePort === session.remotePort) socket.destroy();
      return;
    }
    refuseAt('DATA', behaviour);
    if (typeof behaviour === 'object' && 'until' in behaviour) await behaviour.until;
    mails.push({ to, parsed, source, secure: session.secure, ehlo: session.hostNameAppearsAs });
    happened.tell(`accepted ${to}`);
  };

  const smtp = new SMTPServer({
    disabledCommands: tls ? ['AUTH'] : ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    closeTimeout: 1,
    onMailFrom: (_, session, done) =>
      attempt(() => refuseAt('MAIL FROM', state.choose(recipientOf(session))), done),
    onRcptTo: ({ address }, _, done) =>
      attempt(() => refuseAt('RCPT TO', state.choose(address)), done),
    onData: (stream, session, done) => void receive(stream, session).then(() => done(), done),
  });
  smtp.on('error', () => {});
  const server = smtp.listen(port, '127.0.0.1');
  server.on('connection', (socket: Socket) => {
    state.connections += 1;
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  });
  await once(server, 'listening');
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `smtp://127.0.0.1:${bound}`,
    port: bound,
    mails,
    connections: () => state.connections,
    behave: (choose) => void (state.choose = choose),
    offered: (to) => happened.wait(`offered ${to}`),
    async accepted(to) {
      await happened.wait(`accepted ${to}`);
      return mails.find((mail) => mail.to === to) ?? Promise.reject(new Error('no mail'));
    },
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => smtp.close(resolve));
    },
  };
}

function recipientOf({ envelope }: SMTPServerSession): string {
  return envelope.rcptTo.map(({ address }) => address).join(', ');
}

function attempt(run: () => void, done: (error?: Error) => void): void {
  try {
    run();
    done();
  } catch (error) {
    done(error as Error);
  }
}

function refuseAt(command: string, behaviour: Behaviour): void {
  if (typeof behaviour !== 'object' || !('at' in behaviour) || behaviour.at !== command) return;
  const [code, ...text] = behaviour.answer.split(' ');
  throw Object.assign(new Error(text.join(' ')), { responseCode: Number(code) });
}

/** Things that happen once and can be waited for before or after. */
function createSignals() {
  const signals = new Map<string, PromiseWithResolvers<void>>();
  const signal = (name: string): PromiseWithResolvers<void> => {
    const known = signals.get(name) ?? Promise.withResolvers<void>();
    signals.set(name, known);
    return known;
  };
  return {
    tell: (name: string) => signal(name).resolve(),
    wait: (name: string) => signal(name).promise,
  };
}
