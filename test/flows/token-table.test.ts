/**
 * The table of the tokens: what the ID token says of every path of a sign-in, run through real
 * sign-ins; and that it stays the truth at another app, after a refresh and after a step-up.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { JWTPayload } from 'jose';
import type { OrganisationMfa } from '../../src/records/organisation.ts';
import type { Level } from '../../src/records/proof.ts';
import { ACR } from '../../src/policy/factors.ts';
import { verifyIdToken, type Registration } from '../support/relying-party.ts';
import type { PersonOptions, TestPerson } from '../support/server.ts';
import {
  Visitor,
  essentialAcr,
  type Device,
  givePasskey,
  refresh,
  startPolicyServer,
  type PolicyServer,
} from '../support/policy.ts';

let server: PolicyServer;
let webmail: Registration;
let calendar: Registration;
before(async () => {
  server = await startPolicyServer();
  webmail = await server.addClient();
  calendar = await server.addClient({ name: 'Calendar' });
});
after(() => server.stop());

interface Subject {
  visitor: Visitor;
  person: TestPerson;
  device: Device | undefined;
}

/** What somebody does in a sign-in; the time of it is what `auth_time` may have to be. */
type Act = (subject: Subject) => Promise<unknown>;

interface Row {
  path: string;
  has: PersonOptions & { passkey?: 'synced' | 'own' };
  /** Of the organisation; `required` unless told. */
  mfa?: OrganisationMfa;
  /** Done in an earlier sign-in, whose session is forgotten then. */
  before?: Act;
  acts: Act[];
  /** Position of the oldest act that `acr` rests on. */
  restsOn: number;
  amr: string[];
  acr: string;
}

const password: Act = ({ visitor, person }) => visitor.password(person);
const totp: Act = ({ visitor, person }) => visitor.totp(person);
const emailCode: Act = ({ visitor, person }) => visitor.emailCode(person);
const oneTimeCode: Act = ({ visitor, person }) => visitor.oneTimeCode(person, 3);
const passkey: Act = ({ visitor, device }) => visitor.passkey(device as Device);
const passkeyAlone: Act = ({ visitor, person, device }) =>
  visitor.passkey(device as Device, person);
const trustWithTotp: Act = async ({ visitor, person }) => {
  await (await visitor.start()).password(person);
  await visitor.totp(person, { trust: 'yes' });
};

/** DESIGN of the tokens, row by row. */
const TABLE: readonly Row[] = [
  {
    path: 'password',
    has: {},
    mfa: 'optional',
    acts: [password],
    restsOn: 0,
    amr: ['pwd'],
    acr: 'urn:latchkey:acr:password',
  },
  {
    path: 'password on a trusted computer',
    has: { totp: true },
    before: trustWithTotp,
    acts: [password],
    restsOn: 0,
    amr: ['pwd'],
    acr: 'urn:latchkey:acr:trusted',
  },
  {
    path: 'password + email code',
    has: { email: true },
    acts: [password, emailCode],
    restsOn: 0,
    amr: ['pwd', 'otp', 'mca', 'mfa'],
    acr: 'urn:latchkey:acr:email',
  },
  {
    path: 'password + authenticator code',
    has: { totp: true },
    acts: [password, totp],
    restsOn: 0,
    amr: ['pwd', 'otp', 'mfa'],
    acr: 'urn:latchkey:acr:mfa',
  },
  {
    path: 'password + one-time code',
    has: { email: true, oneTimeCodes: true },
    acts: [password, oneTimeCode],
    restsOn: 0,
    amr: ['pwd', 'otp', 'mfa'],
    acr: 'urn:latchkey:acr:mfa',
  },
  {
    path: 'password + passkey',
    has: { passkey: 'own' },
    acts: [password, passkey],
    // A passkey that has verified its user is the whole sign-in: the password adds no age to it.
    restsOn: 1,
    amr: ['pwd', 'pop', 'user', 'mfa'],
    acr: 'phr',
  },
  {
    path: 'passkey alone',
    has: { passkey: 'own' },
    acts: [passkeyAlone],
    restsOn: 0,
    amr: ['pop', 'user', 'mfa'],
    acr: 'phr',
  },
  {
    path: 'password + a passkey that is synced',
    has: { passkey: 'synced' },
    acts: [password, passkey],
    restsOn: 1,
    amr: ['pwd', 'pop', 'user', 'mfa', 'swk'],
    acr: 'phr',
  },
  {
    path: 'a synced passkey alone',
    has: { passkey: 'synced' },
    acts: [passkeyAlone],
    restsOn: 0,
    amr: ['pop', 'user', 'mfa', 'swk'],
    acr: 'phr',
  },
];

async function newSubject(row: Row): Promise<Subject> {
  await server.setOrganisationMfa(row.mfa ?? 'required');
  const person = await server.addPerson({}, row.has);
  const { passkey: kind } = row.has;
  const device = kind && (await givePasskey(server, person, kind === 'synced'));
  return { person, device, visitor: new Visitor(server, webmail) };
}

interface Moment {
  from: number;
  to: number;
}

/** Between which seconds an act was done. */
async function timed(act: () => Promise<unknown>): Promise<Moment> {
  const from = server.now();
  const ahead = server.clock.ahead;
  await act();
  // An act begins by moving the clock, and the proof is made after that.
  const moved = server.clock.ahead - ahead;
  return { from: Math.floor((from + moved) / 1000), to: Math.floor(server.now() / 1000) };
}

/** Signs in along the row's path, a minute between the acts. */
async function goAlong(row: Row, subject: Subject): Promise<Moment> {
  const { visitor } = subject;
  if (row.before) {
    await row.before(subject);
    assert.ok(visitor.back?.code, visitor.page.html);
    visitor.forgetSession();
    server.clock.ahead += 3600_000;
  }
  await visitor.start();
  const moments: Moment[] = [];
  for (const act of row.acts) {
    moments.push(await timed(() => act(subject)));
    server.clock.ahead += 60_000;
  }
  const moment = moments[row.restsOn];
  assert.ok(moment);
  return moment;
}

function assertSays(claims: JWTPayload, expected: Pick<Row, 'amr' | 'acr'>, rests: Moment): void {
  const amr = claims['amr'] as string[];
  assert.deepEqual(amr.toSorted(), expected.amr.toSorted());
  assert.equal(claims['acr'], expected.acr);
  const at = Number(claims['auth_time']);
  assert.ok(Number.isInteger(at), `${at} are no whole seconds`);
  assert.ok(rests.from <= at && at <= rests.to, `${at} is not in ${rests.from}…${rests.to}`);
}

/** The claims of an ID token that a refresh brings. */
async function refreshed(
  client: Registration,
  tokens: Record<string, string>,
): Promise<JWTPayload> {
  const answer = await refresh(client, tokens);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return verifyIdToken(client, String(answer.body['id_token']));
}

const idTokenOf = (visitor: Visitor, tokens: Record<string, string>): Promise<JWTPayload> =>
  verifyIdToken(visitor.client, String(tokens['id_token']), visitor.asked.nonce);

describe('the ID token', () => {
  for (const row of TABLE) {
    it(`${row.path}: ${row.amr.join(' ')}, ${row.acr}`, async () => {
      const subject = await newSubject(row);
      const { visitor } = subject;
      const rests = await goAlong(row, subject);
      const tokens = await visitor.tokens();
      assertSays(await idTokenOf(visitor, tokens), row, rests);

      server.clock.ahead += 600_000;
      await visitor.silently({}, calendar);
      const others = await visitor.tokens();
      assertSays(await idTokenOf(visitor, others), row, rests);

      server.clock.ahead += 600_000;
      assertSays(await refreshed(webmail, tokens), row, rests);
      assertSays(await refreshed(calendar, others), row, rests);
    });
  }
});

interface StepUp {
  from: string;
  by: string;
  to: Level;
  has?: Row['has'];
  /** What is given when the request for more comes. */
  gives: Act;
  /** Does the new `acr` still rest on the first password (or on what is given now)? */
  restsOnPassword: boolean;
  amr: string[];
}

const STEP_UPS: readonly StepUp[] = [
  {
    from: 'password on a trusted computer',
    to: 'mfa',
    by: 'authenticator code',
    gives: totp,
    restsOnPassword: true,
    amr: ['pwd', 'otp', 'mfa'],
  },
  {
    from: 'password + email code',
    to: 'mfa',
    has: { email: true, totp: true },
    by: 'authenticator code',
    gives: totp,
    restsOnPassword: true,
    amr: ['pwd', 'otp', 'mca', 'mfa'],
  },
  {
    from: 'password + email code',
    to: 'mfa',
    has: { email: true, oneTimeCodes: true },
    by: 'one-time code',
    gives: oneTimeCode,
    restsOnPassword: true,
    amr: ['pwd', 'otp', 'mca', 'mfa'],
  },
  {
    from: 'password + authenticator code',
    to: 'phr',
    has: { totp: true, passkey: 'own' },
    by: 'passkey',
    gives: passkey,
    restsOnPassword: false,
    amr: ['pwd', 'otp', 'pop', 'user', 'mfa'],
  },
];

describe('a request for more', () => {
  for (const stepUp of STEP_UPS) {
    it(`leads from ${stepUp.from} to ${stepUp.to} by ${stepUp.by}`, async () => {
      const row = TABLE.find(({ path }) => path === stepUp.from);
      assert.ok(row);
      const subject = await newSubject({ ...row, has: stepUp.has ?? row.has });
      const { visitor } = subject;
      const first = await goAlong(row, subject);
      assert.equal((await visitor.claims())['acr'], row.acr);
      server.clock.ahead += 300_000;

      await visitor.silently({ acr_values: ACR[stepUp.to] });
      assert.equal(visitor.back?.error, 'login_required');
      await visitor.start({ acr_values: ACR[stepUp.to] });
      assert.notEqual(visitor.step, 'password', 'the proven password still counts');
      const second = await timed(() => stepUp.gives(subject));
      const says = { amr: stepUp.amr, acr: ACR[stepUp.to] };
      const rests = stepUp.restsOnPassword ? first : second;
      assertSays(await visitor.claims(), says, rests);

      // Afterwards the stronger proofs speak for the weaker requests too.
      server.clock.ahead += 60_000;
      assertSays(await (await visitor.silently({}, calendar)).claims(), says, rests);
      const exactly = { claims: essentialAcr(row.acr) };
      const stated = await (await visitor.silently(exactly)).claims();
      assert.equal(stated['acr'], row.acr, 'an essential acr is answered by name');
    });
  }

  it('whose max_age the password has outlived asks for both again', async () => {
    const row = TABLE.find(({ path }) => path === 'password + authenticator code');
    assert.ok(row);
    const subject = await newSubject(row);
    await goAlong(row, subject);
    server.clock.ahead += 300_000;
    const { visitor } = subject;
    await visitor.start({ max_age: '60' });
    assert.equal(visitor.step, 'password');
    const fresh = await timed(() => password(subject));
    assert.equal(visitor.step, 'totp', 'a fresh password makes no old code fresh');
    await totp(subject);
    assertSays(await visitor.claims(), row, fresh);
  });

  it('prompt=login counts nothing from before; without it, nothing of before is lost', async () => {
    const row = TABLE.find(({ path }) => path === 'password on a trusted computer');
    assert.ok(row);
    const subject = await newSubject(row);
    const { visitor } = subject;
    const strong = await timed(async () => {
      await (await visitor.start()).password(subject.person);
      await visitor.totp(subject.person, { trust: 'yes' });
    });
    server.clock.ahead += 300_000;
    await visitor.start({ prompt: 'login' });
    const weak = await timed(() => password(subject));
    const trusted = { amr: ['pwd'], acr: ACR.trusted };
    assertSays(await visitor.claims(), trusted, weak);

    // The code of the session is still there for a request that it is young enough for.
    const mfa = { amr: ['pwd', 'otp', 'mfa'], acr: ACR.mfa };
    assertSays(await (await visitor.silently({ acr_values: ACR.mfa })).claims(), mfa, strong);
  });
});
