/** What may be done once is done once, at whichever processes it is tried; what is counted, is counted together. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { makeLink } from '../../src/records/link.ts';
import { getPerson } from '../../src/records/person.ts';
import { attemptsCollection, codeCounter } from '../../src/throttling/attempts.ts';
import { sealMail, type SealedMail } from '../../src/mail/mail.ts';
import { createMailQueue } from '../../src/mail/queue.ts';
import { sampleValues } from '../mail/sample-values.ts';
import { startCluster, type TestCluster } from '../support/cluster.ts';
import { isSignedIn, wrongCode } from '../support/factors.ts';
import { createHttpBrowser } from '../support/http-browser.ts';
import { Visitor, refresh } from '../support/policy.ts';
import { tally, timesAtOnce } from '../support/race.ts';
import { exchange, post, type Registration } from '../support/relying-party.ts';
import { codeOf, type PersonOptions, type TestPerson } from '../support/server.ts';

const PROCESSES = 3;
/** Mails that one process hands over at a time. */
const MAILS_AT_ONCE = 3;

let cluster: TestCluster;
let webmail: Registration;
before(async () => {
  cluster = await startCluster({ processes: PROCESSES });
  webmail = await cluster.addClient();
});
after(() => cluster.stop());

const everything: PersonOptions = { totp: true, oneTimeCodes: true };

async function afterPassword(person: TestPerson): Promise<Visitor> {
  return (await new Visitor(cluster, webmail).start()).password(person);
}

/** Several sign-ins of the person, each at this step. */
async function severalAt(person: TestPerson, step: string): Promise<Visitor[]> {
  const visitors: Visitor[] = [];
  while (visitors.length < PROCESSES) visitors.push(await (await afterPassword(person)).goTo(step));
  return visitors;
}

const statuses = (visitors: readonly Visitor[]): Record<string, number> =>
  tally(visitors.map(({ page }) => (isSignedIn(page) ? 'signed in' : String(page.status))));

describe('at one process each, at the same moment', () => {
  it('an authorization code is redeemed once, and its tokens end as it was stolen', async () => {
    const person = await cluster.addPerson({}, everything);
    const { asked, page } = await (await afterPassword(person)).totp(person);
    const answers = await timesAtOnce(PROCESSES, () => exchange(webmail, asked, page.url));
    assert.deepEqual(tally(answers.map(({ status }) => String(status))), {
      200: 1,
      400: PROCESSES - 1,
    });
    const { access_token: token = '', ...tokens } =
      answers.find(({ status }) => status === 200)?.body ?? {};
    assert.notEqual(token, '');
    const looked = await cluster.everywhere(() => post(webmail, '/token/introspection', { token }));
    assert.deepEqual(tally(looked.map(({ body }) => String(body['active']))), { false: PROCESSES });
    assert.equal((await refresh(webmail, tokens)).body['error'], 'invalid_grant');
  });

  it('a refresh token that rotates gives one next one at all of them', async () => {
    const person = await cluster.addPerson({}, everything);
    const spa = await cluster.addClient({ name: 'Browser app', kind: 'spa' });
    const visitor = await (await new Visitor(cluster, spa).start()).password(person);
    const tokens = await (await visitor.totp(person)).tokens();
    const answers = await timesAtOnce(4 * PROCESSES, () => refresh(spa, tokens));
    assert.deepEqual(tally(answers.map(({ status }) => String(status))), { 200: 4 * PROCESSES });
    const next = new Set(answers.map(({ body }) => body['refresh_token']));
    assert.equal(next.size, 1);
    const third = await refresh(spa, { refresh_token: [...next][0] ?? '' });
    assert.equal(third.status, 200, JSON.stringify(third.body));
    assert.equal((await refresh(spa, tokens)).body['error'], 'invalid_grant');
    assert.equal((await refresh(spa, third.body)).body['error'], 'invalid_grant');
  });

  it('a one-time code lets one sign-in in', async () => {
    const person = await cluster.addPerson({}, everything);
    const visitors = await severalAt(person, 'one-time-codes');
    const code = person.oneTimeCodes[3] ?? '';
    await Promise.all(visitors.map((visitor) => visitor.send({ code })));
    assert.deepEqual(statuses(visitors), { 'signed in': 1, 400: PROCESSES - 1 });
    assert.deepEqual((await getPerson(cluster.store, person.person.id))?.oneTimeCodes?.used, [3]);
    const { 'one-time-code.used': used, 'sign-in.completed': completed } =
      await cluster.recorded(person);
    assert.deepEqual([used, completed], [1, 1]);
  });

  it('a code of the authenticator lets one sign-in in, and no later one', async () => {
    const person = await cluster.addPerson({}, everything);
    const visitors = await severalAt(person, 'totp');
    const code = person.code();
    await Promise.all(visitors.map((visitor) => visitor.send({ code })));
    assert.deepEqual(statuses(visitors), { 'signed in': 1, 400: PROCESSES - 1 });
    const later = await severalAt(person, 'totp');
    for (const visitor of later) await visitor.send({ code });
    assert.deepEqual(statuses(later), { 400: PROCESSES });
    assert.ok((await later[0]?.totp(person))?.back?.code);
  });

  it('a code by mail ends its sign-in once', async () => {
    const person = await cluster.addPerson({}, { email: true });
    const { browser, page } = await (await afterPassword(person)).send({ go: 'send' });
    const [mail] = await cluster.mailsTo(`${person.login}@home.test`);
    const code = /^ *(\d{6})$/mu.exec(mail?.parsed.text ?? '')?.[1] ?? '';
    const pages = await timesAtOnce(PROCESSES, () => browser.submit(page, { code }));
    // Who comes too late is told so, or is led to the same end.
    assert.ok(
      pages.every(({ status }) => [303, 400].includes(status)),
      String(pages.map(({ status }) => status)),
    );
    const codes = pages.flatMap(({ url }) => url.searchParams.get('code') ?? []);
    assert.equal(new Set(codes).size, 1);
    assert.equal((await cluster.recorded(person))['sign-in.completed'], 1);
  });

  it('an authenticator is set up once', async () => {
    const person = await cluster.addPerson();
    const visitor = await (await afterPassword(person)).goTo('totp-enrol/scan');
    const secret = /(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}/u.exec(visitor.page.html)?.[0] ?? '';
    const { browser, page } = await visitor.send({ go: 'next' });
    const code = codeOf(secret.replaceAll(' ', ''), cluster.now());
    await timesAtOnce(PROCESSES, () => browser.submit(page, { go: 'submit', code }));
    const found = await getPerson(cluster.store, person.person.id);
    assert.equal(found?.authenticators.length, 1);
    assert.equal((await cluster.recorded(person))['factor.enrolled'], 1);
  });

  it('a link sets one password', async () => {
    const { person, ...rest } = await cluster.addPerson({}, everything);
    const purpose = { purpose: 'set-password' as const, person: person.id, epoch: person.epoch };
    const token = await makeLink(cluster, purpose, 3600, cluster.now());
    const browsers = Array.from({ length: PROCESSES }, () => createHttpBrowser(cluster.issuer));
    const forms: Awaited<ReturnType<typeof openLink>>[] = [];
    for (const browser of browsers) forms.push(await openLink(browser, token));
    const pages = await Promise.all(
      forms.map(({ browser, page }, nth) => {
        const password = `gravel-sonnet-umbrella-${nth}`;
        return browser.submit(page, { password, password_repeat: password });
      }),
    );
    const done = pages.filter(({ url }) => url.pathname === '/set-password/done');
    assert.equal(done.length, 1);
    assert.equal((await cluster.recorded({ person, ...rest }))['password.set'], 1);
  });
});

async function openLink(browser: ReturnType<typeof createHttpBrowser>, token: string) {
  return { browser, page: await browser.open(`${cluster.issuer}/set-password?token=${token}`) };
}

describe('at one process after the other', () => {
  it('five wrong codes make the right one wait at all of them', async () => {
    const person = await cluster.addPerson({}, everything);
    const visitor = await afterPassword(person);
    const waiting = await severalAt(person, 'totp');
    for (let count = 0; count < 5; count += 1) {
      await visitor.send({ code: wrongCode(person, count * 9) });
      assert.equal(visitor.page.status, 400);
    }
    for (const { browser, page } of waiting)
      assert.equal((await browser.submit(page, { code: person.code() })).status, 429);
    assert.ok((await visitor.totp(person)).back?.code, 'half a minute later');
  });

  it('five wrong passwords make the right one wait at all of them', async () => {
    const person = await cluster.addPerson({}, everything);
    const visitor = await new Visitor(cluster, webmail).start();
    // The last wait is then longer than the rest of this takes.
    for (let count = 0; count < 9; count += 1) {
      await visitor.password(person, 'not the password of anybody');
      assert.equal(visitor.page.status, 400, String(count));
      if (count < 8) cluster.clock.ahead += 60_000;
    }
    const right = await cluster.everywhere(async () => (await visitor.password(person)).page);
    assert.deepEqual(tally(right.map(({ status }) => String(status))), { 429: PROCESSES });
    cluster.clock.ahead += 60_000;
    assert.equal((await visitor.password(person)).step, 'totp');
  });

  it('the fiftieth wrong code switches codes off at all of them, and is told once', async () => {
    const person = await cluster.addPerson({}, everything);
    const visitors = await severalAt(person, 'totp');
    const { id } = person.person;
    await cluster.store.put(attemptsCollection, codeCounter({ person: id, known: undefined }), {
      failures: 49,
      waitUntil: 0,
      owner: id,
    });
    await Promise.all(
      visitors.map((visitor, nth) => visitor.send({ code: wrongCode(person, nth) })),
    );
    assert.deepEqual(statuses(visitors), { 400: 1, 429: PROCESSES - 1 });
    cluster.clock.ahead += 3_600_000;
    const later = await severalAt(person, 'totp');
    for (const visitor of later) {
      await visitor.totp(person);
      assert.equal(visitor.page.status, 429);
      assert.match(visitor.notice, /switched off/u);
    }
    assert.equal((await cluster.recorded(person))['attempts.suspended'], 1);
    const ran = await cluster.run(['user', 'unlock', person.login]);
    assert.equal(ran.code, 0, ran.stderr);
    assert.ok((await (await afterPassword(person)).totp(person)).back?.code);
  });
});

describe('the outbox', () => {
  it('is emptied by all processes, and each mail is sent once', async () => {
    const open = Promise.withResolvers<void>();
    const names = Array.from({ length: PROCESSES * MAILS_AT_ONCE + 6 }, (_, nth) => `queue-${nth}`);
    const addresses = names.map((name) => `${name}@acme.test`).toSorted();
    cluster.mail.behave((to) => (addresses.includes(to) ? { until: open.promise } : 'accept'));
    const outbox = createMailQueue(cluster.store);
    for (const to of addresses) assert.ok(await outbox.order(await passwordSet(to)));
    // As many as all senders together take at a time: each of them has its share.
    await received(addresses, PROCESSES * MAILS_AT_ONCE);
    open.resolve();
    await Promise.all(addresses.map((to) => cluster.mail.accepted(to)));
    await cluster.stopProcesses();
    const sent = cluster.mail.mails.map(({ to }) => to).filter((to) => addresses.includes(to));
    assert.deepEqual(sent.toSorted(), addresses);
  });
});

function passwordSet(to: string): Promise<SealedMail> {
  const template = 'password-set';
  const mail = { to, template, language: 'en', values: sampleValues(template) } as const;
  return sealMail(cluster.vault, mail, { orderedAt: cluster.now() });
}

/** Resolves when so many of them are being received at the same time. */
async function received(addresses: readonly string[], wanted: number): Promise<void> {
  const enough = Promise.withResolvers<void>();
  let count = 0;
  const wait = async (to: string): Promise<void> => {
    await cluster.mail.offered(to);
    count += 1;
    if (count === wanted) enough.resolve();
  };
  for (const to of addresses) void wait(to);
  await enough.promise;
}
