/** Every change on the account page is recorded and mailed, once, and only once it was made. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { EventType } from '../../src/audit/event.ts';
import { memberOf, type Member } from '../support/account.ts';
import { eventsOf } from '../support/factors.ts';
import { createHttpBrowser } from '../support/http-browser.ts';
import { NO_MAIL_SERVER, outboxOf } from '../support/outbox.ts';
import type { Registration } from '../support/relying-party.ts';
import { PASSWORD, startTestServer, type TestServer } from '../support/server.ts';
import { signIn } from '../support/sign-in.ts';

let server: TestServer;
let webmail: Registration;
before(async () => {
  server = await startTestServer(NO_MAIL_SERVER);
  await server.setOrganisation({ mfa: 'optional', trustedDays: 30 });
  webmail = await server.addClient();
});
after(() => server.stop());

/** Has two factors and codes, and is signed in to the webmail elsewhere. */
async function newMember(): Promise<Member> {
  const options = { totp: true, email: true, oneTimeCodes: true };
  const member = memberOf(server, await server.addPerson({}, options));
  await signIn(webmail, member.person, { browser: createHttpBrowser(server.issuer) });
  await member.open('/account');
  return member;
}

/** The first link of a page that ends so. */
async function linkOn(member: Member, path: string, end: string): Promise<string> {
  const { html } = await member.open(path);
  const links = [...html.matchAll(/href="([^"]*)"/gu)].map(([, to]) => to ?? '');
  const found = links.find((to) => to.endsWith(end) && !to.includes('others'));
  assert.ok(found, `${path} ${end}`);
  return found;
}

interface Change {
  name: string;
  /** Where it is made. */
  at(member: Member): Promise<string>;
  fields?: Record<string, string>;
  event: EventType;
  /** The mail's `what`, or its template where it has one of its own. */
  mail: string;
}

const here = (path: string) => async (): Promise<string> => path;
const NEW = 'seven quiet harbours';
const CHANGES: readonly Change[] = [
  {
    name: 'an authenticator gets another name',
    at: async (m) => (await linkOn(m, '/account/two-step', '/replace')).replace(/\/replace$/u, ''),
    fields: { name: 'Phone' },
    event: 'factor.renamed',
    mail: 'totp-renamed',
  },
  {
    name: 'an authenticator is removed',
    at: async (m) =>
      (await linkOn(m, '/account/two-step', '/replace')).replace(/replace$/u, 'remove'),
    event: 'factor.removed',
    mail: 'totp-removed',
  },
  {
    name: 'two-step authentication is disabled',
    at: here('/account/two-step/disable'),
    event: 'mfa.disabled',
    mail: 'mfa-disabled',
  },
  {
    name: 'codes by mail are switched off',
    at: here('/account/two-step/email/off'),
    event: 'factor.removed',
    mail: 'email-mfa-off',
  },
  {
    name: 'new one-time codes are made',
    at: here('/account/two-step/codes/new'),
    event: 'one-time-codes.made',
    mail: 'one-time-codes-made',
  },
  {
    name: 'a trusted computer gets another name',
    at: async (m) => {
      m.browser.jar.delete('latchkey_session /');
      const asked = await m.browser.open(`${server.issuer}/account`);
      const box = await m.browser.submit(asked, { login: m.person.login, password: PASSWORD });
      server.clock.ahead += 30_000;
      await m.browser.submit(box, { code: m.person.code(), trust: 'yes' });
      return (await linkOn(m, '/account/computers', '/revoke')).replace(/\/revoke$/u, '');
    },
    fields: { name: 'Desk' },
    event: 'computer.renamed',
    mail: 'computer-renamed',
  },
  {
    name: 'other computers are no longer trusted',
    at: here('/account/computers/revoke-others'),
    event: 'computer.revoked',
    mail: 'computers-revoked',
  },
  {
    name: 'a passcode is made',
    at: here('/account/passcodes/new'),
    fields: { name: 'Phone', days: '0', imap: 'yes' },
    event: 'passcode.made',
    mail: 'passcode-made',
  },
  {
    name: 'the password is changed',
    at: here('/account/password/change'),
    fields: { present: PASSWORD, password: NEW, password_repeat: NEW },
    event: 'password.changed',
    mail: 'password-changed',
  },
  {
    name: 'the second address is removed',
    at: here('/account/password/address/remove'),
    event: 'address.removed',
    mail: 'address-changed',
  },
  {
    name: 'all other sessions end',
    at: here('/account/sessions/sign-out-others'),
    event: 'session.ended',
    mail: 'sessions-ended',
  },
  {
    name: 'an app loses its access',
    at: (m) => linkOn(m, '/account/sessions', '/withdraw'),
    event: 'access.withdrawn',
    mail: 'app-withdrawn',
  },
  {
    name: 'everything is ended',
    at: here('/account/not-me'),
    event: 'everything.ended',
    mail: 'everything-ended',
  },
];

describe('a change on the account page', () => {
  for (const { name, at, fields, event, mail } of CHANGES)
    it(`${name}: recorded and mailed once`, async () => {
      const member = await newMember();
      const told = async (): Promise<{ events: number; mails: number }> => {
        const events = await eventsOf(server, member.person);
        const mails = await outboxOf(server, member.person.person.email);
        return {
          events: events.filter(({ type, outcome }) => type === event && outcome === 'success')
            .length,
          mails: mails.filter(
            ({ template, values }) => (values['what'] ?? template) === mail || template === mail,
          ).length,
        };
      };
      const form = await member.open(await at(member));
      assert.deepEqual(await told(), { events: 0, mails: 0 }, 'looking at it changes nothing');
      const done = await member.submit(form, fields);
      assert.equal(done.status, 200, done.html);
      assert.deepEqual(await told(), { events: 1, mails: 1 });
    });
});
