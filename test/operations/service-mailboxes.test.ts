/** Service mailboxes: nobody signs in by them, however it is tried; their passcodes are an organisation administrator's. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { askSecondPerson } from '../../src/operations/approvals/ask.ts';
import { approve } from '../../src/operations/approvals/decide.ts';
import { resetFactors } from '../../src/operations/people/reset-factors.ts';
import { mailPasswordLink } from '../../src/operations/people/security/mail-password-link.ts';
import { revokeServicePasscode } from '../../src/operations/people/security/end-one.ts';
import { makePasswordLink } from '../../src/operations/people/make-password-link.ts';
import { deriveEntry } from '../../src/operations/people/list/derive-entry.ts';
import {
  addServiceMailbox,
  addServicePasscode,
  listServiceMailboxes,
} from '../../src/operations/people/services/service-mailbox.ts';
import { updatePerson } from '../../src/operations/people/update-person.ts';
import { judgePasscode, MOST_PASSCODES, sixteenLetters } from '../../src/passcodes/passcode.ts';
import { requiredFrom } from '../../src/policy/assurance.ts';
import { personEntryCollection } from '../../src/records/lists/person-entry.ts';
import { getOrganisation, updateOrganisation } from '../../src/records/organisation.ts';
import { changePerson, ROLES, type Person } from '../../src/records/person.ts';
import { valueOf } from '../../src/result.ts';
import { by, codeOf, eventsIn, NOW, useAdministration } from '../support/administration.ts';
import { performedByOperator } from '../support/by-operator.ts';
import { countWrites } from '../support/watched-store.ts';

const at = useAdministration();
const operator = performedByOperator(NOW);
const code = {
  name: 'Scanner',
  protocols: ['smtp' as const],
  networks: ['192.0.2.0/24'],
  days: '0' as const,
};

before(async () => {
  await at.somebody('member', 'globex', 'first');
});

let added = 0;
async function mailbox(organisation = 'acme'): Promise<Person> {
  added += 1;
  const login = `scanner${added}`;
  const names = { login, email: `${login}@${organisation}.test`, name: `Scanner ${added}` };
  return valueOf(await addServiceMailbox(at.parts(), operator, { organisation, ...names }));
}

describe('a service mailbox', () => {
  it('is added by its organisation’s administrators, and is nobody who could sign in', async () => {
    const input = {
      organisation: 'acme',
      login: 'copier',
      email: 'copier@acme.test',
      name: 'Copier',
    };
    for (const role of ROLES) {
      const who = by(await at.somebody(role));
      const expected = ['administrator', 'organisation-administrator'].includes(role);
      if (!expected)
        assert.equal(await codeOf(addServiceMailbox(at.parts(), who, input)), 'not-allowed', role);
    }
    const boss = await at.somebody('organisation-administrator', 'acme', 'boss');
    const stale = by(boss, { fresh: false });
    assert.equal(await codeOf(addServiceMailbox(at.parts(), stale, input)), 'fresh-factor-needed');
    const elsewhere = { ...input, organisation: 'globex' };
    assert.equal(await codeOf(addServiceMailbox(at.parts(), by(boss), elsewhere)), 'not-found');
    const { id } = valueOf(await addServiceMailbox(at.parts(), operator, input));
    const made = await at.stored(id);
    assert.deepEqual(
      [made.service, made.passwordHash ?? null, made.role ?? 'member'],
      [true, null, 'member'],
    );
    const event = eventsIn(made)[0];
    assert.deepEqual([event?.type, event?.reasons], ['person.added', ['service-mailbox']]);
  });

  it('gets no role and no reset by a second person either', async () => {
    const { id } = await mailbox();
    const asker = await at.somebody('administrator', 'acme', 'asker');
    const second = await at.somebody('administrator', 'acme', 'second');
    for (const act of [
      { what: 'role', role: 'administrator' },
      { what: 'factors-reset' },
      { what: 'temporary-code' },
    ] as const) {
      const asked = askSecondPerson(at.parts(), by(asker), id, act);
      assert.equal(await codeOf(asked), 'service-mailbox', act.what);
      // One that stands all the same.
      await changePerson(at.store, id, (person) => {
        const request = { id: act.what, act, by: asker.id, at: NOW, epoch: person.epoch };
        return { set: { requests: [{ ...request, approved: null }] }, result: undefined };
      });
      const approved = approve(at.parts(), by(second), id, act.what);
      assert.equal(await codeOf(approved), 'service-mailbox', act.what);
      assert.equal((await at.stored(id)).role, 'member');
    }
  });

  it('gets no link, no reset, no role', async () => {
    const { id } = await mailbox();
    assert.equal(await codeOf(mailPasswordLink(at.parts(), operator, id)), 'service-mailbox');
    assert.equal(await codeOf(makePasswordLink(at.parts(), operator, id)), 'service-mailbox');
    assert.equal(await codeOf(resetFactors(at.parts(), operator, id)), 'service-mailbox');
    const role = { role: 'auditor' as const };
    assert.equal(await codeOf(updatePerson(at.parts(), operator, id, role)), 'service-mailbox');
    assert.equal(await codeOf(updatePerson(at.parts(), operator, id, { name: 'Copier' })), 'ok');
  });

  it('is never late with a second factor, whatever its organisation asks', async () => {
    const person = await mailbox();
    const organisation = (await getOrganisation(at.store, 'acme')) ?? assert.fail();
    const asks = { ...organisation, mfa: 'required' as const, mfaFrom: null };
    assert.equal(requiredFrom({ person, organisation: asks }), undefined);
    await deriveEntry(at.store, person.id);
    assert.equal((await at.store.get(personEntryCollection, person.id))?.service, true);
  });

  it('is listed to whoever sees its people, page by page', async () => {
    for (let each = 0; each < 55; each += 1) await mailbox('globex');
    await mailbox();
    const help = by(await at.somebody('helpdesk', 'globex'));
    const first = valueOf(await listServiceMailboxes(at.parts(), help));
    const second = valueOf(await listServiceMailboxes(at.parts(), help, first.next));
    const all = [...first.mailboxes, ...second.mailboxes];
    assert.deepEqual([all.length, second.next], [55, undefined]);
    assert.ok(all.every(({ organisation }) => organisation === 'globex'));
    const everywhere = valueOf(await listServiceMailboxes(at.parts(), operator));
    assert.ok(everywhere.next !== undefined && everywhere.mailboxes[0]?.organisation === 'acme');
    const member = by(await at.somebody('member'));
    assert.equal(await codeOf(listServiceMailboxes(at.parts(), member)), 'not-allowed');
  });
});

describe('a passcode of one', () => {
  it('is one write with its event, shown once, and good from its networks alone', async () => {
    const { id } = await mailbox();
    const boss = await at.somebody('organisation-administrator');
    const { store, writes } = countWrites(at.store);
    const made = valueOf(await addServicePasscode(at.parts(store), by(boss), id, code));
    assert.deepEqual(writes, [`update person ${id}`]);
    const now = await at.stored(id);
    assert.equal(eventsIn(now).at(-1)?.type, 'passcode.made');
    const letters = sixteenLetters(made.letters) ?? '';
    assert.ok(!JSON.stringify(now).includes(letters));
    const judge = (address: string) =>
      judgePasscode(at.parts().vault, now, letters, { protocol: 'smtp', address }, NOW).verdict;
    assert.deepEqual([judge('192.0.2.7'), judge('198.51.100.7')], ['accepted', 'refused']);
  });

  it('is refused to everybody else, of anybody else, without networks, and beyond the limit', async () => {
    const [{ id }, person, abroad] = [
      await mailbox(),
      await at.somebody(),
      await mailbox('globex'),
    ];
    const boss = by(await at.somebody('organisation-administrator'));
    const make = (who = boss, whose = id, more: Partial<typeof code> = {}) =>
      codeOf(addServicePasscode(at.parts(), who, whose, { ...code, ...more }));
    assert.equal(await make(boss, person.id), 'service-only');
    assert.equal(await make(boss, abroad.id), 'not-found');
    assert.equal(await make(boss, id, { networks: [] }), 'passcode-networks');
    assert.equal(await make({ ...boss, fresh: false }), 'fresh-factor-needed');
    for (const role of ['member', 'auditor', 'helpdesk'] as const)
      assert.equal(await make(by(await at.somebody(role, 'acme', 'other'))), 'not-allowed', role);
    await updateOrganisation(at.store, 'acme', () => ({ set: { passcodeDays: 30 }, result: null }));
    assert.equal(await make(), 'passcode-days');
    await updateOrganisation(at.store, 'acme', () => ({
      set: { passcodeDays: null },
      result: null,
    }));
    const codes = await Promise.all(Array.from({ length: MOST_PASSCODES + 2 }, () => make()));
    assert.equal(codes.filter((one) => one === 'ok').length, MOST_PASSCODES);
    assert.ok(codes.every((one) => ['ok', 'passcode-limit'].includes(one)));
  });

  it('is revoked by itself, and nobody’s else in its stead', async () => {
    const { id } = await mailbox();
    const boss = by(await at.somebody('organisation-administrator'));
    valueOf(await addServicePasscode(at.parts(), boss, id, code));
    const { passcodes } = await at.stored(id);
    const item = passcodes[0]?.id ?? assert.fail();
    const person = await at.somebody();
    await changePerson(at.store, person.id, () => ({ set: { passcodes }, result: undefined }));
    const revoke = (whose: string, who = boss) =>
      codeOf(revokeServicePasscode(at.parts(), who, whose, item));
    assert.equal(await revoke(person.id), 'service-code');
    const other = by(await at.somebody('organisation-administrator', 'globex', 'abroad'));
    assert.equal(await revoke(person.id, other), 'not-found', 'nor what they are');
    assert.equal((await at.stored(person.id)).passcodes.length, 1);
    assert.equal(await revoke(id, by(await at.somebody('member', 'acme', 'third'))), 'not-allowed');
    assert.deepEqual([await revoke(id), await revoke(id)], ['ok', 'not-found']);
    assert.equal(eventsIn(await at.stored(id)).at(-1)?.type, 'passcode.revoked');
  });
});
