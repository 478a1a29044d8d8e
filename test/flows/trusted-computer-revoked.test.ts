/** What ends the trust in a computer by itself, and in the sessions that rest on it. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { makeLink } from '../../src/records/link.ts';
import { changePerson, getPerson, type Person } from '../../src/records/person.ts';
import { listComputers } from '../../src/devices/trusted-computer.ts';
import { ACR } from '../../src/policy/factors.ts';
import { FACTOR_IDS } from '../../src/records/factor-id.ts';
import { createHttpBrowser } from '../support/http-browser.ts';
import type { Registration } from '../support/relying-party.ts';
import { PASSWORD, type TestPerson } from '../support/server.ts';
import { Visitor, startPolicyServer, type PolicyServer } from '../support/policy.ts';
import { disablePerson, resetFactors } from '../support/operator.ts';
import { byOperator } from '../support/by-operator.ts';
import { revokeComputer, revokeOtherComputers } from '../support/computers.ts';

const NEW_PASSWORD = 'gravel-sonnet-umbrella';

let server: PolicyServer;
let webmail: Registration;
before(async () => {
  server = await startPolicyServer();
  webmail = await server.addClient();
});
// So many codes are not mailed for one address within an hour.
beforeEach(() => {
  server.clock.ahead += 3600_000;
});
after(() => server.stop());

const set = (person: TestPerson, fields: Partial<Person>): Promise<void> =>
  changePerson(server.store, person.person.id, () => ({ set: fields, result: undefined }));

interface Case {
  what: string;
  /** Does it, without the computer that is trusted. */
  act(person: TestPerson): Promise<unknown>;
  /** Undoes what is everybody's. */
  undo?(): Promise<unknown>;
  password?: string;
  /** Where the next sign-in at the computer is after the password. */
  asks: string;
}

const CASES: readonly Case[] = [
  {
    what: 'the password was set by a link',
    act: setPassword,
    password: NEW_PASSWORD,
    asks: 'email-code',
  },
  { what: 'a factor was added', act: addAuthenticator, asks: 'totp' },
  {
    what: 'the factors were reset',
    act: ({ person }) => resetFactors(server, person.id, server.now()),
    asks: 'enrolment-code',
  },
  { what: 'a one-time code was used', act: useOneTimeCode, asks: 'email-code' },
  {
    what: 'the organisation ended all trust',
    act: () => server.setOrganisation({ trustEpoch: 2 }),
    undo: () => server.setOrganisation({ trustEpoch: 1 }),
    asks: 'email-code',
  },
  {
    what: 'the organisation no longer allows trust',
    act: () => server.setOrganisation({ trustedDays: 0 }),
    undo: () => server.setOrganisation({ trustedDays: 30 }),
    asks: 'email-code',
  },
  {
    what: 'the person may not trust computers any more',
    act: (person) => set(person, { trustedDays: 0 }),
    asks: 'email-code',
  },
  {
    what: 'the organisation forbade the factor',
    act: async (person) => {
      await giveAuthenticator(person);
      await server.setOrganisation({ factors: ['totp'] });
    },
    undo: () => server.setOrganisation({ factors: [...FACTOR_IDS] }),
    asks: 'totp',
  },
  {
    what: 'the factor was forbidden for the person',
    act: async (person) => {
      await giveAuthenticator(person);
      await set(person, { factors: ['totp'] });
    },
    asks: 'totp',
  },
  {
    what: 'the person was disabled, and enabled again',
    act: async (person) => {
      await disablePerson(server.store, person.person.id);
      await set(person, { active: true });
    },
    asks: 'email-code',
  },
  {
    what: 'its owner revoked it',
    act: async ({ person }) => {
      const [computer] = await listComputers(server, person.id);
      assert.ok(await revokeComputer(server, person.id, computer?.id ?? ''));
    },
    asks: 'email-code',
  },
  {
    what: 'its owner revoked all others, from elsewhere',
    act: async (person) => {
      const elsewhere = new Visitor(server, webmail);
      await (await elsewhere.start()).password(person);
      await elsewhere.emailCode(person, { trust: 'yes' });
      const [newest] = await listComputers(server, person.person.id);
      const gone = await revokeOtherComputers(server, person.person.id, newest?.id ?? '');
      assert.equal(gone, 1);
      assert.ok((await elsewhere.again(person)).back?.code, 'that one is still trusted');
    },
    asks: 'email-code',
  },
];

/** The trust was given with a code by mail; the authenticator is of somebody else's making here. */
async function giveAuthenticator(person: TestPerson): Promise<void> {
  const { person: other } = await server.addPerson({}, { totp: true });
  await set(person, { authenticators: other.authenticators });
}

async function setPassword({ person }: TestPerson): Promise<void> {
  const { epoch = 0 } = (await getPerson(server.store, person.id)) ?? {};
  const purpose = { purpose: 'set-password' as const, person: person.id, epoch };
  const token = await makeLink(server, purpose, 3600, server.now());
  const browser = createHttpBrowser(server.issuer);
  const page = await browser.open(`${server.issuer}/set-password?token=${token}`);
  const fields = { password: NEW_PASSWORD, password_repeat: NEW_PASSWORD };
  assert.equal((await browser.submit(page, fields)).url.pathname, '/set-password/done');
}

async function addAuthenticator(person: TestPerson): Promise<void> {
  const strict = await server.addClient({ requireAcr: ACR.mfa });
  await set(person, { oneTimeCodes: null });
  const elsewhere = await (await new Visitor(server, strict).start()).password(person);
  await elsewhere.emailCode(person);
  await elsewhere.enrolTotp();
}

async function useOneTimeCode(person: TestPerson): Promise<void> {
  const elsewhere = await (await new Visitor(server, webmail).start()).password(person);
  await elsewhere.oneTimeCode(person, 0);
  assert.ok(elsewhere.back?.code, elsewhere.notice);
}

/** A person with codes by mail, whose computer is trusted and has a session that rests on that. */
async function trusting(client = webmail): Promise<{ person: TestPerson; there: Visitor }> {
  const person = await server.addPerson({}, { email: true, oneTimeCodes: true });
  const there = await (await new Visitor(server, client).start()).password(person);
  await there.emailCode(person, { trust: 'yes' });
  assert.equal((await (await there.again(person)).claims())['acr'], ACR.trusted);
  assert.ok((await there.silently()).back?.code);
  return { person, there };
}

describe('the trust in a computer has ended, in sessions too, once', () => {
  for (const { what, act, undo, password = PASSWORD, asks } of CASES) {
    it(what, async () => {
      const { person, there } = await trusting();
      const other = await trusting();
      try {
        await act(person);
        assert.equal((await there.silently()).back?.error, 'login_required');
        await there.forgetSession().start();
        await there.password(person, password);
        assert.equal(there.step, asks, there.notice);
      } finally {
        await undo?.();
      }
      // What was one person's alone has left everybody else's computers alone.
      if (!undo) assert.ok((await other.there.again(other.person)).back?.code);
    });
  }

  it('the client no longer accepts it', async () => {
    const client = await server.addClient();
    const { person, there } = await trusting(client);
    await byOperator(server).changeClient(client.clientId, { acceptTrust: false });
    server.clock.ahead += 1000;
    assert.equal((await there.silently()).back?.error, 'login_required');
    assert.equal((await there.again(person)).step, 'email-code');
    assert.ok((await there.silently({}, webmail)).back?.error, 'no session any more');
    assert.ok((await there.again(person)).back?.code, 'others accept it still');
  });

  it('its session is asked for the factor alone, as the password still counts', async () => {
    const { person, there } = await trusting();
    const [computer] = await listComputers(server, person.person.id);
    await revokeComputer(server, person.person.id, computer?.id ?? '');
    await there.start();
    assert.equal(there.step, 'email-code');
    await there.emailCode(person);
    const claims = await there.claims();
    assert.equal(claims['acr'], ACR.email);
  });

  it('a refusal to revoke somebody else’s computer changes nothing', async () => {
    const [alice, bob] = [await trusting(), await trusting()];
    const [hers] = await listComputers(server, alice.person.person.id);
    assert.equal(await revokeComputer(server, bob.person.person.id, hers?.id ?? ''), false);
    assert.ok((await alice.there.again(alice.person)).back?.code);
  });
});
