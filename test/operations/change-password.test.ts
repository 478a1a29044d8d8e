/** Changing the password with the present one, on a running server. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { changePassword } from '../../src/operations/password/change-password.ts';
import { barredAfter } from '../../src/operations/password/set-password-by-link.ts';
import { makeLink, readLink } from '../../src/records/link.ts';
import { changePerson } from '../../src/records/person.ts';
import { clearAllAttempts } from '../../src/throttling/clear-attempts.ts';
import type { Result } from '../../src/result.ts';
import { performed, read, useAccountParts } from '../support/account-parts.ts';
import { eventsOf } from '../support/factors.ts';
import { problemOf } from '../support/operation-parts.ts';
import { timesAtOnce } from '../support/race.ts';
import { PASSWORD, type TestPerson } from '../support/server.ts';
import { useSetting } from '../support/setting.ts';
import { signIn, silently } from '../support/sign-in.ts';

const NEW = 'gravel sonnet umbrella';
const BROWSER = 'b'.repeat(43);
const acme = useSetting();
const parts = useAccountParts(acme);

async function change(
  { person }: TestPerson,
  words: { present?: string; wanted?: string },
): Promise<Result<{ epoch: number }>> {
  const at = { person: await read(acme.server, person), browser: BROWSER };
  const { present = PASSWORD, wanted: password = NEW } = words;
  return changePassword(await parts(), performed(acme.server, at.person), at, {
    present,
    password,
  });
}

async function isPassword({ person }: TestPerson, password: string): Promise<boolean> {
  return (await parts()).passwords.matches(
    password,
    (await read(acme.server, person)).passwordHash,
  );
}

describe('a change of the password', () => {
  it('wants the present one, ends what was issued, and is told to both addresses', async () => {
    const person = await acme.server.addPerson({}, { totp: true, email: true });
    const { browser } = await signIn(acme.webmail, person);
    const purpose = { purpose: 'set-password', person: person.person.id, epoch: 1 } as const;
    const link = await makeLink(acme.server, purpose, 3600, acme.server.now());
    const changed = await change(person, {});
    assert.deepEqual(changed, { ok: true, value: { epoch: person.person.epoch + 1 } });
    assert.ok(await isPassword(person, NEW));
    const { callback } = await silently(acme.webmail, browser);
    assert.equal(callback.searchParams.get('error'), 'login_required');
    const { epoch } = await readLink(acme.server, link, 'set-password', acme.server.now());
    assert.ok(
      epoch < (await read(acme.server, person.person)).epoch,
      'the link is of an older epoch',
    );

    await acme.server.settle();
    const told = acme.mail.mails.filter(({ parsed }) => /was changed/u.test(parsed.subject ?? ''));
    assert.deepEqual(told.map(({ to }) => to).toSorted(), [
      `${person.login}@acme.test`,
      `${person.login}@home.test`,
    ]);
    const events = (await eventsOf(acme.server, person)).filter(
      ({ type }) => type === 'password.changed',
    );
    assert.deepEqual(
      events.map(({ outcome }) => outcome),
      ['success'],
    );
  });

  it('is refused with the reason, and changes nothing then', async () => {
    const person = await acme.server.addPerson({ login: 'margarethe' });
    const cases: [{ present?: string; wanted?: string }, string][] = [
      [{ present: 'another one' }, 'password-present'],
      [{ present: '' }, 'required'],
      [{ wanted: PASSWORD }, 'password-same'],
      [{ wanted: 'q7-zebra' }, 'password-short'],
      [{ wanted: 'margarethe margarethe' }, 'password-names'],
      [{ wanted: '123456789012345' }, 'password-row'],
      [{ wanted: 'sunshine1234567' }, 'password-common'],
    ];
    for (const [words, problem] of cases)
      assert.equal(problemOf(await change(person, words)), problem, JSON.stringify(words));
    assert.ok(await isPassword(person, PASSWORD));
    assert.equal((await read(acme.server, person.person)).epoch, 1);
  });

  it('takes a try before it looks at the present password', async () => {
    const person = await acme.server.addPerson();
    for (let count = 0; count < 5; count += 1) await change(person, { present: `no ${count}` });
    assert.equal(problemOf(await change(person, {})), 'wait');
    assert.ok(await isPassword(person, PASSWORD));
    const events = (await eventsOf(acme.server, person)).filter(
      ({ type, outcome }) => type === 'password.changed' && outcome === 'refused',
    );
    assert.equal(events.length, 5);
    await clearAllAttempts(acme.server.store, person.person.id);
    assert.ok((await change(person, {})).ok);
  });

  it('happens once, of four at the same moment', async () => {
    const person = await acme.server.addPerson();
    const at = { person: await read(acme.server, person.person), browser: BROWSER };
    const answers = await timesAtOnce(4, async (nth) =>
      changePassword(await parts(), performed(acme.server, at.person), at, {
        present: PASSWORD,
        password: `${nth} umbrellas of sonnets`,
      }),
    );
    assert.equal(answers.filter(({ ok }) => ok).length, 1);
    assert.equal((await read(acme.server, person.person)).epoch, 2);
  });

  it('does not make codes by mail count again', async () => {
    const person = await acme.server.addPerson();
    const { store } = acme.server;
    await changePerson(store, person.person.id, () => ({
      set: { emailBarredSince: 5 },
      result: undefined,
    }));
    assert.ok((await change(person, {})).ok);
    assert.equal((await read(acme.server, person.person)).emailBarredSince, 5);
  });
});

it('a link bars codes by mail by where it was mailed to', () => {
  const after = (since: number | null, mailedTo?: 'mailbox' | 'secondary') =>
    barredAfter({ emailBarredSince: since }, mailedTo ? { mailedTo } : {}, 9);
  assert.deepEqual([after(null, 'secondary'), after(5, 'secondary')], [9, 5]);
  assert.deepEqual([after(null, 'mailbox'), after(5, 'mailbox')], [null, 5]);
  assert.deepEqual([after(null), after(5)], [null, null]);
});
