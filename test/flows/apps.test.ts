/** The apps that have access to a person's account, and taking it away. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { listApps } from '../../src/operations/account/apps.ts';
import { startPolicyServer, type PolicyServer } from '../support/policy.ts';
import { authorize, exchange, token, type Registration } from '../support/relying-party.ts';
import type { TestPerson } from '../support/server.ts';
import {
  ALIVE,
  aliveOf,
  DEAD,
  newSession,
  present,
  sessionsOf,
  withdrawAccess,
} from '../support/sessions.ts';
import { signIn, silently, stepOf } from '../support/sign-in.ts';
import type { HttpBrowser } from '../support/http-browser.ts';

let server: PolicyServer;
let webmail: Registration;
let partner: Registration;
before(async () => {
  server = await startPolicyServer();
  webmail = await server.addClient();
  partner = await server.addClient({ name: 'Partner', firstParty: false, offlineAccess: true });
});
after(() => server.stop());

const newPerson = () => server.addPerson({}, { totp: true });
const appsOf = async ({ person }: TestPerson) => listApps(server, await present(server, person.id));
const withdraw = async ({ person }: TestPerson, client: string): Promise<boolean> =>
  withdrawAccess(server, await present(server, person.id), client);

/** Lets the client in on the consent page; its tokens. */
async function consent(
  client: Registration,
  browser: HttpBrowser,
  params: Record<string, string> = {},
): Promise<Record<string, string>> {
  const asked = authorize(client, params);
  const page = await browser.open(asked.url);
  assert.equal(stepOf(page), 'consent');
  const back = await browser.submit(page, { decision: 'allow' });
  return (await exchange(client, asked, back.url)).body;
}

describe('the last use of an app', () => {
  const HOUR = 3_600_000;
  const lastUse = async (person: TestPerson): Promise<number> => {
    const app = (await appsOf(person)).find(({ id }) => id === partner.clientId);
    return app?.lastUsedAt ?? NaN;
  };

  it('is known to the day, and is written once a day at most', async () => {
    const person = await newPerson();
    const { browser } = await newSession(server, webmail, person);
    const scope = 'openid offline_access';
    const tokens = await consent(partner, browser, { scope, prompt: 'consent' });
    const refresh = async (): Promise<void> => {
      const fields = { grant_type: 'refresh_token', refresh_token: tokens['refresh_token'] ?? '' };
      assert.equal((await token(partner, fields)).status, 200);
    };
    const first = await lastUse(person);
    assert.ok(Math.abs(first - server.now()) < 60_000);
    server.clock.ahead += 20 * HOUR;
    await refresh();
    assert.equal(await lastUse(person), first, 'within the day');
    server.clock.ahead += 6 * HOUR;
    await Promise.all([refresh(), refresh()]);
    const second = await lastUse(person);
    assert.ok(server.now() - second < 60_000, 'on the next');
    server.clock.ahead += 20 * HOUR;
    await refresh();
    assert.equal(await lastUse(person), second);
  });

  it('is told of one that is asleep, as long as it is known', async () => {
    const person = await newPerson();
    const { browser } = await newSession(server, webmail, person);
    await consent(partner, browser);
    const used = await lastUse(person);
    // Idle for too long.
    server.clock.ahead += 9 * HOUR;
    const [app] = await appsOf(person);
    assert.deepEqual([app?.asleep, app?.lastUsedAt], [true, used]);
  });
});

describe('the list of apps', () => {
  it('says name, since when, and what they may know', async () => {
    const person = await newPerson();
    assert.deepEqual(await appsOf(person), []);
    const { browser } = await newSession(server, webmail, person);
    await consent(partner, browser, { scope: 'openid email' });
    const [one, two, ...more] = await appsOf(person);
    assert.deepEqual(more, []);
    assert.deepEqual(
      { ...one, since: 0, lastUsedAt: 0 },
      {
        id: partner.clientId,
        name: 'Partner',
        since: 0,
        lastUsedAt: 0,
        scopes: ['email', 'openid'],
        firstParty: false,
        offline: false,
      },
    );
    assert.equal(two?.name, 'Webmail');
    assert.equal(two.firstParty, true);
    assert.deepEqual(two.scopes, ['email', 'openid', 'profile']);
    for (const { since } of [one!, two]) assert.ok(Math.abs(since - Date.now()) < 60_000);
  });

  it('has an app of two sessions once, and one whose session has ended as long as it is consented to', async () => {
    const person = await newPerson();
    await newSession(server, webmail, person);
    const second = await newSession(server, webmail, person);
    assert.equal((await appsOf(person)).length, 1);
    await consent(partner, second.browser);
    assert.equal((await appsOf(person)).length, 2);
    // Idle for too long.
    server.clock.ahead += 9 * 3_600_000;
    const [app, ...more] = await appsOf(person);
    assert.deepEqual(more, []);
    assert.deepEqual([app?.name, app?.asleep], ['Partner', true]);
    assert.equal(await withdraw(person, partner.clientId), true);
    assert.deepEqual(await appsOf(person), []);
  });

  it('keeps one with access beyond the session', async () => {
    const person = await newPerson();
    const { browser } = await newSession(server, webmail, person);
    await consent(partner, browser, { scope: 'openid offline_access' });
    server.clock.ahead += 9 * 3_600_000;
    const [app, ...more] = await appsOf(person);
    assert.deepEqual(more, []);
    assert.deepEqual([app?.name, app?.offline], ['Partner', true]);
  });
});

describe('withdrawing an app', () => {
  it('ends its tokens in every session, and nothing of others', async () => {
    const person = await newPerson();
    const first = await newSession(server, partnerless(), person);
    const atPartner = await consent(partner, first.browser);
    const second = await newSession(server, partnerless(), person);
    const unasked = await silently(partner, second.browser);
    const againAtPartner = (await exchange(partner, unasked.asked, unasked.callback)).body;
    const held = [
      { browser: first.browser, tokens: atPartner },
      { browser: second.browser, tokens: againAtPartner },
    ];
    for (const one of held) assert.deepEqual(await aliveOf(partner, one), ALIVE);

    assert.equal(await withdraw(person, partner.clientId), true);
    for (const one of held) assert.deepEqual(await aliveOf(partner, one), DEAD);
    assert.deepEqual(await aliveOf(webmail, first), ALIVE);
    assert.deepEqual(
      (await appsOf(person)).map(({ name }) => name),
      ['Webmail'],
    );
    for (const { apps } of await sessionsOf(server, person)) assert.deepEqual(apps, ['Webmail']);

    assert.equal(await withdraw(person, partner.clientId), false, 'it has none any more');
    const [event, ...more] = await server.eventsOf(person, 'access.withdrawn');
    assert.deepEqual(more, []);
    assert.deepEqual(event?.details, { client: partner.clientId });
  });

  const partnerless = (): Registration => webmail;

  it('has a client that asks for consent ask again, and gives it nothing silently', async () => {
    const person = await newPerson();
    const { browser } = await newSession(server, webmail, person);
    await consent(partner, browser);
    assert.ok((await silently(partner, browser)).callback.searchParams.has('code'));
    assert.equal(await withdraw(person, partner.clientId), true);
    const { callback } = await silently(partner, browser);
    assert.equal(callback.searchParams.get('error'), 'consent_required');
    const tokens = await consent(partner, browser);
    assert.deepEqual(await aliveOf(partner, { browser, tokens }), ALIVE);
  });

  it('ends access beyond the session', async () => {
    const person = await newPerson();
    const { browser } = await newSession(server, webmail, person);
    const offline = { scope: 'openid offline_access' };
    const tokens = await consent(partner, browser, offline);
    const question = await browser.open(`${server.issuer}/session/end`);
    await browser.submit(question, { logout: 'yes' });
    assert.equal((await aliveOf(partner, { browser, tokens })).refresh, true);
    assert.equal(await withdraw(person, partner.clientId), true);
    assert.deepEqual(await aliveOf(partner, { browser, tokens }), DEAD);
  });

  it('is not undone by an authorization of another app that was under way', async () => {
    const person = await newPerson();
    const { browser } = await newSession(server, webmail, person);
    const tokens = await consent(partner, browser);
    const others = await Promise.all(
      Array.from({ length: 6 }, (_, at) => server.addClient({ name: `Beside ${at}` })),
    );
    const [done] = await Promise.all([
      withdraw(person, partner.clientId),
      ...others.map((other) => silently(other, browser)),
    ]);
    assert.equal(done, true);
    assert.deepEqual(await aliveOf(partner, { browser, tokens }), DEAD);
    const [session] = await sessionsOf(server, person);
    assert.ok(!session?.apps.includes('Partner'));
    assert.equal(session?.apps.length, 7);
  });

  it('of another person, or an unknown one, is refused and changes nothing', async () => {
    const [person, other] = [await newPerson(), await newPerson()];
    const signedIn = await newSession(server, webmail, other);
    for (const client of [webmail.clientId, 'nobody', '', '\u0000', 'latchkey-account'])
      assert.equal(await withdraw(person, client), false);
    assert.deepEqual(await aliveOf(webmail, signedIn), ALIVE);
    assert.deepEqual(await server.eventsOf(person, 'access.withdrawn'), []);
    await signIn(webmail, other, { browser: signedIn.browser });
  });
});
