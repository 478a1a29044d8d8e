/**
 * What was proven in a session ends with it, whichever way it ends, in every tab: a sign-in that began in
 * it begins again with the password, and sets nothing up before.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { changePerson, getPerson, type Person } from '../../src/records/person.ts';
import { endedBy } from '../../src/policy/revocation/ended-fields.ts';
import { ACR } from '../../src/policy/factors.ts';
import { formerProofsCollection } from '../../src/oidc/adapters/proofs.ts';
import { sessionCollection, type StoredSession } from '../../src/records/session.ts';
import type { Change } from '../../src/storage/store.ts';
import { oneTimeCodesOn } from '../support/forms.ts';
import type { HttpBrowser } from '../support/http-browser.ts';
import { startPolicyServer, Visitor, type PolicyServer } from '../support/policy.ts';
import type { Registration } from '../support/relying-party.ts';
import { codeOf, PASSWORD, type PersonOptions, type TestPerson } from '../support/server.ts';
import { disablePerson } from '../support/operator.ts';

let server: PolicyServer;
let webmail: Registration;
before(async () => {
  server = await startPolicyServer();
  webmail = await server.addClient();
  await server.setOrganisationMfa('optional');
});
after(() => server.stop());

const stored = async ({ person }: TestPerson): Promise<Person> => {
  const found = await getPerson(server.store, person.id);
  assert.ok(found);
  return found;
};

async function sessionsOf({ person }: TestPerson): Promise<{ id: string; value: StoredSession }[]> {
  return (await server.store.find(sessionCollection, { index: 'person', equals: person.id })).items;
}

/** Signed in, with or without a second factor, in a browser that further tabs share. */
async function signedIn(has: PersonOptions = {}): Promise<{ person: TestPerson; tab: Visitor }> {
  const person = await server.addPerson({}, has);
  const tab = new Visitor(server, webmail);
  await (await tab.start()).password(person);
  if (has.totp) await tab.totp(person);
  assert.ok(tab.back?.code, tab.page.html.slice(0, 2000));
  return { person, tab };
}

async function signOutAtApp(browser: HttpBrowser): Promise<void> {
  const question = await browser.open(`${server.issuer}/session/end`);
  const bye = await browser.submit(question, { logout: 'yes' });
  assert.equal(bye.status, 200, bye.html);
}

/** Each way in which a session ends. */
const ENDS: readonly { name: string; end(person: TestPerson, tab: Visitor): Promise<unknown> }[] = [
  { name: 'a sign-out at an app', end: (_, { browser }) => signOutAtApp(browser) },
  {
    name: 'a sign-out on the account page',
    async end(person, { browser }) {
      const page = await browser.open(`${server.issuer}/account`);
      const csrf = /name="csrf" value="([^"]*)"/u.exec(page.html)?.[1] ?? '';
      const url = `${server.issuer}/account/sign-out`;
      const body = new URLSearchParams({ csrf });
      const bye = await browser.send(url, { method: 'POST', body });
      assert.equal(bye.status, 200, person.login);
      assert.equal(bye.headers.get('clear-site-data'), '"cache", "storage"');
    },
  },
  {
    name: 'another person who signs in in this browser',
    async end(_, { browser }) {
      const other = await server.addPerson();
      const tab = new Visitor(server, webmail, browser);
      await tab.start({ prompt: 'login' });
      await tab.send({ login: other.login, password: PASSWORD });
      assert.ok(tab.back?.code, tab.page.html.slice(0, 3000));
    },
  },
  {
    name: 'a new epoch',
    end: (person) =>
      changePerson(server.store, person.person.id, (current) => ({
        set: endedBy(current, 'role-changed'),
        result: undefined,
      })),
  },
  {
    name: 'its end in the store',
    async end(person) {
      for (const { id } of await sessionsOf(person))
        await server.store.delete(sessionCollection, id);
    },
  },
];

const secretOn = ({ page }: Visitor): string =>
  /(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}/u.exec(page.html)?.[0]?.replaceAll(' ', '') ?? '';

describe('a sign-in whose session has ended in another tab', () => {
  for (const { name, end } of ENDS) {
    it(`${name}: sets up no first factor`, async () => {
      const { person, tab } = await signedIn();
      const wizard = new Visitor(server, webmail, tab.browser);
      await wizard.start({ acr_values: ACR.mfa });
      await wizard.goTo('totp-enrol/scan');
      const secret = secretOn(wizard);
      await wizard.send({ go: 'next' });
      await end(person, tab);
      await wizard.send({ go: 'submit', code: codeOf(secret, server.now()) });
      assert.equal(wizard.step, 'password', wizard.page.html.slice(0, 2000));
      assert.deepEqual((await stored(person)).authenticators, []);
      for (const page of ['totp-enrol', 'totp-enrol/scan', 'totp-enrol/code'])
        assert.equal((await wizard.goTo(page)).step, 'password');
      await wizard.password(person);
      assert.match(wizard.step, /^totp-enrol/u, 'with the password it goes on');
    });

    it(`${name}: sets up no other factor with what was proven in that tab itself`, async () => {
      const { person, tab } = await signedIn({ totp: true });
      const wizard = new Visitor(server, webmail, tab.browser);
      server.clock.ahead += 6 * 60_000;
      await wizard.start({ acr_values: 'phr' });
      await wizard.password(person);
      await wizard.totp(person);
      assert.equal(wizard.step, 'passkey-enrol');
      await end(person, tab);
      await wizard.goTo('passkey-enrol');
      assert.equal(wizard.step, 'password');
      assert.equal((await wizard.goTo('totp')).step, 'password');
    });

    it(`${name}: a finished sign-in that was not fetched yet signs nobody in`, async () => {
      const { person, tab } = await signedIn();
      const late = new Visitor(server, webmail, tab.browser);
      await late.start({ prompt: 'login' });
      const form = new URLSearchParams({ login: person.login, password: PASSWORD });
      const csrf = /name="csrf" value="([^"]*)"/u.exec(late.page.html)?.[1] ?? '';
      form.set('csrf', csrf);
      form.set('go', 'submit');
      const finished = await tab.browser.send(late.page.url, { method: 'POST', body: form });
      const resume = new URL(finished.headers.get('location') ?? '', server.issuer);
      assert.match(resume.pathname, /^\/auth\//u);
      await end(person, tab);
      const page = await tab.browser.open(resume);
      const { epoch } = await stored(person);
      const mine = (await sessionsOf(person)).filter(
        ({ value }) => value.proofs?.length && value.epoch === epoch,
      );
      assert.deepEqual(mine, [], page.url.href);
      if (name !== 'another person who signs in in this browser')
        assert.match(page.url.pathname, /^\/interaction\/[^/]+\/password$/u);
    });
  }

  it('disabled and enabled again: nothing is left of it', async () => {
    const { person, tab } = await signedIn();
    const wizard = new Visitor(server, webmail, tab.browser);
    await wizard.start({ acr_values: ACR.mfa });
    assert.equal(wizard.step, 'totp-enrol');
    await disablePerson(server.store, person.person.id);
    await changePerson(server.store, person.person.id, () => ({
      set: { active: true },
      result: undefined,
    }));
    await wizard.goTo('totp-enrol/scan');
    assert.equal(wizard.step, 'password');
  });

  it('a consent goes back to the sign-in', async () => {
    const { person, tab } = await signedIn();
    const third = new Visitor(server, await server.addClient({ firstParty: false }), tab.browser);
    await third.start();
    assert.equal(third.step, 'consent');
    await signOutAtApp(tab.browser);
    await third.send({ decision: 'allow' });
    assert.equal(third.step, 'password', third.page.html.slice(0, 2000));
    await third.password(person);
    assert.equal(third.step, 'consent');
    await third.send({ decision: 'allow' });
    assert.ok(third.back?.code);
  });
});

describe('a sign-in that began without a session', () => {
  it('keeps its own proofs when others come and go in this browser', async () => {
    const person = await server.addPerson();
    const wizard = new Visitor(server, webmail);
    await wizard.start({ acr_values: ACR.mfa });
    await wizard.password(person);
    const tab = new Visitor(server, webmail, wizard.browser);
    await (await tab.start()).password(person);
    await signOutAtApp(tab.browser);
    await wizard.goTo('totp-enrol/scan');
    assert.equal(wizard.step, 'totp-enrol/scan');
  });

  it('its own set-up leads to its last page, with the codes for five minutes, and to the password', async () => {
    for (const begin of ['without', 'in a session']) {
      const { person, tab } = await signedIn();
      if (begin === 'without') tab.forgetSession();
      await tab.start({ acr_values: ACR.mfa });
      if (begin === 'without') await tab.password(person);
      await tab.enrolTotp();
      assert.equal(oneTimeCodesOn(tab.page).length, 10, begin);
      server.clock.ahead += 5 * 60_000 + 1000;
      await tab.goTo('enrolled');
      assert.equal(tab.step, 'enrolled');
      assert.deepEqual(oneTimeCodesOn(tab.page), [], 'hidden by now');
      await tab.send({ go: 'finish' });
      assert.equal(tab.step, 'password');
      await tab.password(person);
      assert.equal(tab.step, 'totp', 'asked for once');
    }
  });
});

describe('what a session rests on', () => {
  it('is in its own document, and nowhere once it has ended', async () => {
    const { person, tab } = await signedIn({ totp: true });
    const [session] = await sessionsOf(person);
    assert.deepEqual(
      session?.value.proofs?.map(({ method }) => method),
      ['password', 'totp'],
    );
    await signOutAtApp(tab.browser);
    assert.deepEqual(await sessionsOf(person), []);
    const kept = session && (await server.store.get(sessionCollection, session.id));
    assert.deepEqual(kept?.proofs ?? [], []);
  });

  it('was beside it in the version before: read while the session lives, and added to', async () => {
    const { person, tab } = await signedIn({ totp: true });
    const [session] = await sessionsOf(person);
    assert.ok(session);
    const { proofs = [], signedIn: place, epoch = 1 } = session.value;
    await server.store.update(
      sessionCollection,
      session.id,
      (current): Change<StoredSession, void> => {
        const { proofs: _, signedIn: __, ...older } = current ?? session.value;
        return { put: older, result: undefined };
      },
    );
    const former = {
      person: person.person.id,
      epoch,
      proofs,
      ...(place ? { signedIn: place } : {}),
    };
    await server.store.put(formerProofsCollection, session.id, former);
    assert.ok((await tab.silently({ acr_values: ACR.mfa })).back?.code);
    assert.equal((await tab.claims())['acr'], ACR.mfa);
    await tab.start({ prompt: 'login' });
    await (await tab.password(person)).totp(person);
    const after = await server.store.get(sessionCollection, session.id);
    assert.deepEqual(
      after?.proofs?.map(({ method }) => method),
      ['password', 'totp', 'password', 'totp'],
    );
    assert.deepEqual(after?.signedIn, place);
    await signOutAtApp(tab.browser);
    assert.equal((await tab.silently()).back?.error, 'login_required');
  });

  it('two sign-ins at once in one browser both count', async () => {
    const { person, tab } = await signedIn();
    const both = [0, 1].map(() => new Visitor(server, webmail, tab.browser));
    for (const one of both) await one.start({ prompt: 'login' });
    await Promise.all(both.map((one) => one.password(person)));
    const [session] = await sessionsOf(person);
    assert.ok((session?.value.proofs?.length ?? 0) >= 2);
  });
});

describe('the answer that signs out', () => {
  it('has nothing left in the browser but its cookies', async () => {
    const { tab } = await signedIn();
    const question = await tab.browser.open(`${server.issuer}/session/end`);
    const xsrf = /name="xsrf" value="([^"]*)"/u.exec(question.html)?.[1] ?? '';
    const url = `${server.issuer}/session/end/confirm`;
    const stay = await tab.browser.send(url, {
      method: 'POST',
      body: new URLSearchParams({ xsrf }),
    });
    assert.equal(stay.headers.get('clear-site-data'), null, 'who stays keeps everything');
    const again = await tab.browser.open(`${server.issuer}/session/end`);
    const body = new URLSearchParams({
      xsrf: /name="xsrf" value="([^"]*)"/u.exec(again.html)?.[1] ?? '',
      logout: 'yes',
    });
    const bye = await tab.browser.send(url, { method: 'POST', body });
    assert.equal(bye.headers.get('clear-site-data'), '"cache", "storage"');
  });
});
