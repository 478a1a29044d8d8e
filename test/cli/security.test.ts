/** What an operator does for somebody who is locked out, read back from the store. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { changePerson, findPerson, type Person } from '../../src/records/person.ts';
import { OPERATOR_ORIGIN } from '../../src/net/request-origin.ts';
import { newEvent, auditCollection, type AuditEvent } from '../../src/audit/event.ts';
import {
  attemptsCollection,
  CODE_RULE,
  codeCounter,
  enrolmentCodeCounter,
  oneTimeCounter,
  passwordCounter,
} from '../../src/throttling/attempts.ts';
import { FACTOR_IDS } from '../../src/records/factor-id.ts';
import { COLLECTIONS } from '../../src/server/collections.ts';
import { openMail, type Mail } from '../../src/mail/mail.ts';
import { mailCollection } from '../../src/mail/queue.ts';
import { openVault } from '../../src/secrets/keyring.ts';
import { openStore } from '../../src/storage/open.ts';
import type { Store } from '../../src/storage/store.ts';
import { newInstallation, type Installation } from '../support/command-line.ts';

const DAY = 86_400_000;
const SECRET = 'sealed-and-never-told';
const PASSWORD = 'granite-otter-balloon';
/** More would wait for a connection for longer than a write may. */
const AT_ONCE = 200;

let latchkey: Installation;
before(async () => {
  latchkey = await newInstallation();
  // Nobody listens there: the mails stay in the outbox.
  latchkey.env['LATCHKEY_MAIL_SMTP_URL'] = 'smtp://127.0.0.1:9';
  await ok(['org', 'add', 'Acme']);
  await add('root', ['--role', 'administrator', '--name', 'Root']);
});
after(() => latchkey.remove());

async function ok(args: readonly string[], stdin?: string): Promise<string> {
  const ran = await latchkey.run(args, stdin);
  assert.equal(ran.code, 0, `${args.join(' ')}: ${ran.stderr}${ran.stdout}`);
  return ran.stdout;
}
const json = async <T>(args: readonly string[]): Promise<T> =>
  JSON.parse(await ok([...args, '--json'])) as T;
const add = (login: string, more: readonly string[]): Promise<string> =>
  ok(
    [
      'user',
      'add',
      login,
      '--org',
      'acme',
      '--email',
      `${login}@acme.test`,
      '--password-stdin',
    ].concat(more),
    PASSWORD,
  );

/** The store between two commands. */
async function withStore<T>(work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore(latchkey.store, COLLECTIONS, { now: Date.now });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

async function personOf(store: Store, login: string): Promise<Person> {
  const person = await findPerson(store, login);
  assert.ok(person, login);
  return person;
}

const read = (login: string): Promise<Person> => withStore((store) => personOf(store, login));

const EVERYTHING: Partial<Person> = {
  authenticators: [{ id: 'a', secret: SECRET, createdAt: Date.UTC(2026, 0, 2) }],
  passkeys: [
    { id: 'k', publicKey: SECRET, transports: [], synced: false, name: 'Laptop', createdAt: 1 },
  ],
  secondaryEmail: { address: 'second@other.test', verifiedAt: 1 },
  emailMfaSince: Date.UTC(2026, 1, 3),
  oneTimeCodes: { id: 'c', sealed: SECRET, used: [0], createdAt: 1 },
};

const equip = (login: string): Promise<void> =>
  withStore(async (store) => {
    const { id } = await personOf(store, login);
    await changePerson(store, id, () => ({ set: EVERYTHING, result: undefined }));
  });

/** Those in the outbox, opened. */
async function mails(): Promise<Mail[]> {
  return withStore(async (store) => {
    const vault = await openVault(
      { keyFile: join(latchkey.folder, 'data', 'latchkey.key'), mayMake: false },
      store,
    );
    const { items } = await store.scan(mailCollection, { limit: 1000 });
    return Promise.all(
      items.map(({ id, value }) => openMail(vault, { ...value, id, sealed: value.sealed ?? '' })),
    );
  });
}

describe('latchkey user show', () => {
  it('shows factors with their dates and the policy, and no secret', async () => {
    await equip('root');
    const shown = await ok(['user', 'show', 'root']);
    assert.match(shown, /authenticators +2026-01-02/u);
    assert.match(shown, /passkeys +Laptop \(1970-01-01\)/u);
    assert.match(shown, /email_codes_since +2026-02-03/u);
    assert.match(shown, /one_time_codes_left +9/u);
    assert.match(shown, /required_from +always/u);
    const root = await json<Record<string, unknown>>(['user', 'show', 'root']);
    assert.deepEqual(root['factors'], FACTOR_IDS);
    assert.ok(!(shown + JSON.stringify(root)).includes(SECRET));
  });
});

describe('latchkey user reset-mfa', () => {
  it('takes everything from the last administrator, and mails it to both addresses', async () => {
    await equip('root');
    const before_ = await read('root');
    const { enrolment_code: code } = await json<{ enrolment_code: string }>([
      'user',
      'reset-mfa',
      '--yes',
      'root',
    ]);
    const root = await read('root');
    assert.deepEqual(
      [root.authenticators, root.passkeys, root.emailMfaSince, root.oneTimeCodes],
      [[], [], null, null],
    );
    assert.equal(root.secondaryEmail?.verifiedAt, null);
    assert.ok(root.epoch > before_.epoch && root.trustEpoch > before_.trustEpoch);
    assert.equal(root.postings, undefined, 'the command has moved what it told');
    const sent = (await mails()).filter(({ template }) => template === 'factors-reset');
    assert.deepEqual(sent.map(({ to }) => to).toSorted(), ['root@acme.test', 'second@other.test']);
    assert.ok(sent.every(({ values }) => values['organisation'] === 'Acme'));
    const everything = JSON.stringify([root, sent, await json(['audit', 'list'])]);
    for (const secret of [code, code.replace('-', '')]) assert.ok(!everything.includes(secret));
    const [event] = await json<AuditEvent[]>(['audit', 'list', '--type', 'factors.reset']);
    assert.deepEqual([event?.person, event?.actor, event?.details], [root.id, 'operator', {}]);
  });

  it('mails to the mailbox alone when the other address is not verified', async () => {
    const before_ = (await mails()).length;
    await ok(['user', 'reset-mfa', '--yes', 'root']);
    const sent = await mails();
    assert.equal(sent.length, before_ + 1);
  });
});

describe('latchkey user unlock', () => {
  it('lifts every delay and the suspension, for this person only', async () => {
    await add('alice', ['--name', 'Alice']);
    await add('bob', ['--name', 'Bob']);
    const [alice, bob] = [await read('alice'), await read('bob')];
    const countersOf = ({ id: person }: Person): string[] => [
      codeCounter({ person, known: undefined }),
      codeCounter({ person, known: 'browser' }),
      oneTimeCounter({ person, known: undefined }),
      passwordCounter({ person, known: undefined }),
      enrolmentCodeCounter(person),
    ];
    const suspended = { failures: CODE_RULE.suspendAt, waitUntil: Date.now() + DAY };
    await withStore(async (store) => {
      for (const person of [alice, bob])
        for (const counter of countersOf(person))
          await store.put(attemptsCollection, counter, { ...suspended, owner: person.id });
    });
    await ok(['user', 'unlock', 'alice']);
    const left = await withStore(async (store) => store.scan(attemptsCollection));
    assert.deepEqual(left.items.map(({ id }) => id).toSorted(), countersOf(bob).toSorted());
    const sent = (await mails()).filter(({ template }) => template === 'unlocked');
    assert.deepEqual(
      sent.map(({ to }) => to),
      ['alice@acme.test'],
    );
    const [event] = await json<AuditEvent[]>(['audit', 'list', '--type', 'attempts.unlocked']);
    assert.equal(event?.person, alice.id);
  });
});

describe('what ends the trust in computers', () => {
  const CASES: readonly [string, string, boolean][] = [
    ['stricter', '--mfa required', true],
    ['less strict', '--mfa available', false],
    ["the organisation's again", '--mfa inherit', true],
    ['a factor less', '--factors totp,passkey', true],
    ['a factor more', '--factors totp,passkey,email-code', false],
    ['fewer days', '--trusted-days 5', true],
    ['more days', '--trusted-days 9', false],
    ['nothing new', '--trusted-days 9', false],
    ['a name', '--name Ally', false],
  ];
  it('of a person', async () => {
    for (const [what, args, ends] of CASES) {
      const { trustEpoch, epoch } = await read('alice');
      await ok(['user', 'set', 'alice', ...args.split(' ')]);
      const now = await read('alice');
      assert.equal(now.trustEpoch > trustEpoch, ends, what);
      assert.equal(now.epoch, epoch, what);
    }
  });

  it('another role ends the sessions too', async () => {
    const { epoch } = await read('alice');
    await ok(['user', 'set', 'alice', '--role', 'administrator']);
    assert.ok((await read('alice')).epoch > epoch);
    await ok(['user', 'set', 'alice', '--role', 'member']);
  });
});

describe('latchkey audit list', () => {
  it('shows the newest of many thousands', async () => {
    const { id, organisation } = await read('bob');
    await withStore(async (store) => {
      const old = Array.from({ length: 10_500 }, (_, at) =>
        newEvent({
          type: 'sign-in.password',
          at: Date.now() - 60 * DAY + at,
          origin: OPERATOR_ORIGIN,
          person: { id, organisation },
        }),
      );
      while (old.length > 0)
        await Promise.all(
          old.splice(0, AT_ONCE).map((event) => store.insert(auditCollection, event.id, event)),
        );
    });
    await ok(['user', 'unlock', 'bob']);
    for (const more of [[], ['--user', 'bob'], ['--since', '90d'], ['--limit', '10000']]) {
      const events = await json<(AuditEvent & { time: string })[]>(['audit', 'list', ...more]);
      assert.equal(events[0]?.type, 'attempts.unlocked', more.join(' '));
      assert.equal(events.length, more.includes('--limit') ? 10_000 : 50);
      assert.ok(events.every(({ time }, n) => n === 0 || time <= String(events[n - 1]?.time)));
    }
    const recent = await json<AuditEvent[]>(['audit', 'list', '--user', 'bob', '--since', '1h']);
    assert.ok(recent.every(({ type }) => type !== 'sign-in.password'));
    assert.match(
      await ok(['audit', 'list', '--limit', '3']),
      /T.*Z +attempts\.unlocked +success +bob/u,
    );
  });
});
