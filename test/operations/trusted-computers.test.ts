/** Ending the trust in computers: what changes and what is told of it are one write. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import {
  listComputers,
  presentToken,
  stillTrusted,
  trustComputer,
  trustedComputerCollection,
} from '../../src/devices/trusted-computer.ts';
import {
  revokeOtherTrustedComputers,
  revokeTrustedComputer,
} from '../../src/operations/account/trusted-computers.ts';
import { renameTrustedComputer } from '../../src/operations/account/rename-trusted-computer.ts';
import { eventAbout } from '../../src/audit/performed.ts';
import { forgetPerson } from '../../src/operations/people/remove-person.ts';
import { removePerson } from '../support/operator.ts';
import { personCollection, type Person } from '../../src/records/person.ts';
import {
  openOperationParts,
  performedBy,
  problemOf,
  type OperationParts,
} from '../support/operation-parts.ts';
import { timesAtOnce } from '../support/race.ts';
import { doBetween } from '../support/watched-store.ts';

const DAY = 86_400_000;
const RULES = { days: 30, allowedFactors: ['totp' as const] };
const GIVEN = { factor: 'totp', browser: 'Firefox on Windows', days: 30 } as const;

let parts: OperationParts;
let alice: Person;
before(async () => {
  parts = await openOperationParts();
});
after(() => parts.close());
beforeEach(async () => {
  alice = await parts.person();
});

const basisOf = ({ id, epoch, trustEpoch }: Person) => ({
  person: id,
  epoch,
  trustEpoch,
  organisation: 'acme',
  organisationTrustEpoch: 1,
});

async function trusted(person = alice) {
  const made = await trustComputer(parts, basisOf(person), GIVEN, parts.clock.now);
  parts.writes.length = 0;
  return made;
}

const stands = (id: string) => stillTrusted(parts, id, basisOf(alice), RULES, parts.clock.now);
const revoke = (id: string, fields = {}) =>
  revokeTrustedComputer(parts, performedBy(alice, parts, fields), alice, id);

describe('trusting a computer', () => {
  const event = (at: number) =>
    eventAbout(alice, performedBy(alice, parts, { now: at }), { type: 'computer.trusted' });
  const trust = (at: number, store = parts.store) =>
    trustComputer({ ...parts, store }, basisOf(alice), GIVEN, at, [event(at)]);

  it('is one write, which carries its event, while it is used too', async () => {
    const { computer, token } = await trust(parts.clock.now);
    assert.deepEqual(parts.writes, ['trusted_computer']);
    const shown = await presentToken(parts, token, basisOf(alice), RULES, parts.clock.now);
    assert.equal(shown.verdict, 'trusted');
    const riding = await parts.riding(trustedComputerCollection, computer.id);
    assert.deepEqual(riding, ['computer.trusted']);
    const { events } = await parts.told('computer.trusted');
    assert.equal(events.filter(({ person }) => person === alice.id).length, 1);
    assert.equal((await listComputers(parts, alice.id)).length, 1);
  });

  it('of which too many makes the oldest go, takes nothing along that they have to tell', async () => {
    const from = parts.clock.now - 100;
    for (let at = 0; at < 20; at += 1) await trust(from + at);
    const oldest = (await listComputers(parts, alice.id)).at(-1)?.id ?? '';
    const busy = doBetween(parts.store, 'find trusted_computer', async () => {
      assert.ok((await revoke(oldest)).ok);
    });
    await trust(from + 20, busy);
    assert.equal((await listComputers(parts, alice.id)).length, 20);
    const own = ({ person }: { person: string | null }) => person === alice.id;
    assert.equal((await parts.told('computer.revoked')).events.filter(own).length, 1);
    await trust(from + 21);
    assert.equal((await listComputers(parts, alice.id)).length, 20);
    assert.equal((await parts.told('computer.trusted')).events.filter(own).length, 22);
  });
});

describe('renaming a trusted computer', () => {
  const rename = (id: string, name: string, before: string, fields = {}) =>
    renameTrustedComputer(parts, performedBy(alice, parts, fields), alice, { id, name, before });

  it('is one write with its event and its mail, and leaves the trust as it was', async () => {
    const { computer, token } = await trusted();
    const renamed = await rename(computer.id, 'Laptop', computer.name);
    assert.deepEqual(renamed, { ok: true, value: { name: 'Laptop' } });
    assert.deepEqual(parts.writes, ['trusted_computer']);
    assert.deepEqual(await parts.riding(trustedComputerCollection, computer.id), [
      'computer.renamed',
      'account-changed',
    ]);
    const { postings: _, ...stored } = (await parts.store.get(
      trustedComputerCollection,
      computer.id,
    ))!;
    assert.deepEqual(stored, { ...computer, name: 'Laptop' });
    const shown = await presentToken(parts, token, basisOf(alice), RULES, parts.clock.now);
    assert.equal(shown.verdict === 'trusted' && shown.computer.name, 'Laptop', 'used, it keeps it');
    const { events } = await parts.told('computer.renamed');
    assert.deepEqual(
      events.map(({ person }) => person),
      [alice.id],
    );
  });

  it('is refused for what was not as it is, and to anybody else, and changes nothing then', async () => {
    const { computer } = await trusted();
    const gone = await trusted();
    await revoke(gone.computer.id);
    parts.writes.length = 0;
    const bob = await parts.person();
    const input = { id: computer.id, name: 'Mine', before: computer.name };
    const byBob = performedBy(bob, parts);
    const cases: [string, ReturnType<typeof rename>][] = [
      ['fresh-factor-needed', rename(computer.id, 'X', computer.name, { fresh: false })],
      ['changed-meanwhile', rename(computer.id, 'X', 'Another name')],
      ['changed-meanwhile', rename(gone.computer.id, 'X', computer.name)],
      ['changed-meanwhile', rename('no such computer', 'X', computer.name)],
      ['changed-meanwhile', renameTrustedComputer(parts, byBob, bob, input)],
      ['not-allowed', renameTrustedComputer(parts, byBob, alice, input)],
    ];
    for (const [code, refused] of cases) assert.equal(problemOf(await refused), code);
    assert.deepEqual(parts.writes, []);
  });

  it('happens once, of four at the same moment', async () => {
    const { computer } = await trusted();
    const names = ['A', 'B', 'C', 'D'];
    const answers = await Promise.all(
      names.map((name) => rename(computer.id, name, computer.name)),
    );
    assert.equal(answers.filter(({ ok }) => ok).length, 1);
    assert.deepEqual(parts.writes, ['trusted_computer']);
  });
});

describe('revoking the trust in a computer', () => {
  it('is one write, which carries its event and its mail, and hides the computer at once', async () => {
    const { computer, token } = await trusted();
    const revoked = await revoke(computer.id);
    assert.deepEqual(revoked, { ok: true, value: { name: 'Firefox on Windows' } });
    assert.deepEqual(parts.writes, ['trusted_computer']);
    assert.deepEqual(await parts.riding(trustedComputerCollection, computer.id), [
      'computer.revoked',
      'account-changed',
    ]);
    assert.deepEqual(await listComputers(parts, alice.id), []);
    assert.equal(await stands(computer.id), false);
    const shown = await presentToken(parts, token, basisOf(alice), RULES, parts.clock.now);
    assert.deepEqual(shown, { verdict: 'none' });
    assert.equal(problemOf(await revoke(computer.id)), 'not-found', 'once');
  });

  it('goes when it is told, and is told after the days of trust would have been over', async () => {
    const { computer } = await trusted();
    parts.clock.now += 30 * DAY - 1000;
    await revoke(computer.id);
    // Of a server that stood still meanwhile.
    parts.clock.now += 30 * DAY;
    const { events } = await parts.told('computer.revoked');
    const own = events.filter(({ person }) => person === alice.id);
    assert.deepEqual(
      own.map(({ details, actor }) => [details, actor]),
      [[{ count: 1 }, 'person']],
    );
    assert.equal(await parts.store.get(trustedComputerCollection, computer.id), undefined);
  });

  it('is refused without a fresh proof, and to anybody else, and changes nothing then', async () => {
    const { computer } = await trusted();
    const bob = await parts.person();
    const byBob = performedBy(bob, parts);
    const cases: [string, ReturnType<typeof revoke>][] = [
      ['fresh-factor-needed', revoke(computer.id, { fresh: false })],
      ['not-allowed', revokeTrustedComputer(parts, byBob, alice, computer.id)],
      ['not-found', revokeTrustedComputer(parts, byBob, bob, computer.id)],
      ['not-found', revoke('no such computer')],
    ];
    for (const [code, refused] of cases) assert.equal(problemOf(await refused), code);
    assert.deepEqual(parts.writes, []);
    assert.ok(await stands(computer.id));
  });

  it('happens once, of four at the same moment', async () => {
    const { computer } = await trusted();
    const answers = await timesAtOnce(4, () => revoke(computer.id));
    assert.equal(answers.filter(({ ok }) => ok).length, 1);
    assert.deepEqual(parts.writes, ['trusted_computer']);
  });

  it('is told though the person is removed before the relay has looked', async () => {
    const { computer } = await trusted();
    await revoke(computer.id);
    const kept = await trusted();
    await removePerson(parts.store, alice.id, parts.clock.now);
    const removed = await parts.store.get(personCollection, alice.id);
    await forgetPerson(parts, removed!, parts.clock.now);
    assert.equal(await parts.store.get(trustedComputerCollection, kept.computer.id), undefined);
    const { events } = await parts.told('computer.revoked');
    assert.equal(events.filter(({ person }) => person === alice.id).length, 1);
  });
});

describe('revoking the trust in all others', () => {
  const revokeOthers = (here: string | null, fields = {}) =>
    revokeOtherTrustedComputers(parts, performedBy(alice, parts, fields), alice, here);

  it('leaves the one at hand, tells with each of the writes, and once in the end', async () => {
    const here = await trusted();
    const others = [await trusted(), await trusted(), await trusted()];
    const bobs = await trusted(await parts.person());
    const before = await parts.told('computer.revoked');
    const revoked = await revokeOthers(here.computer.id);
    assert.deepEqual(revoked, { ok: true, value: { count: 3 } });
    assert.deepEqual(parts.writes, Array<string>(3).fill('trusted_computer'));
    for (const { computer } of others)
      assert.deepEqual(await parts.riding(trustedComputerCollection, computer.id), [
        'computer.revoked',
        'account-changed',
      ]);
    const told = await parts.told('computer.revoked');
    const [event, ...more] = told.events.filter(({ person }) => person === alice.id);
    assert.deepEqual([event?.details, more], [{ count: 3 }, []]);
    assert.equal(told.mails.length - before.mails.length, 1);
    const left = await listComputers(parts, alice.id);
    assert.deepEqual(
      left.map(({ id }) => id),
      [here.computer.id],
    );
    assert.ok(await parts.store.get(trustedComputerCollection, bobs.computer.id));
  });

  it('is told where there was none, and refused without a fresh proof', async () => {
    const { computer } = await trusted();
    assert.equal(problemOf(await revokeOthers(null, { fresh: false })), 'fresh-factor-needed');
    assert.deepEqual(parts.writes, []);
    assert.deepEqual(await revokeOthers(computer.id), { ok: true, value: { count: 0 } });
    assert.deepEqual(parts.writes, ['person']);
    assert.deepEqual(await parts.riding(personCollection, alice.id), [
      'computer.revoked',
      'account-changed',
    ]);
  });
});

describe('a theft', () => {
  it('ends the trust in the write that tells of it, once', async () => {
    const { token, computer } = await trusted();
    const show = (text: string, told?: () => Promise<[]>) =>
      presentToken(parts, text, basisOf(alice), RULES, parts.clock.now, told);
    const second = await show(token);
    assert.ok(second.verdict === 'trusted');
    await show(second.token);
    parts.writes.length = 0;
    const event = { ...performedBy(alice, parts), type: 'computer.theft' };
    const messages = [{ event: { ...event, id: 'theft', at: 1 } }] as never;
    const shown = await timesAtOnce(2, () => show(token, async () => messages));
    assert.deepEqual(shown.map(({ verdict }) => verdict).toSorted(), ['none', 'theft']);
    assert.deepEqual(parts.writes, ['trusted_computer']);
    const riding = await parts.riding(trustedComputerCollection, computer.id);
    assert.deepEqual(riding, ['computer.theft']);
  });
});
