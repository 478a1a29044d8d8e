/**
 * Who may do what, on the real store: every role on everybody, of the own organisation and another one,
 * with a fresh factor and without; and what the actor's record says at the moment of the act.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { Actor } from '../../src/audit/actor.ts';
import type { Performed } from '../../src/audit/performed.ts';
import { permission } from '../../src/operations/permission.ts';
import type { Operation } from '../../src/policy/access.ts';
import { OPERATOR_ORIGIN } from '../../src/net/request-origin.ts';
import { changePerson, personCollection, ROLES, type Role } from '../../src/records/person.ts';
import { resultOf } from '../../src/result.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';
import { aPerson } from '../support/people.ts';

const ORGANISATIONS = ['acme', 'other'] as const;
type Organisation = (typeof ORGANISATIONS)[number];

/** Whom each role may disable, and whom unlock, in its own organisation and in another one. */
const EXPECTED: Partial<Record<Operation, Partial<Record<Role, Record<Organisation, string>>>>> = {
  'person.disable': {
    'organisation-administrator': { acme: 'member auditor helpdesk', other: '' },
    administrator: { acme: ROLES.join(' '), other: ROLES.join(' ') },
  },
  'person.unlock': {
    helpdesk: { acme: 'member', other: '' },
    'organisation-administrator': { acme: 'member auditor helpdesk', other: '' },
    administrator: { acme: ROLES.join(' '), other: ROLES.join(' ') },
  },
  'person.move': { administrator: { acme: ROLES.join(' '), other: ROLES.join(' ') } },
};
const NEEDS_FRESH: readonly Operation[] = ['person.disable', 'person.move'];

const totp = { authenticators: [{ id: 'a', secret: 's', createdAt: 0 }] };
const actorOf = (role: Role): string => `acting-${role}`;
const targetOf = (role: Role, organisation: Organisation): string => `${organisation}-${role}`;

let fresh: FreshStore;
before(async () => (fresh = await openFreshStore()));
after(() => fresh.close());
beforeEach(async () => {
  const put = (id: string, role: Role, organisation: string): Promise<void> =>
    fresh.store.put(personCollection, id, aPerson({ id, role, organisation, ...totp }));
  for (const role of ROLES) {
    await put(actorOf(role), role, 'acme');
    for (const organisation of ORGANISATIONS)
      await put(targetOf(role, organisation), role, organisation);
  }
});

const by = (actor: Actor, isFresh = true): Performed => ({
  actor,
  origin: OPERATOR_ORIGIN,
  language: 'en',
  fresh: isFresh,
  now: 1_800_000_000_000,
});
const administrator = (id: string): Actor => ({ kind: 'administrator', id });

/** As operations do it: asked inside the write. Answers the code of the refusal, or `done`. */
async function act(operation: Operation, performed: Performed, id: string): Promise<string> {
  const result = await resultOf(async () => {
    const may = await permission(fresh.store, performed, operation);
    await changePerson(fresh.store, id, (person) => {
      may({ person, organisation: person.organisation });
      return { set: { name: 'Changed' }, result: undefined };
    });
  });
  const stored = await fresh.store.get(personCollection, id);
  assert.equal(stored?.name, result.ok ? 'Changed' : 'Alice', 'what is refused changes nothing');
  if (result.ok) return 'done';
  assert.equal(result.problem.status, result.problem.code === 'not-found' ? 404 : 403);
  return result.problem.code;
}

const denied = (role: Role, organisation: Organisation, isRolesOwn: boolean): string =>
  isRolesOwn && role !== 'administrator' && organisation === 'other' ? 'not-found' : 'not-allowed';

describe('every role', () => {
  for (const [name, rows] of Object.entries(EXPECTED))
    for (const role of ROLES)
      it(`${role}: ${name} of whom it may, and of nobody else`, async () => {
        const operation = name as Operation;
        for (const organisation of ORGANISATIONS)
          for (const theirs of ROLES)
            for (const isFresh of [true, false]) {
              const allowed = rows[role]?.[organisation].split(' ').includes(theirs) ?? false;
              const isProven = isFresh || !NEEDS_FRESH.includes(operation);
              const expected = allowed
                ? isProven
                  ? 'done'
                  : 'fresh-factor-needed'
                : denied(role, organisation, rows[role] !== undefined);
              const id = targetOf(theirs, organisation);
              await fresh.store.put(
                personCollection,
                id,
                aPerson({ id, role: theirs, organisation }),
              );
              const performed = by(administrator(actorOf(role)), isFresh);
              assert.equal(await act(operation, performed, id), expected, `${id} ${isFresh}`);
            }
      });

  it('does not act on itself', async () => {
    for (const role of ROLES)
      assert.equal(
        await act('person.unlock', by(administrator(actorOf(role))), actorOf(role)),
        'not-allowed',
        role,
      );
  });
});

describe('the record of who acts', () => {
  const admin = actorOf('administrator');
  const performed = by(administrator(admin));
  const target = targetOf('member', 'other');
  const changed = (set: object): Promise<void> =>
    changePerson(fresh.store, admin, () => ({ set, result: undefined }));

  it('is read at each act: disabled, removed, reset, demoted or moved, they may no more', async () => {
    for (const [set, code] of [
      [{ active: false }, 'not-allowed'],
      [{ removedAt: 1 }, 'not-allowed'],
      [{ authenticators: [] }, 'not-allowed'],
      [{ role: 'member' }, 'not-allowed'],
      [{ role: 'auditor' }, 'not-allowed'],
      [{ role: 'helpdesk' }, 'not-found'],
    ] as const) {
      assert.equal(await act('person.unlock', performed, target), 'done');
      await fresh.store.put(
        personCollection,
        target,
        aPerson({ id: target, organisation: 'other' }),
      );
      await changed(set);
      assert.equal(await act('person.unlock', performed, target), code, JSON.stringify(set));
      const before = { id: admin, role: 'administrator', ...totp } as const;
      await fresh.store.put(personCollection, admin, aPerson(before));
    }
    const helper = by(administrator(actorOf('helpdesk')));
    assert.equal(await act('person.unlock', helper, target), 'not-found');
    await changePerson(fresh.store, actorOf('helpdesk'), () => ({
      set: { organisation: 'other' },
      result: undefined,
    }));
    assert.equal(await act('person.unlock', helper, target), 'done');
  });

  it('is there: nobody acts under a made-up id, none, or as a program', async () => {
    const programs: Actor = { kind: 'api-client', id: admin };
    for (const actor of [
      administrator('made-up'),
      { kind: 'administrator', id: null } as Actor,
      programs,
    ])
      assert.equal(await act('person.unlock', by(actor), target), 'not-allowed');
  });
});

describe('one’s own account', () => {
  const me = targetOf('member', 'acme');

  it('is one’s own, with a fresh factor', async () => {
    for (const [id, isFresh, code] of [
      [targetOf('administrator', 'acme'), true, 'not-allowed'],
      [null, true, 'not-allowed'],
      [me, false, 'fresh-factor-needed'],
      [me, true, 'done'],
    ] as const)
      assert.equal(await act('password.change', by({ kind: 'self', id }, isFresh), me), code);
  });

  it('gives no way to others’, nor to what a role does', async () => {
    for (const operation of ['person.unlock', 'person.change-role'] as const)
      assert.equal(await act(operation, by({ kind: 'self', id: me }), me), 'not-allowed');
  });
});

describe('the operator', () => {
  it('needs no record, and makes no password for anybody', async () => {
    const operator = by({ kind: 'operator', id: null }, false);
    const target = targetOf('administrator', 'other');
    assert.equal(await act('passcode.add', operator, target), 'not-allowed');
    assert.equal(await act('person.disable', operator, target), 'done');
  });
});
