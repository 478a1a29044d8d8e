/** What is measured. Every answer is checked, so that no error passes for a fast operation. */
import { send, unexpected } from './browser.ts';
import { asClient, tokens } from './relying-party.ts';
import { signIn } from './sign-in.ts';
import { silentSignOn, type Target, type User } from './target.ts';

export interface Operation {
  name: string;
  /** Does it need people with a live session? */
  users: boolean;
  /** Is it asked for all day by machines, so that it is measured at fixed rates too? */
  paced?: true;
  /**
   * Is each person good for one at a time only, until `renew` has been called? (An authenticator's
   * code is accepted once.)
   */
  renew?(target: Target): Promise<void>;
  /** Once. No two run at the same time for one user. */
  run(target: Target, user: User): Promise<void>;
}

/** Seconds that an authenticator's code lives (RFC 6238 §4.1), as milliseconds. */
const TOTP_STEP = 30_000;

/** What a mail server tells of the program that signs in to it. */
const FROM_DOVECOT = {
  'x-dovecot-auth-service': 'imap',
  'x-dovecot-auth-remote': '203.0.113.7:50123',
};

/** In the order in which they run: what moves a server's clock comes last. */
export const OPERATIONS: readonly Operation[] = [
  {
    name: 'silent-sso',
    users: true,
    async run(target, { cookies }) {
      await silentSignOn(target, target.ready.clients.web, cookies);
    },
  },
  {
    name: 'refresh',
    users: true,
    async run(target, user) {
      const form = { grant_type: 'refresh_token', refresh_token: user.refreshToken };
      const { spa } = target.ready.clients;
      const answer = await send(target, asClient(spa, target.endpoints.token, form));
      const { refresh_token: next } = tokens(answer);
      if (!next || next === user.refreshToken) throw unexpected('A refresh that rotates', answer);
      user.refreshToken = next;
    },
  },
  {
    name: 'client-credentials',
    users: false,
    async run(target) {
      const { service } = target.ready.clients;
      const form = { grant_type: 'client_credentials' };
      const answer = await send(target, asClient(service, target.endpoints.token, form));
      if (answer.status === 200 && answer.body.includes('"access_token":"')) return;
      throw unexpected('Client credentials', answer);
    },
  },
  {
    name: 'introspection',
    users: true,
    paced: true,
    async run(target, user) {
      const { web } = target.ready.clients;
      const form = { token: user.accessToken };
      const answer = await send(target, asClient(web, target.endpoints.introspection, form));
      if (answer.status === 200 && answer.body.includes('"active":true')) return;
      throw unexpected('Introspection', answer);
    },
  },
  {
    name: 'userinfo',
    users: true,
    async run(target, user) {
      const headers = { authorization: `Bearer ${user.accessToken}` };
      const answer = await send(target, { path: target.endpoints.userinfo, headers });
      if (answer.status === 200 && answer.body.includes(`"sub":"${user.sub}"`)) return;
      throw unexpected('Userinfo', answer);
    },
  },
  {
    name: 'passcode',
    users: true,
    paced: true,
    async run(target, { person }) {
      const { mail } = target.ready.clients;
      const { login: username, passcode: password } = person;
      const form = { grant_type: 'password', username, password, scope: 'mail' };
      const request = asClient(mail, '/mail/passcode', form);
      const headers = { ...request.headers, ...FROM_DOVECOT };
      const answer = await send(target, { ...request, headers });
      if (answer.status === 200 && answer.body.includes('"active":"true"')) return;
      throw unexpected('A passcode', answer);
    },
  },
  {
    name: 'discovery',
    users: false,
    async run(target) {
      const answer = await send(target, { path: '/.well-known/openid-configuration' });
      if (answer.status === 200 && answer.body.includes(`"issuer":"${target.ready.issuer}"`))
        return;
      throw unexpected('Discovery', answer);
    },
  },
  {
    name: 'password-totp',
    users: true,
    renew: (target) => target.advanceClock(TOTP_STEP),
    async run(target, { person }) {
      await signIn(target, target.ready.clients.web, person, new Map());
    },
  },
];
