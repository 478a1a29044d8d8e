/**
 * The webmail of examples/webmail, with the real software: Roundcube, Dovecot and Postfix behind Latchkey. A
 * browser goes through Roundcube, and raw sockets are the mail programs.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { addPasscode, revokePasscode } from '../../src/operations/account/passcodes.ts';
import { PROTOCOLS, type Protocol } from '../../src/records/passcode.ts';
import { changePerson, getPerson } from '../../src/records/person.ts';
import { valueOf } from '../../src/result.ts';
import { clientCollection, type ClientRecord } from '../../src/records/client.ts';
import { newPerson, openBrowser, type Person } from '../support/browser.ts';
import { byOperator } from '../support/by-operator.ts';
import { newProofKey, tokenWithProof } from '../support/dpop.ts';
import { post, token } from '../support/relying-party.ts';
import { operatorPerformed } from '../../src/audit/performed.ts';
import { disablePerson } from '../../src/operations/people/disable-person.ts';
import { updatePerson, type PersonUpdate } from '../../src/operations/people/update-person.ts';
import { PASSWORD, type TestPerson } from '../support/server.ts';
import { doingAt, endOtherSessions, endingParts, withdrawAccess } from '../support/sessions.ts';
import { signIn } from '../support/sign-in.ts';
import {
  byPasscode,
  byToken,
  signInByToken,
  submission,
  talkTo,
  type Door,
} from './mail-sockets.ts';
import { arrives, compose, PATIENCE, quiet } from './roundcube.ts';
import { startWebmail, type Webmail } from './setting.ts';

const MAIL = { scope: 'openid email mail' };
const DOORS: Record<Protocol, Door[]> = {
  imap: ['imap'],
  pop3: ['pop3'],
  sieve: ['sieve'],
  smtp: ['smtp', 'postfix'],
};

let webmail: Webmail;
let chromium: Browser;
before(async () => {
  webmail = await startWebmail();
  chromium = await openBrowser();
});
after(async () => {
  await chromium?.close();
  const said = await webmail?.log('dovecot');
  await webmail?.remove();
  assert.doesNotMatch(said ?? '', /Panic|Fatal/u);
});

const here = () => ({ ...webmail.server(), now: webmail.now, clock: webmail.clock });
/** As if it had always been so: every process sees it half a second later. */
async function change(client: string, to: Partial<ClientRecord>): Promise<void> {
  await here().store.update(clientCollection, client, (stored) => {
    if (!stored) throw new Error(`There is no client ${client}.`);
    return { put: { ...stored, ...to }, result: undefined };
  });
  webmail.clock.ahead += 1000;
}

const addressOf = ({ person }: TestPerson): string => person.email;

async function someone(login: string): Promise<TestPerson> {
  return webmail.addPerson({ login, email: `${login}@example.test` }, { totp: true });
}

async function passcodeOf(
  { person: { id } }: TestPerson,
  protocols: Protocol[],
): Promise<{ id: string; letters: string }> {
  const person = (await getPerson(here().store, id)) ?? assert.fail(id);
  const input = { name: 'Phone', protocols, networks: [], days: '0' as const };
  return valueOf(await addPasscode(endingParts(here()), doingAt(here(), person), person, input));
}

const at = (door: Door, person: TestPerson, passcode: string) =>
  byPasscode(webmail.ports, door, addressOf(person), passcode);

describe('an application passcode', () => {
  it('opens the protocols that it is for, and no other', async () => {
    const found = await Promise.all(
      PROTOCOLS.map(async (given) => {
        // Each owner has a counter of wrong ones.
        const person = await someone(`paula-${given}`);
        const { letters } = await passcodeOf(person, [given]);
        const tries = PROTOCOLS.flatMap((used) => DOORS[used].map((door) => ({ used, door })));
        return Promise.all(
          tries.map(async ({ used, door }) => {
            const verdict = await at(door, person, letters);
            return `${given} at ${door}: ${verdict} ${given === used}`;
          }),
        );
      }),
    );
    for (const line of found.flat()) assert.match(line, /: (?:in true|refused false)$/u);
  });

  it('opens by the login name too, however it is written, and leads to one mailbox', async () => {
    const person = await someone('Petra');
    const { letters } = await passcodeOf(person, ['imap']);
    for (const user of ['petra', 'PETRA', 'Petra@Example.test']) {
      const verdict = await byPasscode(webmail.ports, 'imap', user, letters.toLowerCase());
      assert.equal(verdict, 'in', user);
    }
  });

  for (const door of Object.values(DOORS).flat())
    it(`is refused when it is wrong, revoked or empty at ${door}, and the next one is heard`, async () => {
      const person = await someone(`pia-${door}`);
      const revoked = await passcodeOf(person, [...PROTOCOLS]);
      const good = await passcodeOf(person, [...PROTOCOLS]);
      const stored = (await getPerson(here().store, person.person.id)) ?? assert.fail();
      const doing = doingAt(here(), stored);
      valueOf(await revokePasscode(endingParts(here()), doing, stored, revoked.id));
      // POP3 has no empty password: its line is no command then.
      const empty = door === 'pop3' ? [] : [''];
      const bad = ['ABCD EFGH IJKL MNOP', revoked.letters, PASSWORD, ...empty];
      const found = await Promise.all(bad.map((passcode) => at(door, person, passcode)));
      assert.deepEqual(
        found,
        bad.map(() => 'refused'),
      );
      assert.equal(await at(door, person, good.letters), 'in');
    });
});

describe('Roundcube', () => {
  it('takes no name and passcode by a POST to the form that it hides', async () => {
    const person = await someone('paul');
    const { letters } = await passcodeOf(person, [...PROTOCOLS]);
    const cookies = new Map<string, string>();
    const send = async (fields: Record<string, string>): Promise<string> => {
      const answer = await fetch(`${webmail.url}/?_task=login`, {
        method: 'POST',
        redirect: 'manual',
        headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
        body: new URLSearchParams({ _task: 'login', _action: 'login', ...fields }),
      });
      for (const line of answer.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/u.exec(line) ?? [];
        cookies.set(name, value);
      }
      return `${answer.status} ${answer.headers.get('location')} ${await answer.text()}`;
    };
    const first = await send({});
    const formToken = /"request_token":"(\w+)"/u.exec(first)?.[1] ?? assert.fail(first);
    const [_user, _pass] = [addressOf(person), letters];
    const answer = await send({ _token: formToken, _user, _pass });
    assert.doesNotMatch(answer, /_task=mail/u);
    assert.doesNotMatch(
      await (await get(`${webmail.url}/?_task=mail`, cookies)).text(),
      /messagelist/u,
    );
  });

  it('is signed in to with an authenticator, sends and receives', async () => {
    const [anna, bert] = [await someone('anna'), await someone('bert')];
    const [annas, berts] = [await enter(anna), await enter(bert)];
    await compose(annas.page, webmail.url, addressOf(bert), 'Is it five o’clock?');
    await arrives(berts.page, webmail.url, 'Is it five o’clock?');
    await berts.page.getByText('Is it five o’clock?').first().click();
    await Promise.all([annas.close(), berts.close()]);
  });

  it('goes on when its token has ended, six requests at once', async () => {
    const person = await enter(await someone('carl'));
    const { page } = person;
    const list = await inboxOf(person);
    await page.goto('about:blank');
    assertOpen(await list());
    const before = webmail.said('/token');
    await end();
    const answers = await Promise.all(Array.from({ length: 6 }, list));
    for (const answer of answers) assertOpen(answer);
    assert.ok(webmail.said('/token') > before, 'it was refreshed');
    await page.goto(`${webmail.url}/?_task=mail`);
    assert.match(await page.title(), /Inbox/u);
    await person.close();
  });

  it('stays open for as long as it is used, to the end of the session here', async () => {
    const person = await enter(await someone('clara'));
    const list = await inboxOf(person);
    await person.page.goto('about:blank');
    const hours = 3_600_000;
    // Eight hours without use would end it, and 24 end it however much it is used.
    for (let passed = 6; passed < 24; passed += 6) {
      webmail.pass(6 * hours);
      assertOpen(await list());
    }
    webmail.pass(7 * hours);
    assert.ok(!isOpen(await list()));
    await person.close();
  });

  it('is out of the mailbox when its owner has signed out here', async () => {
    const person = await enter(await someone('dora'));
    const list = await inboxOf(person);
    assertOpen(await list());
    await person.page.goto(`${webmail.issuer}/account`);
    await person.page.getByRole('button', { name: 'Sign out' }).first().click();
    await person.page.waitForURL((url) => url.pathname !== '/account');
    assert.match(await list(), /AUTHENTICATIONFAILED/u);
    await person.close();
  });
});

describe('a token', () => {
  it('opens the mailbox of its owner alone, as XOAUTH2 and as OAUTHBEARER', async () => {
    const person = await someone('emil');
    const { tokens } = await signIn(webmail.roundcube, person, { params: MAIL });
    const given = String(tokens['access_token']);
    for (const mechanism of ['XOAUTH2', 'OAUTHBEARER'] as const) {
      assert.equal(await byToken(webmail.ports, addressOf(person), given, mechanism), 'in');
      const verdict = await byToken(webmail.ports, 'anna@example.test', given, mechanism);
      assert.equal(verdict, 'refused');
    }
    assert.equal(await byPasscode(webmail.ports, 'imap', addressOf(person), given), 'refused');
  });

  it('of anything else opens none', async () => {
    const person = await someone('frieda');
    const other = await webmail.addClient({ name: 'Wiki', organisations: ['acme'] });
    const api = await webmail.addClient({ name: 'Api', organisations: ['acme'] });
    await change(api.clientId, { scopes: ['openid', 'admin:read'] });
    const { browser, tokens } = await signIn(webmail.roundcube, person, { params: MAIL });
    const userinfo = await token(webmail.roundcube, {
      grant_type: 'refresh_token',
      refresh_token: String(tokens['refresh_token']),
      scope: 'openid email',
    });
    const foreign = {
      'of another client': (await signIn(other, person, { browser })).tokens['access_token'],
      'for another resource': (
        await signIn(api, person, { browser, params: { scope: 'openid admin:read' } })
      ).tokens['access_token'],
      'for userinfo': userinfo.body['access_token'],
      'that refreshes': tokens['refresh_token'],
      'that identifies': tokens['id_token'],
      'nobody made': 'x'.repeat(43),
    };
    await Promise.all(
      Object.entries(foreign).map(async ([what, given]) => {
        const verdict = await byToken(webmail.ports, addressOf(person), String(given));
        assert.notEqual(verdict, 'in', what);
      }),
    );
    assert.equal(
      await byToken(webmail.ports, addressOf(person), String(tokens['access_token'])),
      'in',
    );
  });

  it('that is bound to a key opens none: a mail server cannot ask for the proof', async () => {
    const person = await someone('greta');
    const { tokens } = await signIn(webmail.roundcube, person, { params: MAIL });
    const bound = await tokenWithProof(webmail.roundcube, await newProofKey(), {
      grant_type: 'refresh_token',
      refresh_token: String(tokens['refresh_token']),
      client_secret: webmail.roundcube.clientSecret,
    });
    assert.equal(bound.body['token_type'], 'DPoP', JSON.stringify(bound.body));
    assert.match(String(bound.body['scope']), /\bmail\b/u);
    for (const mechanism of ['XOAUTH2', 'OAUTHBEARER'] as const) {
      const at = (given = ''): Promise<string> =>
        byToken(webmail.ports, addressOf(person), given, mechanism);
      assert.equal(await at(bound.body['access_token']), 'refused', mechanism);
      assert.equal(await at(tokens['access_token']), 'in', mechanism);
    }
  });

  const ends: Record<string, (person: TestPerson, given: string) => Promise<unknown>> = {
    'has expired': end,
    'was revoked': (_, given) => post(webmail.roundcube, '/token/revocation', { token: given }),
    'is of a disabled person': ({ person }) =>
      changePerson(here().store, person.id, () => ({ set: { active: false }, result: undefined })),
    'is of somebody who may not use the app': () =>
      change('roundcube', { organisations: ['others'] }),
    'is below what the app asks by now': () => change('roundcube', { requireAcr: 'phr' }),
  };
  for (const [what, endIt] of Object.entries(ends))
    it(`that ${what} opens the mailbox no more`, async () => {
      const person = await someone(`g${Object.keys(ends).indexOf(what)}`);
      const { tokens } = await signIn(webmail.roundcube, person, { params: MAIL });
      const given = String(tokens['access_token']);
      assert.equal(await byToken(webmail.ports, addressOf(person), given), 'in');
      await endIt(person, given);
      assert.equal(await byToken(webmail.ports, addressOf(person), given), 'refused');
      await change('roundcube', { organisations: ['acme'], requireAcr: null });
    });
});

describe('a sender', () => {
  it('is the mailbox of whoever has signed in, and no other', async () => {
    const [person, other] = [await someone('hanna'), await someone('hugo')];
    const { letters } = await passcodeOf(person, ['smtp']);
    const { tokens } = await signIn(webmail.roundcube, person, { params: MAIL });
    const [own, to] = [addressOf(person), addressOf(other)];
    const by = { token: String(tokens['access_token']) };
    const ways = [
      { user: own, secret: { passcode: letters } },
      { user: person.login, secret: { passcode: letters } },
      { user: own, secret: by },
    ];
    const senders = {
      [own]: true,
      [own.toUpperCase()]: true,
      [to]: false,
      'hanna@elsewhere.test': false,
      'root@example.test': false,
      'hanna@example.test.elsewhere.test': false,
      '"hanna@example.test"@elsewhere.test': false,
    };
    for (const door of ['smtp', 'postfix'] as const)
      for (const way of ways)
        for (const [sender, isOwn] of Object.entries(senders)) {
          const said = await submission(webmail.ports, { ...way, door, sender, to });
          const what = `${sender} as ${way.user} at ${door}: ${said.answer}`;
          assert.equal(said.signedIn, 'in', what);
          assert.match(said.answer, isOwn ? /^250 /mu : /^553 5\.7\.1 .*not owned by user/mu, what);
        }
  });
});

describe('an open mailbox', () => {
  type Ending = (person: TestPerson, given: { passcode: string }) => Promise<unknown>;
  const stored = async ({ person: { id } }: TestPerson) =>
    (await getPerson(here().store, id)) ?? assert.fail(id);
  const own = async (person: TestPerson) => doingAt(here(), await stored(person));
  const acts: Record<string, Ending> = {
    'its passcode is revoked': async (person, { passcode }) =>
      revokePasscode(endingParts(here()), await own(person), await stored(person), passcode),
    'its owner’s sessions are signed out': async (person) =>
      endOtherSessions({ ...webmail, ...here() }, await stored(person)),
    'the webmail’s access is withdrawn': async (person) =>
      withdrawAccess({ ...webmail, ...here() }, await stored(person), 'roundcube'),
    'its owner is disabled': async (person) => {
      const parts = { ...endingParts(here()), config: here().config };
      const performed = operatorPerformed(here().config, webmail.now());
      valueOf(await disablePerson(parts, performed, person.person.id));
    },
    'its owner gets another address': (person) =>
      update(person, { email: `new-${person.login}@example.test` }),
    'its owner is moved to another organisation': async (person) => {
      await byOperator(here()).addOrganisation({ id: 'beta', name: 'Beta', mfa: 'required' });
      await update(person, { organisation: 'beta' });
    },
  };
  const update = async ({ person }: TestPerson, input: PersonUpdate): Promise<void> => {
    const performed = operatorPerformed(here().config, webmail.now());
    valueOf(await updatePerson(endingParts(here()), performed, person.id, input));
  };
  for (const [when, act] of Object.entries(acts))
    it(`is closed when ${when}, and no other one`, async () => {
      const place = Object.keys(acts).indexOf(when);
      const [person, other] = [await someone(`ida${place}`), await someone(`otto${place}`)];
      const { id: passcode, letters } = await passcodeOf(person, ['imap']);
      await signIn(webmail.roundcube, person, { params: MAIL });
      const [open, others] = [talkTo(webmail.ports.IMAP), talkTo(webmail.ports.IMAP)];
      const login = (user: TestPerson, secret: string): string =>
        `a LOGIN ${addressOf(user)} "${secret}"`;
      await open.say(login(person, letters), /^a OK/mu);
      await others.say(login(other, (await passcodeOf(other, ['imap'])).letters), /^a OK/mu);
      await act(person, { passcode });
      await here().settle();
      await open.closed;
      assert.match(await others.say('b NOOP', /^b OK/mu), /OK/u);
      others.hangUp();
    });
});

describe('every open mailbox', () => {
  it('is closed when an app that opens mailboxes is removed, as nobody knows which ones it has opened', async () => {
    const people = [await someone('iris'), await someone('ivan')];
    const { client } = await byOperator(here()).addClient({
      name: 'Old webmail',
      kind: 'web',
      redirectUris: [`${webmail.url}/old`],
      scopes: ['openid', 'mail'],
    });
    const open = await Promise.all(
      people.map(async (person) => {
        const talk = talkTo(webmail.ports.IMAP);
        const { letters } = await passcodeOf(person, ['imap']);
        await talk.say(`a LOGIN ${addressOf(person)} "${letters}"`, /^a OK/mu);
        return talk;
      }),
    );
    await byOperator(here()).removeClient(client.id);
    await here().settle();
    await Promise.all(open.map(({ closed }) => closed));
  });
});

describe('while Latchkey is down', () => {
  it('mail programs are told to try again, and are let in when it is back', async () => {
    const person = await someone('heidi');
    const { letters } = await passcodeOf(person, [...PROTOCOLS]);
    const { tokens } = await signIn(webmail.roundcube, person, { params: MAIL });
    const given = String(tokens['access_token']);
    const open = talkTo(webmail.ports.IMAP);
    await open.hear(/^\* OK/mu);
    assert.match(await signInByToken(open, addressOf(person), given), /^a OK/mu);
    await webmail.stopLatchkey();
    const doors = ['imap', 'pop3', 'smtp'] as const;
    const down = await Promise.all(doors.map((door) => at(door, person, letters)));
    assert.deepEqual(down, ['later', 'later', 'later']);
    assert.equal(await byToken(webmail.ports, addressOf(person), given), 'later');
    assert.match(await open.say('b NOOP', /^b OK/mu), /OK/u, 'who is in stays in');
    await webmail.startLatchkey();
    for (const door of doors) assert.equal(await at(door, person, letters), 'in', door);
    assert.equal(await byToken(webmail.ports, addressOf(person), given), 'in');
    open.hangUp();
  });
});

/** The access tokens that a client has been given are over; a refresh is not. */
async function end(): Promise<void> {
  webmail.pass(620_000);
}

const get = (url: string, cookies: Map<string, string>): Promise<Response> =>
  fetch(url, {
    redirect: 'manual',
    headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
  });

/** As its scripts ask for the list of messages, whatever its page does meanwhile. */
async function inboxOf({ page, context }: Person): Promise<() => Promise<string>> {
  // Its own requests would come between, and write the session as it was.
  await quiet(page);
  const cookies = await context.cookies(webmail.url);
  const headers = {
    cookie: cookies.map(({ name, value }) => `${name}=${value}`).join('; '),
    'x-roundcube-request': String(await page.evaluate('rcmail.env.request_token')),
    'user-agent': String(await page.evaluate('navigator.userAgent')),
  };
  const url = `${webmail.url}/?_task=mail&_action=list&_mbox=INBOX&_remote=1`;
  return async () => (await fetch(url, { headers, redirect: 'manual' })).text();
}

/** Roundcube lists an empty mailbox for one that it cannot open, with a message. */
function isOpen(list: string): boolean {
  return list.includes('"mailbox":"INBOX"') && !/AUTHENTICATIONFAILED|Connection to/u.test(list);
}

function assertOpen(list: string): void {
  assert.ok(isOpen(list), list);
}

/** In a browser, from Roundcube's address to the inbox. */
async function enter(person: TestPerson): Promise<Person> {
  const seat = await newPerson(chromium);
  const { page } = seat;
  page.setDefaultTimeout(PATIENCE);
  await page.goto(webmail.url);
  await page.getByLabel('Username').or(page.locator('[name=login]')).first().fill(person.login);
  await page.locator('[name=password]').fill(PASSWORD);
  await page.locator('[name=password]').press('Enter');
  await page.locator('[name=code]').fill(person.code());
  await page.locator('[name=code]').press('Enter');
  await page.waitForURL(/_task=mail/u);
  assert.match(await page.title(), /Inbox/u);
  return seat;
}
