/** What is recorded of a person's day, and that none of it is a secret. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeLink } from '../../src/records/link.ts';
import { getPerson, personCollection } from '../../src/records/person.ts';
import { auditCollection, eventsAbout, type AuditEvent } from '../../src/audit/event.ts';
import { createHttpBrowser } from '../support/http-browser.ts';
import { authorize } from '../support/relying-party.ts';
import { PASSWORD, type TestPerson } from '../support/server.ts';
import { useSetting } from '../support/setting.ts';
import { signIn, stepOf } from '../support/sign-in.ts';

const USER_AGENT = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const NEW_PASSWORD = 'gravel-sonnet-umbrella';

const acme = useSetting();

async function eventsOf({ person }: TestPerson): Promise<AuditEvent[]> {
  await acme.server.settle();
  const { items } = await acme.server.store.find(auditCollection, {
    ...eventsAbout(person.id),
    limit: 200,
  });
  return items.map(({ value }) => value).toSorted((a, b) => a.at - b.at);
}

const only = (events: readonly AuditEvent[], type: string, outcome = 'success'): AuditEvent => {
  const [found, ...more] = events.filter(
    (event) => event.type === type && event.outcome === outcome,
  );
  assert.ok(found && more.length === 0, `${type}: ${JSON.stringify(events)}`);
  return found;
};

describe('the audit log', () => {
  it('has every step of a sign-in, with time, client, address, user agent, outcome and reasons', async () => {
    const person = await acme.server.addPerson({}, { totp: true, oneTimeCodes: true });
    const browser = createHttpBrowser(acme.server.issuer, { 'user-agent': USER_AGENT });
    let page = await browser.open(authorize(acme.webmail).url);
    page = await browser.submit(page, { login: person.login, password: 'something quite wrong' });
    page = await browser.submit(page, { login: person.login, password: PASSWORD });
    page = await browser.submit(page, { code: '000000' === person.code() ? '111111' : '000000' });
    page = await browser.submit(page, { code: person.code() });
    assert.ok(page.url.searchParams.has('code'), page.html);

    const all = await eventsOf(person);
    only(all, 'person.added');
    const events = all.filter(({ type }) => type !== 'person.added');
    const wrong = only(events, 'sign-in.password', 'refused');
    assert.deepEqual(wrong.reasons, ['wrong-password']);
    only(events, 'sign-in.password');
    assert.match(only(events, 'sign-in.factor', 'refused').reasons.join(), /^code-/u);
    assert.equal(only(events, 'sign-in.factor').details['factor'], 'totp');
    only(events, 'computer.new');
    const completed = only(events, 'sign-in.completed');
    assert.deepEqual(completed.details, {
      acr: 'urn:latchkey:acr:mfa',
      amr: 'pwd otp mfa',
      factor: 'totp',
      proofs: 'password totp',
      sign_in: completed.details['sign_in'],
    });
    const asked = only(events, 'sign-in.password');
    assert.deepEqual([asked.details['next'], asked.reasons], ['factor', completed.reasons]);
    assert.match(String(asked.details['next_factors']), /^totp\b/u);
    const signIns = events.filter(({ type }) => type.startsWith('sign-in.'));
    assert.deepEqual(
      [...new Set(signIns.map(({ details }) => details['sign_in']))],
      [completed.details['sign_in']],
      'all of one sign-in',
    );
    assert.match(completed.reasons.join(), /organisation requires MFA/u);
    for (const event of events) {
      assert.ok(Math.abs(event.at - acme.server.now()) < 60_000);
      assert.equal(event.client, acme.webmail.clientId);
      assert.match(event.address ?? '', /127\.0\.0\.1|::1/u);
      assert.equal(event.userAgent, USER_AGENT);
      assert.deepEqual([event.actor, event.organisation], ['person', 'acme']);
      assert.ok(
        acme.server.output.join('').includes(`"id":"${event.request}","method":"POST"`),
        `the log has no line of ${event.request}`,
      );
    }
  });

  it('knows the silent from the spoken: SSO adds nothing, sign-out does', async () => {
    const person = await acme.server.addPerson({}, { totp: true });
    const { browser, tokens } = await signIn(acme.webmail, person);
    const before_ = (await eventsOf(person)).length;
    await browser.open(authorize(acme.webmail, { prompt: 'none' }).url);
    assert.equal((await eventsOf(person)).length, before_);
    const end = new URL('/session/end', acme.server.issuer);
    end.searchParams.set('id_token_hint', String(tokens['id_token']));
    await browser.submit(await browser.open(end), { logout: 'yes' });
    only(await eventsOf(person), 'sign-out');
  });

  it('has a password set by a link, which is mailed to its owner', async () => {
    const person = await acme.server.addPerson();
    const purpose = {
      purpose: 'set-password' as const,
      person: person.person.id,
      epoch: person.person.epoch,
    };
    const token = await makeLink(acme.server, purpose, 3600, acme.server.now());
    const browser = createHttpBrowser(acme.server.issuer);
    const page = await browser.open(`${acme.server.issuer}/set-password?token=${token}`);
    await browser.submit(page, { password: NEW_PASSWORD, password_repeat: NEW_PASSWORD });
    only(await eventsOf(person), 'password.set');
    const told = await acme.mail.accepted(`${person.login}@acme.test`);
    assert.match(told.parsed.subject ?? '', /password/iu);
    assert.ok(!JSON.stringify(told.parsed).includes(NEW_PASSWORD));
  });

  it('has a cancelled sign-in, and one of nobody, without the name that was typed', async () => {
    const browser = createHttpBrowser(acme.server.issuer);
    let page = await browser.open(authorize(acme.webmail).url);
    page = await browser.submit(page, { login: 'my-password-in-the-wrong-box', password: 'x' });
    assert.equal(stepOf(page), 'password');
    await browser.submit(page, { go: 'cancel' });
    await acme.server.settle();
    const { items } = await acme.server.store.scan(auditCollection, { limit: 1000 });
    const nobodys = items.map(({ value }) => value).filter(({ person }) => person === null);
    only(nobodys, 'sign-in.password', 'refused');
    assert.match(only(nobodys, 'sign-in.refused', 'refused').reasons.join(), /cancelled/u);
    assert.ok(!JSON.stringify(nobodys).includes('wrong-box'));
  });

  it('holds no secret: no password, code, token, seed or address', async () => {
    const { items } = await acme.server.store.scan(auditCollection, { limit: 1000 });
    const text = JSON.stringify(items);
    const inAcme = { index: 'organisation', equals: 'acme' };
    const { items: people } = await acme.server.store.find(personCollection, inAcme);
    assert.ok(items.length > 10);
    for (const { id } of people) {
      const person = await getPerson(acme.server.store, id);
      assert.ok(person && !text.includes(person.email));
      for (const { secret } of person.authenticators) assert.ok(!text.includes(secret));
    }
    for (const secret of [PASSWORD, NEW_PASSWORD, 'something quite wrong', '"000000"'])
      assert.ok(!text.includes(secret), secret);
    assert.ok(!acme.server.output.join('').includes(PASSWORD));
  });
});
