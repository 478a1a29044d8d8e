/** The secondary address: named, verified by a code in the same browser, replaced and removed. */
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { removeAddress, verifyAddress } from '../../src/operations/account/address-change.ts';
import { changePerson, type Person } from '../../src/records/person.ts';
import {
  addressNews,
  checkedAddress,
  sendAddressCode,
  type AtAccount,
} from '../../src/operations/account/secondary-address.ts';
import { Problem } from '../../src/problem.ts';
import { performed, read, readWho, useAccountParts } from '../support/account-parts.ts';
import { eventsOf } from '../support/factors.ts';
import { aPerson } from '../support/people.ts';
import { tally, timesAtOnce } from '../support/race.ts';
import type { TestPerson } from '../support/server.ts';
import { useSetting } from '../support/setting.ts';

const HOUR = 3_600_000;
const HERE = 'h'.repeat(43);
const ELSEWHERE = 'e'.repeat(43);
const acme = useSetting();
const parts = useAccountParts(acme);
/** Codes are counted by the hour, and these tests all come from one address. */
beforeEach(() => void (acme.server.clock.ahead += HOUR - (acme.server.now() % HOUR)));

const at = async ({ person }: TestPerson, browser = HERE) => ({
  person: await read(acme.server, person),
  browser,
});
const noticeOf = ({ code, values }: Problem) => ({ code, values });
const send = async (person: TestPerson, address: string, browser = HERE) => {
  const here = await at(person, browser);
  const sent = await sendAddressCode(await parts(), performed(acme.server, here.person), here, {
    address,
  });
  return sent.ok ? undefined : noticeOf(sent.problem);
};
const verifyAt = async (here: AtAccount, code: string) => {
  const done = await verifyAddress(await parts(), performed(acme.server, here.person), here, {
    code,
  });
  if (done.ok) return { verified: true as const, ...done.value };
  return { verified: false as const, problem: noticeOf(done.problem) };
};
const verify = async (person: TestPerson, code: string, browser = HERE) =>
  verifyAt(await at(person, browser), code);
const remove = async ({ person }: TestPerson) => {
  const who = await readWho(acme.server, person);
  const done = await removeAddress(await parts(), performed(acme.server, person), who);
  if (done.ok) return { removed: true as const, ...done.value };
  return { removed: false as const, problem: noticeOf(done.problem) };
};
const addressOf = async ({ person }: TestPerson): Promise<Person['secondaryEmail']> =>
  (await read(acme.server, person)).secondaryEmail;

async function mailsTo(address: string) {
  await acme.server.settle();
  return acme.mail.mails.filter(({ to }) => to === address).map(({ parsed }) => parsed);
}

async function codeTo(address: string): Promise<string> {
  const texts = (await mailsTo(address)).map(({ text }) => text ?? '');
  const code = texts.flatMap((text) => /^ *(\d{6})$/mu.exec(text)?.[1] ?? []).at(-1);
  assert.ok(code, `no code to ${address}`);
  return code;
}

describe('an address', () => {
  const alice = aPerson({ secondaryEmail: { address: 'alice@home.test', verifiedAt: 1 } });
  it('is none, the mailbox itself, verified already, or kept as mail servers write it', () => {
    const cases: [string, object][] = [
      ['alice', { code: 'email-format', values: {} }],
      ['', { code: 'email-format', values: {} }],
      ['Alice+mfa@ACME.test', { code: 'email-own-mailbox', values: {} }],
      ['alice@HOME。test', { code: 'email-verified', values: {} }],
      [' Alice.Archer@Home.Test ', { address: 'Alice.Archer@home.test' }],
    ];
    for (const [typed, expected] of cases) assert.deepEqual(checked(typed), expected);
    function checked(typed: string): object {
      try {
        return { address: checkedAddress(alice, typed) };
      } catch (error) {
        assert.ok(error instanceof Problem);
        return noticeOf(error);
      }
    }
  });
});

describe('the verification', () => {
  it('needs the code from the mail, and is told to mailbox and address', async () => {
    const person = await acme.server.addPerson();
    const address = `${person.login}@home.test`;
    assert.equal(await send(person, address), undefined);
    assert.equal(await addressOf(person), null, 'nothing before the code');
    const news = await addressNews((await parts()).mailQueue, await at(person), acme.server.now());
    assert.equal(news?.address, address);
    const code = await codeTo(address);
    const [mail] = await mailsTo(address);
    assert.match(mail?.subject ?? '', new RegExp(`reference ${news?.reference}`, 'u'));

    const verified = await verify(person, code);
    assert.deepEqual(verified, { verified: true, address, epoch: person.person.epoch });
    assert.deepEqual((await addressOf(person))?.address, address);
    assert.equal(
      (await read(acme.server, person.person)).emailMfaSince,
      null,
      'no factor by itself',
    );
    const subject = 'The second email address of your Acme account was changed';
    for (const to of [address, `${person.login}@acme.test`])
      assert.ok(
        (await mailsTo(to)).some((one) => one.subject === subject),
        to,
      );
    const types = (await eventsOf(acme.server, person)).map(({ type }) => type);
    assert.deepEqual(types, ['code.sent', 'address.verified']);
    assert.deepEqual(await verify(person, code), wrong('code-wrong'), 'it was good once');
  });

  const wrong = (code: string, values: object = {}) => ({
    verified: false,
    problem: { code, values },
  });

  it('works in the browser that asked for it only', async () => {
    const person = await acme.server.addPerson();
    const address = `${person.login}@home.test`;
    await send(person, address);
    const code = await codeTo(address);
    assert.deepEqual(await verify(person, code, ELSEWHERE), wrong('code-wrong'));
    assert.equal(
      await addressNews((await parts()).mailQueue, await at(person, ELSEWHERE), 0),
      null,
    );
    assert.ok((await verify(person, code)).verified);
  });

  it('works with the newest code only, for 15 minutes', async () => {
    const person = await acme.server.addPerson();
    const address = `${person.login}@home.test`;
    await send(person, address);
    const first = await codeTo(address);
    assert.deepEqual(await send(person, ''), { code: 'send-again', values: { seconds: 30 } });
    acme.server.clock.ahead += 30_000;
    assert.equal(await send(person, ''), undefined);
    const second = await codeTo(address);
    const refused = await verify(person, first);
    assert.ok(!refused.verified && refused.problem.code === 'code-older');
    acme.server.clock.ahead += 15 * 60_000;
    assert.deepEqual(await verify(person, second), wrong('code-expired'));
  });

  it('of one address is over with a code to another one', async () => {
    const person = await acme.server.addPerson();
    await send(person, `${person.login}@first.test`);
    const first = await codeTo(`${person.login}@first.test`);
    acme.server.clock.ahead += 30_000;
    await send(person, `${person.login}@second.test`);
    assert.deepEqual(await verify(person, first), wrong('code-wrong'));
    const code = await codeTo(`${person.login}@second.test`);
    assert.ok((await verify(person, code)).verified);
  });

  it('takes a try before it looks, from the one counter of all codes', async () => {
    const person = await acme.server.addPerson();
    await send(person, `${person.login}@home.test`);
    const code = await codeTo(`${person.login}@home.test`);
    const other = code === '000000' ? '111111' : '000000';
    assert.deepEqual(await verify(person, 'abc'), wrong('six-digits-format'));
    for (let count = 0; count < 5; count += 1)
      assert.deepEqual(await verify(person, other), wrong('code-wrong'));
    assert.deepEqual(await verify(person, code), wrong('wait', { seconds: 30 }));
    assert.equal(await addressOf(person), null);
  });

  it('happens once, of four at the same moment', async () => {
    const person = await acme.server.addPerson();
    await send(person, `${person.login}@home.test`);
    const code = await codeTo(`${person.login}@home.test`);
    const here = await at(person);
    const answers = await timesAtOnce(4, () => verifyAt(here, code));
    assert.deepEqual(tally(answers.map(({ verified }) => String(verified))), { true: 1, false: 3 });
  });

  it('sends two mails for no two presses at once, and ten an hour at most', async () => {
    const person = await acme.server.addPerson();
    const address = `${person.login}@home.test`;
    const here = await at(person);
    await timesAtOnce(2, async () =>
      sendAddressCode(await parts(), performed(acme.server, here.person), here, { address }),
    );
    assert.equal((await mailsTo(address)).length, 1);
    const problems: (string | undefined)[] = [];
    for (let count = 0; count < 9; count += 1) {
      acme.server.clock.ahead += 30_000;
      problems.push((await send(person, ''))?.code);
    }
    assert.equal(problems.at(-1), 'too-many-codes');
  });
});

describe('another address in place of a verified one', () => {
  it('takes over when it is proven: the factor goes on there, and the old one is told', async () => {
    const person = await acme.server.addPerson({}, { email: true });
    const [old, fresh] = [`${person.login}@home.test`, `${person.login}@new.test`];
    await send(person, fresh);
    assert.equal((await addressOf(person))?.address, old);
    const verified = await verify(person, await codeTo(fresh));
    assert.deepEqual(verified, { verified: true, address: fresh, epoch: 2 });
    const now = await read(acme.server, person.person);
    assert.deepEqual([now.secondaryEmail?.address, now.epoch], [fresh, 2]);
    assert.equal(now.emailMfaSince, person.person.emailMfaSince);
    for (const to of [old, fresh, `${person.login}@acme.test`]) {
      const texts = (await mailsTo(to)).map(({ text }) => text ?? '');
      assert.ok(
        texts.some((text) => text.replaceAll(/\s+/gu, ' ').includes('is now pe•••@n•••.test')),
        to,
      );
    }
  });
});

describe('the removal', () => {
  it('takes the factor with it, and the one-time codes that came along with it', async () => {
    await acme.server.setOrganisationMfa('optional');
    const person = await acme.server.addPerson({}, { email: true, oneTimeCodes: true });
    assert.deepEqual(await remove(person), { removed: true, epoch: 2 });
    const { secondaryEmail, emailMfaSince, oneTimeCodes } = await read(acme.server, person.person);
    assert.deepEqual([secondaryEmail, emailMfaSince, oneTimeCodes], [null, null, null]);
    const types = (await eventsOf(acme.server, person)).map(({ type }) => type);
    assert.deepEqual(types.toSorted(), ['address.removed', 'factor.removed']);
    assert.equal((await mailsTo(`${person.login}@home.test`)).length, 1);
    assert.equal((await mailsTo(`${person.login}@acme.test`)).length, 2);
    await acme.server.setOrganisationMfa('required');
  });

  it('is refused while it is all that a required factor rests on', async () => {
    const only = await acme.server.addPerson({}, { email: true, oneTimeCodes: true });
    const refused = { removed: false, problem: { code: 'factor-required', values: {} } };
    assert.deepEqual(await remove(only), refused);
    assert.ok(await addressOf(only));
    const other = await acme.server.addPerson({}, { email: true, totp: true });
    assert.ok((await remove(other)).removed);
    const plain = await acme.server.addPerson({}, { email: true, totp: true });
    await changePerson(acme.server.store, plain.person.id, () => ({
      set: { emailMfaSince: null, authenticators: [] },
      result: undefined,
    }));
    assert.ok((await remove(plain)).removed, 'it was no factor');
  });
});
