/** What organisation, person and client ask of a sign-in, as somebody who signs in meets it. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { changePerson, getPerson, type Person } from '../../src/records/person.ts';
import { ACR } from '../../src/policy/factors.ts';
import { FACTOR_IDS } from '../../src/records/factor-id.ts';
import type { NewClient } from '../../src/oidc/clients/new-client.ts';
import { exchange, type Registration } from '../support/relying-party.ts';
import { codeOf, type PersonOptions, type TestPerson } from '../support/server.ts';
import { DAY, Visitor, refresh, startPolicyServer, type PolicyServer } from '../support/policy.ts';
import { resetFactors } from '../support/operator.ts';
import { updateClient } from '../../src/operations/clients/update-client.ts';
import { byOperator } from '../support/by-operator.ts';

let server: PolicyServer;
let webmail: Registration;
before(async () => {
  server = await startPolicyServer();
  webmail = await server.addClient();
  await byOperator(server).addOrganisation({ name: 'Globex', mfa: 'required' });
});
beforeEach(() =>
  server.setOrganisation({ mfa: 'required', mfaFrom: null, factors: [...FACTOR_IDS] }),
);
after(() => server.stop());

const set = ({ person }: TestPerson, fields: Partial<Person>): Promise<void> =>
  changePerson(server.store, person.id, () => ({ set: fields, result: undefined }));

/** At the app, with the password given. */
async function afterPassword(person: TestPerson, client = webmail): Promise<Visitor> {
  return (await new Visitor(server, client).start()).password(person);
}

async function signedIn(person: TestPerson, client = webmail): Promise<Visitor> {
  const visitor = await (await afterPassword(person, client)).totp(person);
  assert.ok(visitor.back?.code, visitor.page.html);
  return visitor;
}

describe('a client that is open to named organisations', () => {
  const closed = (fields: Partial<NewClient> = {}): Promise<Registration> =>
    server.addClient({ name: 'Payroll', organisations: ['globex'], ...fields });

  it('says so to others, after the right password only', async () => {
    const person = await server.addPerson({}, { totp: true });
    const visitor = await new Visitor(server, await closed()).start();
    await visitor.password(person, 'not the password at all');
    assert.equal(visitor.step, 'password');
    assert.doesNotMatch(visitor.page.html, /open to/u);
    await visitor.password(person);
    assert.equal(visitor.step, 'not-open');
    assert.equal(visitor.page.status, 403);
    assert.match(visitor.page.html, /Payroll isn’t open to you/u);
    assert.match(visitor.page.html, /Acme is not one of them/u);
    const [refused, ...more] = await server.eventsOf(person, 'sign-in.refused');
    assert.equal(refused?.outcome, 'refused');
    assert.deepEqual(refused.reasons, ['client is not open to the organisation']);
    assert.deepEqual(more, []);
    await visitor.goTo('totp');
    assert.equal(visitor.step, 'not-open');
    await visitor.send({ go: 'leave' });
    assert.equal(visitor.back?.error, 'access_denied');
    assert.deepEqual(await server.eventsOf(person, 'sign-in.completed'), []);
  });

  it('lets its own people in, also after somebody else has tried', async () => {
    const [acme, globex] = [
      await server.addPerson({}, { totp: true }),
      await server.addPerson({ organisation: 'globex' }, { totp: true }),
    ];
    const visitor = await afterPassword(acme, await closed());
    await visitor.send({ go: 'restart' });
    assert.equal(visitor.step, 'password');
    await (await visitor.password(globex)).totp(globex);
    assert.equal((await visitor.claims()).sub, globex.person.id);
  });

  it('answers access_denied to prompt=none, and shows the page to a session', async () => {
    const visitor = await signedIn(await server.addPerson({}, { totp: true }));
    const payroll = await closed();
    await visitor.silently({}, payroll);
    assert.equal(visitor.back?.error, 'access_denied');
    await visitor.start();
    assert.equal(visitor.step, 'not-open');
    await visitor.silently({}, webmail);
    assert.ok(visitor.back?.code, 'nothing else has changed');
  });

  it('that is closed later gives no token for what it was given before', async () => {
    const client = await server.addClient();
    const visitor = await signedIn(await server.addPerson({}, { totp: true }), client);
    const tokens = await visitor.tokens();
    await visitor.silently();
    // Without the time since when they are let in, by which what was given before would stay dead.
    const openTo = (organisations: string[] | null) =>
      updateClient(server.store, client.clientId, () => ({
        set: { organisations },
        result: undefined,
      }));
    await openTo(['globex']);
    server.clock.ahead += 1000;
    const answers = [
      await refresh(client, tokens),
      await exchange(client, visitor.asked, visitor.page.url),
    ];
    for (const { status, body } of answers)
      assert.deepEqual([status, body['error']], [400, 'invalid_grant']);
    await openTo(null);
    server.clock.ahead += 1000;
    assert.equal((await refresh(client, tokens)).status, 200, 'it is the policy of the moment');
  });
});

describe('a second factor that is required from a date on', () => {
  const dueIn = (days: number): Promise<void> =>
    server.setOrganisation({ mfaFrom: Math.floor(server.now() + days * DAY) });
  const daysLeft = ({ page }: Visitor): number =>
    Number(/until then: (\d+) days? (?:is|are) left/u.exec(page.html)?.[1] ?? 0);
  const mayPostpone = ({ page }: Visitor): boolean => page.html.includes('value="postpone"');

  it('can be put off until then, at every sign-in, and says how many days are left', async () => {
    await dueIn(3.5);
    const person = await server.addPerson();
    const visitor = await afterPassword(person);
    assert.equal(visitor.step, 'totp-enrol');
    assert.ok(mayPostpone(visitor));
    assert.equal(daysLeft(visitor), 4);
    await visitor.goTo('email-code-enrol');
    assert.equal(daysLeft(visitor), 4);
    await visitor.send({ go: 'postpone' });
    const claims = await visitor.claims();
    assert.equal(claims['acr'], ACR.password);
    assert.deepEqual(claims['amr'], ['pwd']);
    const [event] = await server.eventsOf(person, 'sign-in.postponed');
    assert.equal(event?.client, webmail.clientId);

    server.clock.ahead += 2 * DAY;
    await visitor.again(person);
    assert.equal(visitor.step, 'totp-enrol', 'the next sign-in offers it again');
    assert.equal(daysLeft(visitor), 2);
    server.clock.ahead += DAY;
    await visitor.again(person);
    assert.equal(daysLeft(visitor), 1);
  });

  it('does not interrupt single sign-on before, and does after', async () => {
    await dueIn(0.1);
    const person = await server.addPerson();
    const visitor = await afterPassword(person);
    await visitor.send({ go: 'postpone' });
    const tokens = await visitor.tokens();
    await visitor.silently();
    assert.ok(visitor.back?.code);
    visitor.client = await server.addClient();
    await visitor.start();
    assert.ok(visitor.back?.code, 'no page at another app');

    server.clock.ahead += 0.1 * DAY;
    await visitor.silently();
    assert.equal(visitor.back?.error, 'login_required');
    assert.equal((await refresh(webmail, tokens)).body['error'], 'invalid_grant');
    await visitor.start();
    assert.equal(visitor.step, 'password', 'a session of hours ago sets up no factor');
    await visitor.password(person);
    assert.equal(visitor.step, 'totp-enrol');
    assert.ok(!mayPostpone(visitor));
  });

  it('cannot be put off after it, not by a page that was open since before either', async () => {
    await dueIn(0.01);
    const person = await server.addPerson();
    const visitor = await afterPassword(person);
    const { page } = visitor;
    server.clock.ahead += 0.01 * DAY;
    await visitor.send({ go: 'postpone' });
    assert.equal(visitor.step, 'password', 'it was given a quarter of an hour ago');
    assert.ok(!mayPostpone(visitor));
    await visitor.password(person);
    assert.equal(visitor.step, 'totp-enrol');
    assert.ok(!mayPostpone(visitor));
    visitor.page = page;
    await visitor.send({ go: 'postpone' });
    assert.equal(visitor.back, undefined);
    assert.deepEqual(await server.eventsOf(person, 'sign-in.postponed'), []);
  });

  it('can be set up before, and is not offered to who has one', async () => {
    await dueIn(3);
    const person = await server.addPerson();
    const visitor = await afterPassword(person);
    const secret = await visitor.enrolTotp();
    await visitor.send({ go: 'finish' });
    await visitor.password(person);
    assert.equal(visitor.step, 'totp');
    server.clock.ahead += 30_000;
    await visitor.send({ code: codeOf(secret, server.now()) });
    assert.equal((await visitor.claims())['acr'], ACR.mfa);
  });

  it('is a person’s own as well, and the earlier date counts', async () => {
    await dueIn(9);
    const person = await server.addPerson({ mfa: 'required' });
    await set(person, { mfaFrom: server.now() + 2 * DAY });
    assert.equal(daysLeft(await afterPassword(person)), 2);
    await set(person, { mfaFrom: null });
    const visitor = await afterPassword(person);
    assert.ok(!mayPostpone(visitor), 'required at once');
    await server.setOrganisation({ mfa: 'optional' });
    const other = await server.addPerson({ mfa: 'available' });
    assert.ok((await afterPassword(other)).back?.code, 'not offered where it is not required');
  });

  it('is no way round what a client or a request asks for', async () => {
    await dueIn(3);
    const strict = await server.addClient({ requireAcr: ACR.mfa });
    const visitor = await afterPassword(await server.addPerson(), strict);
    assert.equal(visitor.step, 'totp-enrol');
    assert.ok(!mayPostpone(visitor));
    await visitor.send({ go: 'postpone' });
    assert.equal(visitor.step, 'totp-enrol');
  });
});

describe('codes by mail that are forbidden', () => {
  it('are not offered, nor reached by their address', async () => {
    await server.setOrganisation({ factors: ['totp', 'one-time-codes'] });
    const visitor = await afterPassword(await server.addPerson());
    assert.equal(visitor.step, 'totp-enrol');
    assert.doesNotMatch(visitor.page.html, /Use email MFA instead/u);
    for (const step of ['email-code-enrol', 'email-code', 'passkey-enrol']) {
      await visitor.goTo(step);
      assert.equal(visitor.step, 'totp-enrol', step);
    }
  });

  it('do not sign in who had them: they prove who sets up another factor', async () => {
    const person = await server.addPerson({}, { email: true });
    await server.setOrganisation({ factors: ['totp', 'one-time-codes'] });
    const visitor = await afterPassword(person);
    assert.equal(visitor.step, 'email-code');
    await visitor.emailCode(person);
    assert.equal(visitor.step, 'totp-enrol');
  });

  it('for one person, by the person’s own factors', async () => {
    const person = await server.addPerson({}, { email: true, totp: true });
    await set(person, { factors: ['totp'] });
    const visitor = await afterPassword(person);
    assert.equal(visitor.step, 'totp');
    assert.doesNotMatch(visitor.page.html, /Code by email/u);
    await visitor.goTo('email-code');
    assert.equal(visitor.step, 'totp');
  });

  it('end what a session has by them at the next silent authorization', async () => {
    const person = await server.addPerson({}, { email: true });
    const visitor = await (await afterPassword(person)).emailCode(person);
    assert.equal((await visitor.claims())['acr'], ACR.email);
    await server.setOrganisation({ factors: ['totp', 'one-time-codes'] });
    assert.equal((await visitor.silently()).back?.error, 'login_required');
  });
});

describe('a client that requires more than the person has', () => {
  const CASES: readonly { acr: string; has: PersonOptions; proof: string; enrols: string }[] = [
    { acr: ACR.mfa, has: { email: true }, proof: 'email-code', enrols: 'totp-enrol' },
    { acr: ACR.phr, has: { email: true }, proof: 'email-code', enrols: 'passkey-enrol' },
    { acr: ACR.phr, has: { totp: true, email: true }, proof: 'totp', enrols: 'passkey-enrol' },
  ];
  for (const { acr, has, proof, enrols } of CASES) {
    it(`${acr}: a proof by ${proof} first, then ${enrols}`, async () => {
      const person = await server.addPerson({}, has);
      const visitor = await afterPassword(person, await server.addClient({ requireAcr: acr }));
      assert.equal(visitor.step, proof);
      await visitor.goTo(enrols);
      assert.equal(visitor.step, proof, 'not without the proof');
      await (proof === 'totp' ? visitor.totp(person) : visitor.emailCode(person));
      assert.equal(visitor.step, enrols);
      server.clock.ahead += 5 * 60_000;
      await visitor.goTo(enrols);
      assert.equal(visitor.step, 'password', 'nor with proofs that are older than five minutes');
      await visitor.password(person);
      assert.equal(visitor.step, proof);
    });
  }

  it('has what it requires after the set-up, in the same request', async () => {
    const person = await server.addPerson({}, { email: true });
    const strict = await server.addClient({ requireAcr: ACR.mfa });
    const visitor = await (await afterPassword(person, strict)).emailCode(person);
    const secret = await visitor.enrolTotp();
    await visitor.send({ go: 'finish' });
    await visitor.password(person);
    assert.equal(visitor.step, 'totp');
    server.clock.ahead += 30_000;
    await visitor.send({ code: codeOf(secret, server.now()) });
    const claims = await visitor.claims();
    assert.equal(claims['acr'], ACR.mfa);
    const [event] = await server.eventsOf(person, 'sign-in.completed');
    const { sign_in: _, ...details } = event?.details ?? {};
    const proofs = 'password totp';
    assert.deepEqual(details, { acr: ACR.mfa, amr: 'pwd otp mfa', factor: 'totp', proofs });
    assert.ok(event?.reasons.includes('client requires acr (mfa)'), event?.reasons.join());
    assert.ok(event?.reasons.includes('organisation requires MFA (trusted)'));
  });

  it('that nobody can have ends the request', async () => {
    await server.setOrganisation({ factors: ['email-code'] });
    const person = await server.addPerson({}, { email: true });
    const visitor = await afterPassword(person, await server.addClient({ requireAcr: ACR.mfa }));
    assert.equal(visitor.back?.error, 'unmet_authentication_requirements');
    const [event] = await server.eventsOf(person, 'sign-in.refused');
    assert.ok(event?.reasons.includes('no factor can meet it'));
  });
});

describe('after a reset', () => {
  /** A person whose factors were reset, and the code that the administrator has handed over. */
  async function reset(): Promise<{ person: TestPerson; code: string }> {
    const person = await server.addPerson({}, { totp: true, email: true, oneTimeCodes: true });
    const code = await resetFactors(server, person.person.id, server.now());
    return { person, code };
  }
  const other = (code: string): string => (code.startsWith('A') ? 'B' : 'A') + code.slice(1);

  it('nothing is set up without the administrator’s code', async () => {
    const { person } = await reset();
    const visitor = await afterPassword(person);
    assert.equal(visitor.step, 'enrolment-code');
    for (const step of ['totp-enrol/scan', 'email-code-enrol', 'passkey-enrol', 'totp']) {
      await visitor.goTo(step);
      assert.equal(visitor.step, 'enrolment-code', step);
    }
    assert.equal((await getPerson(server.store, person.person.id))?.pendingAuthenticator, null);
  });

  it('a code that is none, a wrong one and one that has expired each say so', async () => {
    const { person, code } = await reset();
    const visitor = await afterPassword(person);
    for (const text of ['', '123456', 'ABCDE-FGHI', 'ÄBCDE-FGHIJ', 'A'.repeat(5000)]) {
      await visitor.send({ code: text });
      assert.equal(visitor.page.status, 400);
      assert.match(visitor.notice, /ten letters and digits.*didn’t count/u);
    }
    await visitor.send({ code: other(code) });
    assert.match(visitor.notice, /isn’t the code of your reset/u);
    const someoneElses = await reset();
    await visitor.send({ code: someoneElses.code });
    assert.match(visitor.notice, /isn’t the code of your reset/u);
    server.clock.ahead += DAY;
    const late = await afterPassword(person);
    await late.send({ code });
    assert.match(late.notice, /has expired/u);
    assert.equal(late.step, 'enrolment-code');
    const reasons = (await server.eventsOf(person, 'code.refused')).flatMap(
      (event) => event.reasons,
    );
    assert.deepEqual(reasons, [
      'enrolment-code-wrong',
      'enrolment-code-wrong',
      'enrolment-code-expired',
    ]);
  });

  it('after five wrong ones the right one has to wait', async () => {
    const { person, code } = await reset();
    const visitor = await afterPassword(person);
    for (let wrong = 0; wrong < 5; wrong += 1) await visitor.send({ code: other(code) });
    for (const there of [visitor, await afterPassword(person)])
      assert.equal((await there.send({ code })).page.status, 429);
    server.clock.ahead += 30_000;
    await visitor.send({ code });
    assert.equal(visitor.step, 'totp-enrol');
    const elsewhere = await afterPassword(person);
    await elsewhere.send({ code: other(code) });
    assert.equal(elsewhere.page.status, 400, 'the right one has ended the waiting');
  });

  it('the right one leads to the set-up in this sign-in, and is spent by it', async () => {
    const { person, code } = await reset();
    const closedTab = await afterPassword(person);
    await closedTab.send({ code });
    assert.equal(closedTab.step, 'totp-enrol');

    const visitor = await afterPassword(person);
    assert.equal(visitor.step, 'enrolment-code', 'another sign-in has not shown it');
    await visitor.send({ code: code.toLowerCase().replace('-', ' ') });
    assert.equal(visitor.step, 'totp-enrol');
    const secret = await visitor.enrolTotp();
    assert.equal((await getPerson(server.store, person.person.id))?.enrolmentCode, null);
    await closedTab.goTo('totp-enrol/scan');
    assert.equal(closedTab.step, 'password', 'the other tab begins anew');

    await visitor.send({ go: 'finish' });
    await visitor.password(person);
    assert.equal(visitor.step, 'totp');
    server.clock.ahead += 30_000;
    await visitor.send({ code: codeOf(secret, server.now()) });
    assert.ok(visitor.back?.code);
  });

  it('nothing is set up without it where that can be put off either', async () => {
    await server.setOrganisation({ mfaFrom: Math.floor(server.now() + 3 * DAY) });
    const { person, code } = await reset();
    const visitor = await afterPassword(person);
    assert.equal(visitor.step, 'enrolment-code');
    for (const step of ['totp-enrol/scan', 'email-code-enrol', 'passkey-enrol']) {
      await visitor.goTo(step);
      assert.equal(visitor.step, 'enrolment-code', step);
    }
    await visitor.send({ go: 'postpone' });
    assert.equal((await visitor.claims())['acr'], ACR.password);

    await visitor.again(person);
    assert.match(visitor.page.html, /value="postpone"/u);
    await visitor.send({ code });
    assert.equal(visitor.step, 'totp-enrol');
    await visitor.enrolTotp();
  });

  it('nothing of before signs in, or proves who sets up a new factor', async () => {
    const person = await server.addPerson({}, { totp: true, oneTimeCodes: true });
    const visitor = await signedIn(person);
    const tokens = await visitor.tokens();
    const half = await afterPassword(person);
    assert.equal(half.step, 'totp');
    await resetFactors(server, person.person.id, server.now());
    server.clock.ahead += 30_000;
    await half.send({ code: person.code() });
    assert.equal(half.step, 'password');
    assert.equal((await visitor.silently()).back?.error, 'login_required');
    assert.equal((await refresh(webmail, tokens)).body['error'], 'invalid_grant');
    await half.password(person);
    for (const code of [person.code(), person.oneTimeCodes[0] ?? '']) {
      await half.send({ code });
      assert.equal(half.step, 'enrolment-code');
      assert.equal(half.page.status, 400);
    }
  });

  it('"Not you?" forgets that it was shown', async () => {
    const { person, code } = await reset();
    const visitor = await afterPassword(person);
    await visitor.send({ code });
    assert.equal(visitor.step, 'totp-enrol');
    await visitor.send({ go: 'restart' });
    await visitor.password(person);
    assert.equal(visitor.step, 'enrolment-code');
  });
});
