/** Mail programs, as far as their sign-in goes, over raw sockets. */
import { connect } from 'node:net';
import type { Protocol } from '../../src/records/passcode.ts';

/** Milliseconds: Dovecot waits two seconds before it refuses, and longer for the provider. */
const PATIENCE = 90_000;

export interface Conversation {
  /** Sends a line, and answers what came until the pattern was in it. */
  say(line: string, until: RegExp): Promise<string>;
  /** What comes next, unasked. */
  hear(until: RegExp): Promise<string>;
  /** Resolves when the other side has hung up. */
  closed: Promise<void>;
  hangUp(): void;
}

export function talkTo(port: number): Conversation {
  const socket = connect(port, '127.0.0.1');
  let heard = '';
  let wake = (): void => {};
  socket.setEncoding('utf8').on('data', (part: string) => {
    heard += part;
    wake();
  });
  const closed = new Promise<void>((resolve) =>
    socket.once('close', () => {
      resolve();
      wake();
    }),
  );
  socket.on('error', () => {});
  const hear = (until: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no ${until} in: ${heard}`)), PATIENCE);
      const look = (): void => {
        const isOver = socket.destroyed || socket.readableEnded;
        if (!until.test(heard) && !isOver) return;
        clearTimeout(timer);
        wake = () => {};
        const all = heard;
        heard = '';
        if (until.test(all)) resolve(all);
        else reject(new Error(`hung up before ${until}: ${all}`));
      };
      wake = look;
      look();
    });
  return {
    closed,
    hear,
    say(line, until) {
      socket.write(`${line}\r\n`);
      return hear(until);
    },
    hangUp: () => socket.destroy(),
  };
}

export interface Ports {
  WEBMAIL: number;
  IMAP: number;
  POP3: number;
  SIEVE: number;
  /** Dovecot's submission, and Postfix's. */
  SUBMISSION: number;
  POSTFIX: number;
}

export type Door = Protocol | 'postfix';
export type Verdict = 'in' | 'refused' | 'later';

/** Whoever has signed in so wants to send as `sender`. */
export interface Submission {
  door: 'smtp' | 'postfix';
  user: string;
  secret: { passcode: string } | { token: string };
  sender: string;
  to: string;
}

/** What was said to the sign-in, and to sender and recipient; nothing is sent. */
export async function submission(
  ports: Ports,
  { door, user, secret, sender, to }: Submission,
): Promise<{ signedIn: Verdict; answer: string }> {
  const talk = talkTo(door === 'smtp' ? ports.SUBMISSION : ports.POSTFIX);
  const how =
    'token' in secret
      ? `XOAUTH2 ${xoauth2(user, secret.token)}`
      : `PLAIN ${base64(`\0${user}\0${secret.passcode}`)}`;
  await talk.hear(/^220/mu);
  await talk.say('EHLO phone.example', /^250 .*$/mu);
  const signedIn = verdictOf(await talk.say(`AUTH ${how}`, /^\d{3} .*$/mu));
  const from = await talk.say(`MAIL FROM:<${sender}>`, /^\d{3} .*$/mu);
  const answer = from.startsWith('2') ? await talk.say(`RCPT TO:<${to}>`, /^\d{3} .*$/mu) : from;
  talk.hangUp();
  return { signedIn, answer };
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const xoauth2 = (user: string, token: string): string =>
  base64(`user=${user}\u0001auth=Bearer ${token}\u0001\u0001`);
const quoted = (text: string): string => `"${text.replaceAll(/["\\]/gu, String.raw`\$&`)}"`;

/** By name and passcode. `later`: the program is told to try again, not that its passcode is wrong. */
export async function byPasscode(
  ports: Ports,
  door: Door,
  user: string,
  passcode: string,
): Promise<Verdict> {
  const plain = base64(`\0${user}\0${passcode}`);
  if (door === 'imap') {
    const login = `a LOGIN ${quoted(user)} ${quoted(passcode)}`;
    return one(ports.IMAP, /^\* OK/mu, login, /^a (?:OK|NO|BAD).*$/mu);
  }
  if (door === 'pop3') {
    const talk = talkTo(ports.POP3);
    await talk.hear(/^\+OK/mu);
    await talk.say(`USER ${user}`, /^\+OK/mu);
    const answer = await talk.say(`PASS ${passcode}`, /^(?:\+OK|-ERR).*$/mu);
    talk.hangUp();
    return verdictOf(answer);
  }
  if (door === 'sieve') {
    const login = `AUTHENTICATE "PLAIN" "${plain}"`;
    return one(ports.SIEVE, /^OK/mu, login, /^(?:OK|NO|BYE).*$/mu);
  }
  return submissionSignIn(door === 'smtp' ? ports.SUBMISSION : ports.POSTFIX, `PLAIN ${plain}`);
}

/** By a token, as XOAUTH2 or OAUTHBEARER (RFC 7628) carry it. */
export async function byToken(
  ports: Ports,
  user: string,
  token: string,
  mechanism: 'XOAUTH2' | 'OAUTHBEARER' = 'XOAUTH2',
): Promise<Verdict> {
  const talk = talkTo(ports.IMAP);
  await talk.hear(/^\* OK/mu);
  const answer = await signInByToken(talk, user, token, mechanism);
  talk.hangUp();
  return verdictOf(answer);
}

/** The conversation stays open. */
export async function signInByToken(
  talk: Conversation,
  user: string,
  token: string,
  mechanism: 'XOAUTH2' | 'OAUTHBEARER' = 'XOAUTH2',
): Promise<string> {
  const carried =
    mechanism === 'XOAUTH2'
      ? xoauth2(user, token)
      : base64(`n,a=${user},\u0001auth=Bearer ${token}\u0001\u0001`);
  const said = await talk.say(
    `a AUTHENTICATE ${mechanism} ${carried}`,
    /^(?:a (?:OK|NO|BAD)|\+).*$/mu,
  );
  return /^a /mu.test(said) ? said : talk.say('', /^a (?:OK|NO|BAD).*$/mu);
}

async function submissionSignIn(port: number, how: string): Promise<Verdict> {
  const talk = talkTo(port);
  await talk.hear(/^220/mu);
  await talk.say('EHLO phone.example', /^250 .*$/mu);
  const answer = await talk.say(`AUTH ${how}`, /^\d{3} .*$/mu);
  talk.hangUp();
  return verdictOf(answer);
}

async function one(port: number, greeting: RegExp, line: string, until: RegExp): Promise<Verdict> {
  const talk = talkTo(port);
  await talk.hear(greeting);
  const answer = await talk.say(line, until);
  talk.hangUp();
  return verdictOf(answer);
}

function verdictOf(answer: string): Verdict {
  if (/\[UNAVAILABLE\]|\[SYS\/TEMP\]|\(TRYLATER\)|^4\d\d /mu.test(answer)) return 'later';
  return /^(?:a OK|OK|\+OK|235)/mu.test(answer) ? 'in' : 'refused';
}
