/** Codes by mail, switched on and off by their owner. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Organisation } from '../../src/records/organisation.ts';
import { changePerson, type Person } from '../../src/records/person.ts';
import {
  faultOfSwitchingOff,
  faultOfSwitchingOn,
  liftBar,
} from '../../src/operations/factors/email-codes.ts';
import { switchEmailCodes } from '../../src/operations/factors/switch-email-codes.ts';
import { type FactorId, FACTOR_IDS } from '../../src/records/factor-id.ts';
import { FACTORS } from '../../src/policy/factors.ts';
import { codesLeft } from '../../src/factors/one-time-codes.ts';
import type { Subject } from '../../src/policy/assurance.ts';
import { performed, read, readWho, useAccountParts } from '../support/account-parts.ts';
import { eventsOf } from '../support/factors.ts';
import { aPerson, anOrganisation } from '../support/people.ts';
import { timesAtOnce } from '../support/race.ts';
import { useSetting } from '../support/setting.ts';

const NOW = 1_800_000_000_000;
const verified = { secondaryEmail: { address: 'alice@home.test', verifiedAt: 1 } };
const on = { ...verified, emailMfaSince: 1 };
const app = { authenticators: [{ id: 'a', secret: '', createdAt: 1 }] };
const who = (person: Partial<Person>, organisation: Partial<Organisation> = {}) => ({
  person: aPerson(person),
  organisation: anOrganisation(organisation),
});

describe('codes by mail can be switched on', () => {
  const fault = (...args: Parameters<typeof who>) => faultOfSwitchingOn(who(...args), FACTOR_IDS);
  it('with a verified address, where they are allowed', () => {
    assert.equal(fault(verified), undefined);
    assert.equal(fault({}), 'email-unverified');
    assert.equal(
      fault({ secondaryEmail: { address: 'alice@home.test', verifiedAt: null } }),
      'email-unverified',
    );
    const own = { secondaryEmail: { address: 'alice+x@acme.test', verifiedAt: 1 } };
    assert.equal(fault(own), 'email-own-mailbox', 'the administrator has moved the mailbox there');
  });

  it('not where organisation, person, installation or a reset forbids it', () => {
    const no = 'email-mfa-not-allowed';
    assert.equal(fault(verified, { factors: ['totp'] }), no);
    assert.equal(fault({ ...verified, factors: ['totp'] }), no);
    assert.equal(fault(verified, { mfa: 'off' }), no);
    assert.equal(fault({ ...verified, enrolmentCode: { hash: '', expiresAt: 0 } }), no);
    assert.equal(fault({ ...verified, emailBarredSince: 1 }), no);
    assert.equal(faultOfSwitchingOn(who(verified), ['totp']), no);
  });
});

describe('codes by mail can be switched off', () => {
  const fault = (...args: Parameters<typeof who>) =>
    faultOfSwitchingOff(who(...args), FACTOR_IDS, NOW);
  it('unless a factor is required and no other one is left that may be used', () => {
    assert.equal(fault(on), 'factor-required');
    assert.equal(fault({ ...on, ...app }), undefined);
    assert.equal(fault({ ...on, ...app }, { factors: ['email-code'] }), 'factor-required');
    const codes = { oneTimeCodes: { id: 'c', sealed: '', used: [], createdAt: 1 } };
    assert.equal(fault({ ...on, ...codes }), 'factor-required', 'one-time codes are none alone');
    assert.equal(fault(on, { mfa: 'optional' }), undefined);
    assert.equal(fault({ ...on, role: 'administrator' }, { mfa: 'optional' }), 'factor-required');
    assert.equal(fault(on, { mfaFrom: NOW + 1 }), undefined, 'not required yet');
    assert.equal(fault(verified), undefined, 'they are off');
  });
});

describe('the switch', () => {
  const acme = useSetting();
  const parts = useAccountParts(acme);
  const addressed = async () =>
    acme.server.addPerson({
      secondaryEmail: { address: 'second@home.test', verifiedAt: acme.server.now() },
    });
  const press = async ({ id }: Person, wanted: boolean) =>
    flip(await readWho(acme.server, { id }), wanted);
  const flip = async (asked: Subject, wanted: boolean) => {
    const by = performed(acme.server, asked.person);
    const switched = await switchEmailCodes(await parts(), by, asked, { on: wanted });
    if (switched.ok) return { switched: true, ...switched.value };
    const { code, values } = switched.problem;
    return { switched: false, problem: { code, values } };
  };

  it('makes one-time codes with the first factor, ends what was issued, and is told', async () => {
    const someone = await addressed();
    const { person } = someone;
    assert.deepEqual(await press(person, true), { switched: true, epoch: 2, newCodes: true });
    const now = await read(acme.server, person);
    assert.ok(FACTORS['email-code'].isEnrolled(now));
    assert.deepEqual([now.epoch, codesLeft(now)], [2, 10]);
    assert.deepEqual(await press(person, true), { switched: true, epoch: 2, newCodes: false });
    const types = (await eventsOf(acme.server, someone)).map(({ type }) => type);
    assert.deepEqual(types, ['factor.enrolled']);
  });

  it('off leaves the address, and takes the codes that came along', async () => {
    const someone = await addressed();
    const { person } = someone;
    await press(person, true);
    const refused = { switched: false, problem: { code: 'factor-required', values: {} } };
    assert.deepEqual(await press(person, false), refused);
    await acme.server.setOrganisationMfa('optional');
    assert.deepEqual(await press(person, false), { switched: true, epoch: 3, newCodes: false });
    const now = await read(acme.server, person);
    assert.equal(now.secondaryEmail?.address, 'second@home.test');
    assert.deepEqual([now.emailMfaSince, now.oneTimeCodes, now.epoch], [null, null, 3]);
    await acme.server.setOrganisationMfa('required');
    await acme.server.settle();
    const told = acme.mail.mails.filter(
      ({ to, parsed }) => to === person.email && /switched off/u.test(parsed.subject ?? ''),
    );
    assert.equal(told.length, 1);
  });

  it('is one write, of four at the same moment', async () => {
    const { person } = await addressed();
    const asked = await readWho(acme.server, person);
    const answers = await timesAtOnce(4, () => flip(asked, true));
    assert.equal(answers.filter(({ switched }) => switched).length, 1);
    assert.equal((await read(acme.server, person)).epoch, 2);
  });

  it('the bar is lifted by another factor alone, and by a proof of the same epoch', async () => {
    const { person } = await addressed();
    const bar = () =>
      changePerson(acme.server.store, person.id, () => ({
        set: { emailBarredSince: 5 },
        result: undefined,
      }));
    const after = async (factor: FactorId, epoch = 1) => {
      await bar();
      const barred = { ...(await read(acme.server, person)), epoch };
      await liftBar(acme.server.store, barred, factor);
      return (await read(acme.server, person)).emailBarredSince;
    };
    assert.equal(await after('email-code'), 5);
    assert.equal(await after('totp', 7), 5);
    for (const factor of ['totp', 'passkey', 'one-time-codes'] as const)
      assert.equal(await after(factor), null, factor);
  });
});
