/** Somebody gives their mail program a passcode, uses it, and revokes it: the page and the mail server's end. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { getPerson } from '../../src/records/person.ts';
import { assertAt, memberOf, saidOn, type Member } from '../support/account.ts';
import { eventsOf } from '../support/factors.ts';
import { focusOn, wrongOn } from '../support/forms.ts';
import type { HtmlPage } from '../support/http-browser.ts';
import { NO_MAIL_SERVER, outboxOf } from '../support/outbox.ts';
import type { Registration } from '../support/relying-party.ts';
import { PASSWORD, startTestServer, type TestServer } from '../support/server.ts';

const PASSCODES = '/account/passcodes';

let server: TestServer;
let dovecot: Registration;
before(async () => {
  server = await startTestServer(NO_MAIL_SERVER);
  dovecot = await server.addClient({ name: 'Dovecot', kind: 'mail', redirectUris: [] });
});
after(() => server.stop());

interface Asked {
  username: string;
  password: string;
  service?: string;
  remote?: string;
  fields?: Record<string, string>;
}

interface Answered {
  status: number;
  body: Record<string, string>;
  headers: Headers;
}

/** As Dovecot asks. */
async function ask({
  username,
  password,
  service = 'imap',
  remote,
  fields,
}: Asked): Promise<Answered> {
  const response = await fetch(`${server.issuer}/mail/passcode`, {
    method: 'POST',
    headers: {
      'x-dovecot-auth-service': service,
      'x-dovecot-auth-remote': remote ?? '203.0.113.7:50123',
    },
    body: new URLSearchParams({
      grant_type: 'password',
      username,
      password,
      client_id: dovecot.clientId,
      client_secret: dovecot.clientSecret,
      scope: 'mail',
      ...fields,
    }),
  });
  return {
    status: response.status,
    body: (await response.json()) as Record<string, string>,
    headers: response.headers,
  };
}

async function newMember(): Promise<Member> {
  return memberOf(server, await server.addPerson({}, { totp: true }));
}

const lettersOn = ({ html }: HtmlPage): string =>
  [...html.matchAll(/<code>([A-Z]{4})<\/code>/gu)].map(([, group]) => group).join(' ');

async function makePasscode(member: Member, fields: Record<string, string> = {}): Promise<string> {
  const form = await member.open(`${PASSCODES}/new`);
  const given = { name: 'Phone', days: '0', imap: 'yes', smtp: 'yes', ...fields };
  const page = await member.submit(form, given);
  assert.equal(page.status, 200, page.html);
  const letters = lettersOn(page);
  assert.match(letters, /^(?:[A-Z]{4} ){3}[A-Z]{4}$/u);
  return letters;
}

describe('an application passcode', () => {
  it('is made, shown once, used, seen in the table, and revoked', async () => {
    const member = await newMember();
    const { login, person } = member.person;
    const { html } = await member.open(PASSCODES);
    const headings = [...html.matchAll(/<th [^>]*>([^<]+)</gu)].map(([, words]) => words);
    assert.deepEqual(headings, ['Name', 'Created', 'Last used']);
    assert.match(html, /No results found\./u);
    const letters = await makePasscode(member);
    const stored = await server.stored();
    for (const form of [letters, letters.replaceAll(' ', '')]) assert.ok(!stored.includes(form));

    const answer = await ask({ username: login, password: letters });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    const { access_token: token, ...rest } = answer.body;
    assert.ok(token);
    assert.deepEqual(rest, {
      token_type: 'Bearer',
      expires_in: 60,
      active: 'true',
      username: login,
      email: person.email,
      scope: 'mail',
    });
    const list = await member.open(PASSCODES);
    assert.match(list.html, /Read mail \(IMAP\) · 203\.0\.113\.7/u);
    // Half of it: four letters are spelt by an id now and then.
    for (const half of [letters.slice(0, 9), letters.replaceAll(' ', '').slice(0, 8)])
      assert.ok(!list.html.includes(half));

    const path = /href="([^"]*\/revoke)"/u.exec(list.html)?.[1] ?? '';
    const done = await member.submit(await member.open(path));
    assertAt(done, PASSCODES);
    assert.equal(saidOn(done), '“Phone” has been revoked.');
    assert.equal(
      (await ask({ username: login, password: letters })).body['error'],
      'invalid_grant',
    );
    const types = (await eventsOf(server, member.person)).map(({ type }) => type);
    assert.ok(types.includes('passcode.made') && types.includes('passcode.revoked'));
    const mails = (await outboxOf(server, person.email)).map(({ values }) => values['what']);
    assert.ok(mails.includes('passcode-made') && mails.includes('passcode-revoked'));
  });

  it('is typed however people type it, with short and full names', async () => {
    const member = await newMember();
    const { login, person } = member.person;
    const letters = await makePasscode(member);
    const plain = letters.replaceAll(' ', '');
    for (const password of [
      plain,
      plain.toLowerCase(),
      letters.replaceAll(' ', '-'),
      ` ${letters} `,
    ])
      for (const username of [login, login.toUpperCase(), person.email, ` ${person.email} `]) {
        const { status, body } = await ask({ username, password });
        assert.equal(status, 200, `${username} ${password}`);
        assert.equal(body['username'], username.trim().toLowerCase());
        assert.equal(body['email'], person.email);
      }
  });

  it('does only what it was made for, only from where, only until when', async () => {
    const member = await newMember();
    const username = member.person.login;
    const fields = { imap: 'yes', smtp: '', networks: '192.0.2.0/24 2001:db8::/32', days: '7' };
    const password = await makePasscode(member, fields);
    const status = async (more: Partial<Asked>): Promise<number> =>
      (await ask({ username, password, remote: '192.0.2.9:1', ...more })).status;
    assert.equal(await status({}), 200);
    assert.equal(await status({ remote: '[2001:db8::5]:993' }), 200);
    assert.equal(await status({ remote: '::ffff:192.0.2.9:1' }), 200);
    for (const more of [
      { service: 'smtp' },
      { service: 'submission' },
      { service: '' },
      { remote: '198.51.100.1:1' },
      { remote: '' },
      { remote: 'nonsense' },
    ]) {
      assert.equal(await status(more), 400, JSON.stringify(more));
      server.clock.ahead += 60_000;
    }
    server.clock.ahead += 7 * 86_400_000;
    assert.equal(await status({}), 400);
    const refusals = await eventsOf(server, member.person);
    const reasons = refusals
      .filter(({ type }) => type === 'passcode.refused')
      .flatMap((e) => e.reasons);
    for (const reason of ['protocol', 'network', 'expired'])
      assert.ok(reasons.includes(reason), reason);
  });

  it('tells its owner, once a day, when two networks take turns with it', async () => {
    const member = await newMember();
    const username = member.person.login;
    const password = await makePasscode(member);
    const mails = async (): Promise<number> =>
      (await outboxOf(server, member.person.person.email)).filter(
        ({ values }) => values['what'] === 'passcode-shared',
      ).length;
    for (const [remote, told] of [
      ['192.0.2.1:1', 0],
      ['198.51.100.1:1', 0],
      ['192.0.2.1:1', 1],
      ['198.51.100.1:1', 1],
    ] as const) {
      assert.equal((await ask({ username, password, remote })).status, 200);
      assert.equal(await mails(), told, remote);
      server.clock.ahead += 61_000;
    }
  });

  it('ends with the password', async () => {
    const member = await newMember();
    const username = member.person.login;
    const password = await makePasscode(member);
    const wanted = 'seven quiet harbours';
    const form = await member.open('/account/password/change');
    await member.submit(form, { present: PASSWORD, password: wanted, password_repeat: wanted });
    assert.equal((await ask({ username, password })).status, 400);
    assert.deepEqual((await getPerson(server.store, member.person.person.id))?.passcodes, []);
  });

  it('says what is wrong with the form, and keeps the rest', async () => {
    const member = await newMember();
    const form = await member.open(`${PASSCODES}/new`);
    const answer = await member.submit(form, {
      name: 'Tablet',
      days: '30',
      networks: 'everywhere',
    });
    assert.equal(answer.status, 400);
    for (const said of [/value="Tablet"/u, /Choose at least one/u, /aren’t networks/u])
      assert.match(answer.html, said);
    assert.deepEqual([wrongOn(answer), focusOn(answer)], [['protocols', 'networks'], ['imap']]);
    const first = await member.submit(form, { name: ' ', days: '0', networks: 'x' });
    assert.deepEqual(wrongOn(first), ['name', 'protocols', 'networks']);
    assert.deepEqual(focusOn(first), ['name']);
  });

  it('there are twenty-five at most, however many are made at once', async () => {
    const member = await newMember();
    const form = await member.open(`${PASSCODES}/new`);
    const all = Array.from({ length: 30 }, (_, n) =>
      member.submit(form, { name: `P${n}`, days: '0', imap: 'yes' }),
    );
    const made = (await Promise.all(all)).filter((page) => lettersOn(page) !== '');
    assert.equal(made.length, 25);
    assert.equal((await getPerson(server.store, member.person.person.id))?.passcodes.length, 25);
  });

  it('somebody else’s is unknown, on the page and with their name', async () => {
    const [victim, member] = [await newMember(), await newMember()];
    const password = await makePasscode(victim);
    const path = /href="([^"]*\/revoke)"/u.exec((await victim.open(PASSCODES)).html)?.[1] ?? '';
    await member.open(PASSCODES);
    assert.equal((await member.open(path)).status, 404);
    assert.equal((await ask({ username: member.person.login, password })).status, 400);
    assert.equal((await ask({ username: victim.person.login, password })).status, 200);
  });
});

describe('the main password at the mail server', () => {
  it('is refused as soon as there is a second factor, or one is required', async () => {
    const member = await newMember();
    const none = await server.addPerson();
    for (const username of [member.person.login, none.login])
      assert.equal((await ask({ username, password: PASSWORD })).body['error'], 'invalid_grant');
    await server.setOrganisationMfa('optional');
    assert.equal((await ask({ username: none.login, password: PASSWORD })).status, 200);
    assert.equal((await ask({ username: member.person.login, password: PASSWORD })).status, 400);
    await server.setOrganisationMfa('required');
  });

  it('wrong, it waits, and never locks the passcode or the sign-in', async () => {
    const member = await newMember();
    const username = member.person.login;
    const password = await makePasscode(member);
    const answers: Answered[] = [];
    for (let n = 0; n < 8; n += 1) answers.push(await ask({ username, password: `wrong ${n}` }));
    assert.deepEqual(
      answers.slice(0, 5).map(({ body }) => body['error']),
      Array.from({ length: 5 }, () => 'invalid_grant'),
    );
    const last = answers.at(-1);
    assert.equal(last?.status, 429);
    assert.ok(Number(last.headers.get('retry-after')) > 0);
    assert.equal((await ask({ username, password })).status, 200);
    assertAt(await memberOf(server, member.person).open('/account'), '/account');
  });

  it('tells nothing of who there is: unknown, disabled, without a passcode', async () => {
    const disabled = await server.addPerson();
    const { changePerson } = await import('../../src/records/person.ts');
    await changePerson(server.store, disabled.person.id, () => ({
      set: { active: false },
      result: undefined,
    }));
    const present = await newMember();
    const answers = await Promise.all(
      ['nobody', disabled.login, present.person.login].map((username) =>
        ask({ username, password: 'ABCDEFGHIJKLMNOP' }),
      ),
    );
    const [first] = answers;
    for (const { status, body } of answers)
      assert.deepEqual([status, body], [first?.status, first?.body]);
    assert.equal(first?.body['error'], 'invalid_grant');
  });
});

describe('whoever asks', () => {
  const send = (init: RequestInit): Promise<Response> =>
    fetch(`${server.issuer}/mail/passcode`, { method: 'POST', ...init });

  it('must be a registered mail server, by Basic or by form', async () => {
    const member = await newMember();
    const username = member.person.login;
    const password = await makePasscode(member);
    const webmail = await server.addClient();
    for (const fields of [
      { client_secret: 'wrong' },
      { client_secret: '' },
      { client_id: 'unknown' },
      { client_id: webmail.clientId, client_secret: webmail.clientSecret },
    ]) {
      const { status, body } = await ask({ username, password, fields });
      assert.deepEqual([status, body['error']], [401, 'invalid_client']);
    }
    const basic = Buffer.from(`${dovecot.clientId}:${dovecot.clientSecret}`).toString('base64');
    const body = new URLSearchParams({ grant_type: 'password', username, password });
    const headers = { authorization: `Basic ${basic}`, 'x-dovecot-auth-service': 'imap' };
    const answer = await send({ headers, body });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.getSetCookie().length, 0);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
  });

  it('is told of a bad request, never of a wrong passcode, whatever is sent', async () => {
    const json = { 'content-type': 'application/json' };
    assert.equal((await send({ headers: json, body: '{"username":{"$ne":null}}' })).status, 400);
    const large = new URLSearchParams({ password: 'x'.repeat(10_000_000) });
    assert.equal((await send({ body: large })).status, 400);
    for (const fields of [{ grant_type: 'client_credentials' }, { username: 'x'.repeat(5000) }]) {
      const { status, body } = await ask({ username: 'a', password: 'b', fields });
      assert.equal(status, 400);
      assert.notEqual(body['error'], 'invalid_grant');
    }
    for (const username of ['', '\0', '{"$ne":null}', '../../x'])
      assert.equal((await ask({ username, password: '' })).status, 400);
  });

  it('does not find the password grant at the token endpoint', async () => {
    const discovery = await fetch(`${server.issuer}/.well-known/openid-configuration`);
    const { grant_types_supported: grants } = (await discovery.json()) as Record<string, string[]>;
    assert.ok(grants && !grants.includes('password'));
  });
});
