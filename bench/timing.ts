/**
 * `node bin/run.js bench/timing.ts [RUNS]`: can it be told by the time of an answer whether a name or a
 * client exists? Both kinds of requests alternate in random order; what is printed is the probability
 * that one of the first takes longer than one of the second (the area under the ROC curve, from the
 * ranks of Mann and Whitney): 0.5 is what guessing gives.
 */
import { randomBytes } from 'node:crypto';
import { Agent, request } from 'node:http';
import { startTestServer, type TestServer } from '../test/support/server.ts';
import { createHttpBrowser, hiddenFields } from '../test/support/http-browser.ts';
import { startMailServer } from '../test/support/mail-server.ts';
import { authorize } from '../test/support/relying-party.ts';

const RUNS = Number(process.argv[2] ?? 1000);
const NAMES = 100;
/** Milliseconds between two requests by the server's clock: no name has to wait for its failures before. */
const STEP = 10_000;

type Fields = Readonly<Record<string, string>>;
interface Sent {
  path: string;
  fields: Fields;
  headers?: Fields;
}
interface Pair {
  name: string;
  /** Somebody who is there, and nobody. */
  known(nth: number): Sent;
  unknown(nth: number): Sent;
}

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

/** Of another place each time: no address has to wait for its failures before either. */
const anyAddress = (): string => `198.${[...randomBytes(3)].join('.')}`;

/** Milliseconds from the request to the end of its answer. */
function timed(server: TestServer, { path, fields, headers = {} }: Sent): Promise<number> {
  const body = new URLSearchParams(fields).toString();
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const start = performance.now();
  const sent = request(
    new URL(path, server.issuer),
    {
      method: 'POST',
      agent,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-forwarded-for': anyAddress(),
        ...headers,
      },
    },
    (answer) => {
      const { statusCode = 0 } = answer;
      if (![303, 400, 401].includes(statusCode)) reject(new Error(`${path}: ${statusCode}`));
      answer.resume().on('end', () => resolve(performance.now() - start));
    },
  );
  sent.on('error', reject);
  sent.end(body);
  return promise;
}

async function measure(server: TestServer, pair: Pair): Promise<string> {
  const times: Record<'known' | 'unknown', number[]> = { known: [], unknown: [] };
  for (let nth = -20; nth < RUNS; nth += 1) {
    const first = randomBytes(1).readUInt8() % 2 === 0;
    for (const which of first ? (['known', 'unknown'] as const) : (['unknown', 'known'] as const)) {
      server.clock.ahead += STEP;
      const took = await timed(server, pair[which](nth + NAMES / 2));
      if (nth >= 0) times[which].push(took);
    }
  }
  const { known, unknown } = times;
  const probability = areaUnderCurve(known, unknown).toFixed(3);
  const medians = [known, unknown].map((each) => `${median(each).toFixed(3)} ms`).join(' : ');
  return `${pair.name.padEnd(46)} ${probability}  ${medians}`;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** The probability that one of `a` is greater than one of `b`. */
export function areaUnderCurve(a: readonly number[], b: readonly number[]): number {
  const all = [...a.map((value) => ({ value, isA: 1 })), ...b.map((value) => ({ value, isA: 0 }))];
  const ranked = all.toSorted((one, other) => one.value - other.value);
  const sum = ranked.reduce((total, { isA }, at) => total + isA * (at + 1), 0);
  return (sum - (a.length * (a.length + 1)) / 2) / (a.length * b.length);
}

const mail = await startMailServer();
const server = await startTestServer({
  LATCHKEY_MAIL_SMTP_URL: mail.url,
  LATCHKEY_LOG_LEVEL: 'silent',
  LATCHKEY_PROXIES: '127.0.0.1,::1',
  LATCHKEY_LIFETIMES_SIGN_IN: '86400',
});
try {
  const pairs = await pairsOf(server);
  const wanted = process.argv[3] ?? '';
  for (const pair of pairs.filter(({ name }) => name.includes(wanted)))
    console.log(await measure(server, pair));
} finally {
  agent.destroy();
  await server.stop();
  await mail.close();
}

async function pairsOf(at: TestServer): Promise<Pair[]> {
  const mailServer = await at.addClient({ kind: 'mail', redirectUris: [] });
  const web = await at.addClient({});
  const people: string[] = [];
  for (let nth = 0; nth < NAMES; nth += 1)
    people.push((await at.addPerson({ login: `somebody${nth}` }, { totp: nth % 2 === 0 })).login);
  const known = (nth: number): string => people[(nth * 2) % NAMES] ?? '';
  const nobody = (nth: number): string => `nobody12${nth % (NAMES / 2)}`;
  const basic = (id: string, secret: string): Fields => ({
    authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
  });
  const mailTry =
    (password: string) =>
    (username: string): Sent => ({
      path: '/mail/passcode',
      fields: { grant_type: 'password', username, password },
      headers: {
        ...basic(mailServer.clientId, mailServer.clientSecret),
        'x-dovecot-auth-service': 'imap',
        'x-dovecot-auth-remote': `${anyAddress()}:4711`,
      },
    });
  const passcode = mailTry('ABCD EFGH JKLM NPQR');
  const password = mailTry('not the password');
  const atPassword = await passwordPage(at, web);
  const forgotten = await forgotPage(at);
  const named = (name: string, make: (login: string) => Sent): Pair => ({
    name,
    known: (nth) => make(known(nth)),
    unknown: (nth) => make(nobody(nth)),
  });
  const client = (path: string, id: string, fields: Fields): Pair => ({
    name: `${path}: wrong secret, unknown client`,
    known: () => ({ path, fields, headers: basic(id, 'x'.repeat(43)) }),
    unknown: (nth) => ({
      path,
      fields,
      headers: basic(`no${nth % 50}${id}`.slice(0, id.length), 'x'.repeat(43)),
    }),
  });
  return [
    named('/mail/passcode: wrong passcode', passcode),
    named('/mail/passcode: wrong password', password),
    named('password page: wrong password', atPassword),
    named('/forgot-password', forgotten),
    client('/token', web.clientId, { grant_type: 'client_credentials' }),
    client('/token/introspection', web.clientId, { token: 'x' }),
    client('/token/revocation', web.clientId, { token: 'x' }),
    client('/request', web.clientId, { response_type: 'code' }),
    client('/mail/passcode', mailServer.clientId, {
      grant_type: 'password',
      username: 'a',
      password: 'b',
    }),
  ];
}

type AtPage = (login: string) => Sent;

async function passwordPage(at: TestServer, web: Parameters<typeof authorize>[0]): Promise<AtPage> {
  const browser = createHttpBrowser(at.issuer);
  // One that nobody has posted to would be gone when its turn comes: the times were those of that page.
  const page = await browser.submit(await browser.open(authorize(web).url), { login: '' });
  const cookie = [...browser.jar.values()].map(({ name, value }) => `${name}=${value}`).join('; ');
  return (login) => ({
    path: page.url.pathname,
    fields: { ...hiddenFields(page.html), login, password: 'not the password' },
    headers: { cookie },
  });
}

async function forgotPage(at: TestServer): Promise<AtPage> {
  const browser = createHttpBrowser(at.issuer);
  const page = await browser.open(`${at.issuer}/forgot-password`);
  const cookie = [...browser.jar.values()].map(({ name, value }) => `${name}=${value}`).join('; ');
  return (login) => ({
    path: '/forgot-password',
    fields: { ...hiddenFields(page.html), login },
    headers: { cookie },
  });
}
