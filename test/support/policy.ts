/** People who go through the pages of a sign-in step by step, and what is left behind of it. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { JWTPayload } from 'jose';
import {
  auditCollection,
  eventsAbout,
  type AuditEvent,
  type EventType,
} from '../../src/audit/event.ts';
import { changePerson } from '../../src/records/person.ts';
import { verifyRegistration } from '../../src/factors/passkey.ts';
import {
  createHttpBrowser,
  unescapeHtml,
  type HtmlPage,
  type HttpBrowser,
} from './http-browser.ts';
import { startMailServer, type MailServer, type ReceivedMail } from './mail-server.ts';
import {
  authorize,
  exchange,
  token,
  verifyIdToken,
  type Authorization,
  type Registration,
  type TokenAnswer,
} from './relying-party.ts';
import { PASSWORD, codeOf, startTestServer, type TestPerson, type TestServer } from './server.ts';
import { silently, stepOf } from './sign-in.ts';
import { softwarePasskey, type SoftwarePasskey } from './software-authenticator.ts';

export const DAY = 86_400_000;
export const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Firefox/140.0';

/** A server with a real mailbox beside it. */
export interface PolicyServer extends TestServer {
  mail: MailServer;
  /** Mails to the address so far, oldest first, when all that are due were sent. */
  mailsTo(address: string): Promise<ReceivedMail[]>;
  /** What was recorded about the person, oldest first; of one type if that is told. */
  eventsOf(person: TestPerson, type?: EventType): Promise<AuditEvent[]>;
}

export async function startPolicyServer(env: Record<string, string> = {}): Promise<PolicyServer> {
  const mail = await startMailServer();
  const server = await startTestServer({ LATCHKEY_MAIL_SMTP_URL: mail.url, ...env });
  return {
    ...server,
    mail,
    async mailsTo(address) {
      await server.settle();
      return mail.mails.filter(({ to }) => to === address);
    },
    async eventsOf({ person }, type) {
      await server.settle();
      const query = { ...eventsAbout(person.id), limit: 1000 };
      const events = (await server.store.find(auditCollection, query)).items.map(
        ({ value }) => value,
      );
      const wanted = events.filter((event) => type === undefined || event.type === type);
      return wanted.toSorted((a, b) => a.at - b.at);
    },
    async stop() {
      await server.stop();
      await mail.close();
    },
  };
}

/** What a visitor needs of a server. */
export type Visited = Pick<PolicyServer, 'issuer' | 'clock' | 'now' | 'mailsTo'>;

/** One person at one browser, in one sign-in after the other. */
export class Visitor {
  server: Visited;
  client: Registration;
  browser: HttpBrowser;
  asked!: Authorization;
  page!: HtmlPage;

  constructor(server: Visited, client: Registration, browser?: HttpBrowser) {
    this.server = server;
    this.client = client;
    this.browser = browser ?? createHttpBrowser(server.issuer, { 'user-agent': FIREFOX });
  }

  /** Comes to the sign-in from the app. */
  async start(params: Record<string, string> = {}): Promise<this> {
    this.asked = authorize(this.client, params);
    this.page = await this.browser.open(this.asked.url);
    return this;
  }

  async send(fields: Record<string, string>): Promise<this> {
    this.page = await this.browser.submit(this.page, fields);
    return this;
  }

  async password({ login }: TestPerson, password: string = PASSWORD): Promise<this> {
    return this.send({ login, password });
  }

  /** Another step of the same sign-in, by its address. */
  async goTo(step: string): Promise<this> {
    const [, , uid] = this.page.url.pathname.split('/');
    this.page = await this.browser.open(`${this.server.issuer}/interaction/${uid}/${step}`);
    return this;
  }

  /** Gives the next code of the authenticator, half a minute later. */
  async totp(person: TestPerson, fields: Record<string, string> = {}): Promise<this> {
    if (this.step !== 'totp') await this.goTo('totp');
    assert.equal(this.step, 'totp');
    this.server.clock.ahead += 30_000;
    return this.send({ code: person.code(), ...fields });
  }

  /** Has a code mailed, and gives it half a minute later. */
  async emailCode(person: TestPerson, fields: Record<string, string> = {}): Promise<this> {
    if (this.step !== 'email-code') await this.goTo('email-code');
    assert.equal(this.step, 'email-code');
    await this.send({ go: 'send' });
    assert.match(this.page.html, /data-sent="/u, this.notice);
    const code = await mailedCode(this.server, person);
    this.server.clock.ahead += 30_000;
    return this.send({ code, ...fields });
  }

  async oneTimeCode(
    { oneTimeCodes }: TestPerson,
    position: number,
    fields: Record<string, string> = {},
  ): Promise<this> {
    await this.goTo('one-time-codes');
    assert.equal(this.step, 'one-time-codes');
    this.server.clock.ahead += 30_000;
    return this.send({ code: oneTimeCodes[position] ?? '', ...fields });
  }

  /** Answers the page's challenge with the passkey, half a minute later; `alone`: it says whose it is. */
  async passkey({ key, synced }: Device, alone?: TestPerson): Promise<this> {
    await this.goTo('passkey');
    const options = /data-options="([^"]*)"/u.exec(this.page.html)?.[1];
    assert.ok(options !== undefined && this.step === 'passkey', this.page.html);
    const { challenge } = JSON.parse(unescapeHtml(options)) as { challenge: string };
    const handle = alone && Buffer.from(alone.person.id).toString('base64url');
    this.server.clock.ahead += 30_000;
    const ceremony = { challenge, origin: this.server.issuer, synced };
    return this.send({ go: 'submit', response: key.authenticate(ceremony, handle) });
  }

  /** Through the wizard of the authenticator app, to its last page; answers the new secret. */
  async enrolTotp(): Promise<string> {
    await this.goTo('totp-enrol/scan');
    const secret = /(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}/u.exec(this.page.html)?.[0].replaceAll(' ', '');
    assert.ok(secret, this.page.html);
    await this.send({ go: 'next' });
    await this.send({ go: 'submit', code: codeOf(secret, this.server.now()) });
    assert.equal(this.step, 'enrolled', this.notice);
    return secret;
  }

  /** Signs in with the authenticator, and trusts the computer that this is. */
  async trust(person: TestPerson): Promise<this> {
    await (await this.start()).password(person);
    await this.totp(person, { trust: 'yes' });
    assert.ok(this.back?.code, this.page.html);
    return this;
  }

  /** The next day's sign-in at the same computer, as far as the password. */
  async again(person: TestPerson, params: Record<string, string> = {}): Promise<this> {
    return (await this.forgetSession().start(params)).password(person);
  }

  get step(): string {
    return stepOf(this.page);
  }

  /** What the page says about the last submission, or ''. */
  get notice(): string {
    return /id="notice"[^>]*><p>([^<]*)/u.exec(this.page.html)?.[1] ?? '';
  }

  /** Back at the app; with a code unless an error is told. */
  get back(): { code: string | null; error: string | null } | undefined {
    const { href, searchParams } = this.page.url;
    if (!href.startsWith(this.client.redirectUri)) return undefined;
    return { code: searchParams.get('code'), error: searchParams.get('error') };
  }

  /** For how many days the page offers to trust the computer; 0: it doesn't. */
  get trustOffer(): number {
    const days = /<label for="trust">Trust this computer for (\d+) days?</u.exec(this.page.html);
    assert.equal(days !== null, this.page.html.includes('name="trust"'));
    return Number(days?.[1] ?? 0);
  }

  async tokens(): Promise<Record<string, string>> {
    assert.ok(this.back?.code, `${this.page.url} ${this.page.html.slice(0, 2000)}`);
    const answer = await exchange(this.client, this.asked, this.page.url);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return answer.body;
  }

  /** Redeems the code that the browser came back with; the ID token's claims. */
  async claims(): Promise<JWTPayload> {
    const { id_token: idToken } = await this.tokens();
    return verifyIdToken(this.client, String(idToken), this.asked.nonce);
  }

  /** Without any page, at this client or another one. */
  async silently(params: Record<string, string> = {}, client = this.client): Promise<this> {
    this.client = client;
    const { asked, callback } = await silently(client, this.browser, params);
    this.asked = asked;
    this.page = { url: callback, status: 303, html: '', headers: new Headers() };
    return this;
  }

  /** As after the end of a browser session: the session is gone, the computer is the same. */
  forgetSession(): this {
    for (const key of this.browser.jar.keys())
      if (key.startsWith('latchkey_session')) this.browser.jar.delete(key);
    return this;
  }
}

/** The newest code that was mailed to the person's secondary address. */
export async function mailedCode(
  server: Pick<PolicyServer, 'mailsTo'>,
  { login }: TestPerson,
): Promise<string> {
  const newest = (await server.mailsTo(`${login}@home.test`)).at(-1);
  const code = /^ *(\d{6})$/mu.exec(newest?.parsed.text ?? '')?.[1];
  assert.ok(code, newest?.parsed.text ?? 'no mail');
  return code;
}

/** A device with a passkey, which it keeps to itself unless it is `synced`. */
export interface Device {
  key: SoftwarePasskey;
  synced: boolean;
}

/** A passkey of the person's. */
export async function givePasskey(
  { store, vault, issuer, now }: Pick<TestServer, 'store' | 'vault' | 'issuer' | 'now'>,
  { person }: TestPerson,
  synced = false,
): Promise<Device> {
  const key = softwarePasskey(randomBytes(16).toString('base64url'));
  const challenge = randomBytes(32).toString('base64url');
  const response = key.register({ challenge, origin: issuer, synced });
  const expected = { issuer, challenge };
  const named = { response, name: 'Key' };
  const verdict = await verifyRegistration({ store, vault }, expected, named, now());
  assert.ok(verdict.verdict === 'accepted', JSON.stringify(verdict));
  const passkeys = [verdict.passkey];
  await changePerson(store, person.id, () => ({ set: { passkeys }, result: undefined }));
  return { key, synced };
}

export function refresh(
  client: Registration,
  { refresh_token: refreshToken = '' }: Record<string, string>,
): Promise<TokenAnswer> {
  return token(client, { grant_type: 'refresh_token', refresh_token: refreshToken });
}

/** The `claims` parameter that makes one of these `acr` values essential. */
export function essentialAcr(...values: string[]): string {
  return JSON.stringify({ id_token: { acr: { essential: true, values } } });
}

/** The value of a browser's cookie by the beginning of its name. */
export function cookieOf({ jar }: HttpBrowser, name: string): string {
  const found = [...jar.values()].find((cookie) => cookie.name.startsWith(name));
  assert.ok(found, [...jar.keys()].join(', '));
  return found.value;
}

/** Gives the one cookie whose name begins so another value. */
export function replaceCookie({ jar }: HttpBrowser, name: string, value: string): void {
  const found = [...jar].find(([, cookie]) => cookie.name.startsWith(name));
  assert.ok(found, [...jar.keys()].join(', '));
  jar.set(found[0], { ...found[1], value });
}
