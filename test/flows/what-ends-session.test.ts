/** The table of what ends when, walked by HTTP: sessions, trusted computers, and passcodes. */
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { listComputers, trustedComputerCollection } from '../../src/devices/trusted-computer.ts';
import {
  DEVICE_CAUSES,
  SESSION_CAUSES,
  type DeviceCause,
  type SessionCause,
} from '../../src/policy/revocation/session-causes.ts';
import { createHttpBrowser } from '../support/http-browser.ts';
import type { Live, Seat } from '../support/live-artefacts.ts';
import { Visitor } from '../support/policy.ts';
import { silently } from '../support/sign-in.ts';
import { linksOn, press, useWalk, type Act } from '../support/what-ends.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;
const at = useWalk();

const subject = { seat: 'there' } as const;
const SESSION_ACTS: Record<SessionCause, Act> = {
  'session-ended': {
    subject,
    does: (live) => pressFirst(live, '/account/sessions', 'Firefox on macOS', /\/sign-out$/u),
  },
  'other-sessions-ended': { does: (live) => press(live, '/account/sessions/sign-out-others') },
  'signed-out': { subject, does: (live) => signOut(live, { logout: 'yes' }) },
  'app-left': { subject: { seat: 'there', app: 'webmail' }, does: (live) => signOut(live, {}) },
  idle: {
    subject,
    ages: true,
    async does(live) {
      await pass(live, 5 * HOUR, ['here', 'trusting']);
      await pass(live, 3 * HOUR + MINUTE, []);
    },
  },
  'too-old': {
    subject,
    ages: true,
    async does(live) {
      await pass(live, 6 * HOUR, ['here', 'there', 'trusting']);
      for (const seat of ['here', 'trusting'] as const) await signInAgain(live, seat);
      await pass(live, 4 * HOUR + MINUTE, []);
    },
  },
  'consent-withdrawn': {
    subject: { app: 'partner' },
    does: (live) => press(live, `/account/sessions/apps/${live.apps.partner.clientId}/withdraw`),
  },
};

const DEVICE_ACTS: Record<DeviceCause, Act> = {
  'trust-revoked': {
    subject: { seat: 'trusting' },
    does: (live) => pressFirst(live, '/account/computers', 'Firefox on Linux', /\/revoke$/u),
  },
  'other-trust-revoked': { does: (live) => press(live, '/account/computers/revoke-others') },
  'trust-expired': { subject: { seat: 'trusting' }, does: expireTrust },
  'trust-stolen': { subject: { seat: 'trusting' }, does: steal },
  'passcode-revoked': {
    does: (live) => pressFirst(live, '/account/passcodes', 'Phone', /\/revoke$/u),
  },
};

/** The link that ends so and belongs to the first thing of that name on the page. */
async function pressFirst(live: Live, path: string, name: string, ending: RegExp): Promise<void> {
  const { html } = await live.member.open(path);
  const about = html.slice(html.indexOf(`>${name}<`));
  const [, link = ''] =
    [...about.matchAll(/href="([^"]*)"/gu)].find(([, to = '']) => ending.test(to)) ?? [];
  assert.ok((await linksOn(live, path, ending)).includes(link), `${name}: ${link}`);
  await press(live, link);
}

/** At the webmail's wish; without `logout` the person stays signed in here. */
async function signOut({ server, browsers, apps }: Live, fields: Record<string, string>) {
  const { clientId } = apps.webmail;
  const url = `${server.issuer}/session/end?client_id=${clientId}`;
  await browsers.there.submit(await browsers.there.open(url), fields);
}

/** Time goes by; afterwards these sessions are used. */
async function pass(live: Live, time: number, used: readonly Seat[]): Promise<void> {
  live.server.clock.ahead += time;
  for (const seat of used) {
    const { callback } = await silently(live.apps.partner, live.browsers[seat]);
    assert.ok(callback.searchParams.has('code'), `${seat} ${callback}`);
  }
}

/** In the same session, which is as old as that then. */
async function signInAgain({ server, apps, browsers, person }: Live, seat: Seat): Promise<void> {
  const visitor = new Visitor(server, apps.partner, browsers[seat]);
  await (await visitor.start({ prompt: 'login' })).password(person);
  assert.ok(visitor.back?.code, visitor.notice);
}

/** Thirty days would end all the rest as well. */
async function expireTrust({ server, person }: Live): Promise<void> {
  const all = await listComputers(server, person.person.id);
  const trusting = all.find(({ browser }) => browser === 'Firefox on Linux');
  assert.ok(trusting);
  const expiresAt = server.now() + MINUTE / 2;
  await server.store.put(trustedComputerCollection, trusting.id, { ...trusting, expiresAt });
  server.clock.ahead += MINUTE / 2;
}

/** A copy of the cookie goes on, and then the old one comes again. */
async function steal({ server, apps, browsers, person }: Live): Promise<void> {
  const copy = (from = browsers.trusting): Visitor => {
    const browser = createHttpBrowser(server.issuer);
    browser.steal(from, (name) => !name.includes('session'));
    return new Visitor(server, apps.partner, browser);
  };
  const [owner, thief] = [copy(), copy()];
  for (let round = 0; round < 2; round += 1)
    assert.ok((await owner.again(person)).back?.code, 'trusted still');
  assert.equal((await thief.again(person)).step, 'totp');
}

describe('what ends with a session when', () => {
  for (const cause of Object.keys(SESSION_CAUSES) as SessionCause[])
    at.walk(cause, SESSION_ACTS[cause]);
});

describe('what ends with the trust in a computer, or with a passcode, when', () => {
  for (const cause of Object.keys(DEVICE_CAUSES) as DeviceCause[])
    at.walk(cause, DEVICE_ACTS[cause]);
});
