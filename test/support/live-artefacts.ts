/** Everything that can end, alive, of one person: in three browsers, at three apps, and beside them. */
import assert from 'node:assert/strict';
import { makeLink } from '../../src/records/link.ts';
import { changePerson, getPerson, type Person } from '../../src/records/person.ts';
import { givePasscode } from './passcodes.ts';
import { ACR } from '../../src/policy/factors.ts';
import { clientMetadata, getClient } from '../../src/oidc/clients/clients.ts';
import { consentId, consentCollection } from '../../src/records/consent.ts';
import { withOrganisation } from '../../src/oidc/authorization/with-organisation.ts';
import { getConsent } from '../../src/oidc/authorization/consents.ts';
import type { Column } from '../../src/policy/revocation/what-can-end.ts';
import { memberOf, type Member } from './account.ts';
import { askForDevice, enter, poll } from './device.ts';
import { createHttpBrowser, type HtmlPage, type HttpBrowser } from './http-browser.ts';
import { mailedCode, refresh, Visitor, type PolicyServer } from './policy.ts';
import {
  authorize,
  exchange,
  post,
  type Authorization,
  type Registration,
} from './relying-party.ts';
import { PASSWORD, type PersonOptions, type TestPerson } from './server.ts';
import { silently, stepOf } from './sign-in.ts';

/**
 * `here`: where the person acts. `there`: another browser, signed in with the authenticator. `trusting`: one
 * whose session rests on the trust in its computer. All three computers are trusted.
 */
export const SEATS = ['here', 'there', 'trusting'] as const;
export type Seat = (typeof SEATS)[number];
export type App = 'webmail' | 'partner' | 'mobile' | 'tv';

export interface Artefact {
  name: string;
  column: Column;
  /** Whose browser or computer it is of; absent: of none. */
  seat?: Seat;
  app?: App;
  /** Does it rest on the trust in the computer `trusting`? */
  rests?: true;
  /** Does it last for a minute or some, so that it is gone by itself after hours? */
  brief?: true;
  access?: true;
  /** Of two passcodes, the one that an act may be about. */
  named?: true;
  /** Some are used up by the look, if they were alive. */
  isAlive(): Promise<boolean>;
  /** The same after hours, when nobody may look at it without proofs that are fresh. */
  isKept?(): Promise<boolean>;
}

export interface Live {
  server: PolicyServer;
  person: TestPerson;
  /** The password that is right now. */
  password: { now: string };
  member: Member;
  browsers: Record<Seat, HttpBrowser>;
  apps: Record<App, Registration>;
  artefacts: Artefact[];
}

export interface Fixed {
  /** Where sessions are looked at: it is open to everybody, and nothing happens to it. */
  probe: Registration;
  mail: Registration;
}

const AGENTS: Readonly<Record<Seat, string>> = {
  here: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Firefox/140.0',
  there: 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Firefox/140.0',
  trusting: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0',
};
export const NATIVE_REDIRECT = 'com.example.mobile:/callback';
const OFFLINE = { scope: 'openid email offline_access' };
/** The one that asks for consent. */
export const PARTNER = { name: 'Partner', firstParty: false, offlineAccess: true } as const;

export async function arrange(
  server: PolicyServer,
  fixed: Fixed,
  options: PersonOptions = { totp: true, email: true, oneTimeCodes: true },
): Promise<Live> {
  const person = await server.addPerson({}, options);
  const apps = {
    webmail: await server.addClient({ offlineAccess: true }),
    partner: await server.addClient(PARTNER),
    mobile: await server.addClient({
      name: 'Mobile',
      kind: 'native',
      redirectUris: [NATIVE_REDIRECT],
    }),
    tv: await server.addClient({ name: 'TV', kind: 'device', redirectUris: [] }),
  };
  const browsers = {} as Record<Seat, HttpBrowser>;
  for (const seat of SEATS) {
    browsers[seat] = createHttpBrowser(server.issuer, { 'user-agent': AGENTS[seat] });
    const visitor = await new Visitor(server, apps.webmail, browsers[seat]).trust(person);
    if (seat === 'trusting') assert.ok((await visitor.again(person)).back?.code);
  }
  const member = memberOf(server, person, browsers.here);
  await member.open('/account');
  const live = {
    server,
    person,
    password: { now: PASSWORD },
    member,
    browsers,
    apps,
    artefacts: [] as Artefact[],
  };
  const held = await Promise.all([
    pendingSetUp(live),
    passcodes(live, fixed.mail),
    passwordLink(live),
    options.email ? mailedHalfSignIn(live, fixed.probe) : [],
  ]);
  // Codes last for a minute only, so they come last.
  live.artefacts.push(...held.flat(), ...(await ofSeats(live, fixed.probe)), await consentOf(live));
  return live;
}

const WEB = ['webmail', 'partner'] as const;

async function ofSeats(live: Live, probe: Registration): Promise<Artefact[]> {
  const held: Artefact[] = [];
  for (const seat of SEATS) {
    const apps = seat === 'there' ? (['webmail', 'partner', 'mobile'] as const) : WEB;
    for (const app of apps) held.push(...(await ofApp(live, seat, app)));
    if (seat !== 'here') held.push(await deviceCodeOf(live, seat));
    held.push(sessionOf(live, seat, probe), computerOf(live, seat, probe));
  }
  return held;
}

const resting = (seat: Seat): { rests: true } | object =>
  seat === 'trusting' ? { rests: true as const } : {};

async function ofApp(live: Live, seat: Seat, app: App): Promise<Artefact[]> {
  const client = live.apps[app];
  const of = { seat, app, ...resting(seat) };
  const { asked, callback } = await authorized(client, live.browsers[seat]);
  const { body } = await exchange(client, asked, callback);
  assert.ok(body['refresh_token'], JSON.stringify(body));
  let newest = body;
  const offline = await offlineOf(live, seat, app);
  const codes = {
    'authorization code': await authorized(client, live.browsers[seat]),
    'authorization code for offline access': await authorized(client, live.browsers[seat], OFFLINE),
  };
  return [
    {
      ...of,
      name: 'refresh token',
      column: 'access',
      async isAlive() {
        const answer = await refresh(live.apps[app], newest);
        if (answer.status === 200) newest = { ...newest, ...answer.body };
        return answer.status === 200;
      },
    },
    {
      ...of,
      name: 'access token',
      column: 'access',
      access: true,
      isAlive: () => accessIsAlive(live.apps[app], String(body['access_token'])),
    },
    offline,
    ...Object.entries(codes).map(([name, { asked: by, callback: back }]): Artefact => ({
      ...of,
      name,
      column: 'underWay',
      brief: true,
      isAlive: async () => (await exchange(live.apps[app], by, back)).status === 200,
    })),
  ];
}

/** Introspection and userinfo say the same. */
async function accessIsAlive(client: Registration, token: string): Promise<boolean> {
  const looked = await post(client, '/token/introspection', { token });
  const headers = { authorization: `Bearer ${token}` };
  const userinfo = await fetch(`${client.issuer}/me`, { headers });
  const active = looked.body['active'] === (true as unknown);
  assert.equal(userinfo.status, active ? 200 : 401, JSON.stringify(looked.body));
  return active;
}

/** In a session that is there; native apps, and the one that asks for consent, are let in on the page. */
async function authorized(
  client: Registration,
  browser: HttpBrowser,
  params: Record<string, string> = {},
): Promise<{ asked: Authorization; callback: URL }> {
  const asked = authorize(client, params);
  const page = await browser.open(asked.url);
  const consent = stepOf(page) === 'consent';
  const back = consent ? await browser.submit(page, { decision: 'allow' }) : page;
  assert.ok(back.url.searchParams.has('code'), back.html.slice(0, 2000));
  return { asked, callback: back.url };
}

async function offlineOf(live: Live, seat: Seat, app: App): Promise<Artefact> {
  const client = live.apps[app];
  const { asked, callback } = await authorized(client, live.browsers[seat], OFFLINE);
  const { body } = await exchange(client, asked, callback);
  assert.ok(body['refresh_token'], JSON.stringify(body));
  let newest = body;
  return {
    name: 'refresh token for offline access',
    column: 'offline',
    seat,
    app,
    ...resting(seat),
    async isAlive() {
      const answer = await refresh(live.apps[app], newest);
      if (answer.status === 200) newest = { ...newest, ...answer.body };
      return answer.status === 200;
    },
  };
}

/** Somebody has let a device in that has not asked since. */
async function deviceCodeOf({ server, apps, browsers }: Live, seat: Seat): Promise<Artefact> {
  const asked = await askForDevice(apps.tv);
  const page = await enter(browsers[seat], server.issuer, asked.userCode);
  const done = await browsers[seat].submit(page, { go: 'confirm' });
  assert.equal(done.url.pathname, '/device/done', done.html.slice(0, 2000));
  return {
    name: 'device code',
    column: 'underWay',
    seat,
    app: 'tv',
    brief: true,
    ...resting(seat),
    isAlive: async () => (await poll(apps.tv, asked)).status === 200,
  };
}

/** As the provider reads it, at each request. */
async function consentOf({ server, person, apps }: Live): Promise<Artefact> {
  const { clientId } = apps.partner;
  // The command line knows the real time only, as does the library when it dates a grant.
  const id = consentId(person.person.id, clientId);
  await server.store.update(consentCollection, id, (consent) => {
    assert.ok(consent);
    return { put: { ...consent, grantedAt: Date.now() }, result: undefined };
  });
  const isAlive = async (): Promise<boolean> => {
    const owner = await getPerson(server.store, person.person.id);
    const client = await getClient(server.store, clientId);
    if (!owner || !client) return false;
    const who = await withOrganisation(server.store, owner);
    const parties = { ...who, clientId, client: clientMetadata(client) };
    return (await getConsent(server.store, parties)) !== undefined;
  };
  return { name: 'consent', column: 'consents', app: 'partner', isAlive };
}

/** With the cookies of the browser, which an answer may take away. */
function copyOf(server: PolicyServer, from: HttpBrowser): HttpBrowser {
  const copy = createHttpBrowser(server.issuer);
  copy.steal(from, () => true);
  return copy;
}

function sessionOf({ server, browsers }: Live, seat: Seat, probe: Registration): Artefact {
  return {
    name: 'session',
    column: 'sessions',
    seat,
    ...resting(seat),
    async isAlive() {
      const { callback } = await silently(probe, copyOf(server, browsers[seat]));
      return callback.searchParams.has('code');
    },
  };
}

/** Does it stand in for the factor, without the session? */
function computerOf(live: Live, seat: Seat, probe: Registration): Artefact {
  const { server, browsers, person, password } = live;
  return {
    name: 'trusted computer',
    column: 'computers',
    seat,
    async isAlive() {
      const visitor = new Visitor(server, probe, copyOf(server, browsers[seat]));
      await (await visitor.forgetSession().start()).password(person, password.now);
      // So that the newest token is where it belongs.
      browsers[seat].steal(visitor.browser, (name) => name.includes('computer'));
      return (
        typeof visitor.back?.code === 'string' && (await visitor.claims())['acr'] === ACR.trusted
      );
    },
  };
}

async function passcodes(live: Live, mail: Registration): Promise<Artefact[]> {
  const { server, person } = live;
  const made: Artefact[] = [];
  for (const name of ['Phone', 'Laptop']) {
    const letters = await givePasscode(server, person.person, name);
    made.push({
      name: `passcode ${name}`,
      column: 'passcodes',
      ...(name === 'Phone' ? { named: true } : {}),
      isAlive: () => mailAccepts(mail, person, letters),
    });
  }
  return made;
}

async function mailAccepts(
  { issuer, clientId, clientSecret }: Registration,
  { login }: TestPerson,
  password: string,
): Promise<boolean> {
  const response = await fetch(`${issuer}/mail/passcode`, {
    method: 'POST',
    headers: { 'x-dovecot-auth-service': 'imap', 'x-dovecot-auth-remote': '203.0.113.7:50123' },
    body: new URLSearchParams({
      grant_type: 'password',
      username: login,
      password,
      client_id: clientId,
      client_secret: clientSecret,
    }),
  });
  assert.ok([200, 400].includes(response.status), String(response.status));
  return response.status === 200;
}

async function passwordLink({ server, person }: Live): Promise<Artefact[]> {
  const { id } = person.person;
  const { epoch = 0 } = (await getPerson(server.store, id)) ?? {};
  const purpose = { purpose: 'set-password', person: id, epoch } as const;
  const token = await makeLink(server, purpose, 86_400, server.now());
  const url = `${server.issuer}/set-password?token=${token}`;
  const isAlive = async (): Promise<boolean> =>
    (await createHttpBrowser(server.issuer).open(url)).status === 200;
  return [{ name: 'password link', column: 'underWay', isAlive }];
}

/** Somebody has given the password in a fourth browser, and has been mailed a code. */
async function mailedHalfSignIn(
  { server, person }: Live,
  probe: Registration,
): Promise<Artefact[]> {
  const waiting = await (await new Visitor(server, probe).start()).password(person);
  await waiting.goTo('email-code');
  await waiting.send({ go: 'send' });
  const code = await mailedCode(server, person);
  const isAlive = async (): Promise<boolean> => {
    await waiting.send({ code });
    return typeof waiting.back?.code === 'string';
  };
  return [{ name: 'sign-in with a code by mail', column: 'underWay', brief: true, isAlive }];
}

/** The wizard shows the same secret again, and it is still the person's pending one. */
async function pendingSetUp({ server, person, member, browsers }: Live): Promise<Artefact[]> {
  const begun = await member.open('/account/two-step/set-up/totp');
  assert.match(stepOf(begun), /^totp-enrol/u, begun.html.slice(0, 2000));
  const scan = new URL(
    `/interaction/${begun.url.pathname.split('/')[2]}/totp-enrol/scan`,
    begun.url,
  );
  const secret = secretOn(await browsers.here.open(scan));
  assert.ok(secret);
  const pendingId = async (): Promise<string | undefined> =>
    (await getPerson(server.store, person.person.id))?.pendingAuthenticator?.id;
  const id = await pendingId();
  const isKept = async (): Promise<boolean> => (await pendingId()) === id;
  const isAlive = async (): Promise<boolean> => {
    const shown = secretOn(await browsers.here.open(scan)) === secret;
    assert.equal(shown, await isKept(), 'page and document agree');
    return shown;
  };
  return [{ name: 'pending authenticator', column: 'setUp', seat: 'here', isAlive, isKept }];
}

export const secretOn = ({ html }: HtmlPage): string | undefined =>
  /(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}/u.exec(html)?.[0].replaceAll(' ', '');

/** Straight in the store. */
export function setFields({ server, person }: Live, fields: Partial<Person>): Promise<void> {
  return changePerson(server.store, person.person.id, () => ({ set: fields, result: undefined }));
}
