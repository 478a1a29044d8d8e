/** Who may do what: the rules of the table, and what the design wants of its rows. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Actor } from '../../src/audit/actor.ts';
import {
  ACCESS,
  RANK,
  refusalOf,
  type ActingAs,
  type Operation,
  type Target,
} from '../../src/policy/access.ts';
import type { AccessRow } from '../../src/policy/access-row.ts';
import { ROLES, type Role } from '../../src/records/person.ts';

const OPERATIONS = Object.keys(ACCESS) as Operation[];
const rowOf = (operation: Operation): AccessRow => ACCESS[operation];
const withDuties = ROLES.filter((role) => role !== 'member');
const ofOthers = OPERATIONS.filter((name) => Object.keys(rowOf(name).roles).length > 0);
const own = OPERATIONS.filter((name) => rowOf(name).self !== 'nobody');

const as = (role: Role, more: Partial<ActingAs> & { kind?: Actor['kind'] } = {}): ActingAs => {
  const { kind = 'administrator', ...rest } = more;
  return { actor: { kind, id: 'me' }, role, organisation: 'acme', fresh: true, ...rest };
};
const person = (role: Role, organisation = 'acme', id = 'them'): Target => ({
  person: { id, role },
  organisation,
});

describe('the roles', () => {
  it('see and do what the design says, and no more', () => {
    const may = (role: Role): string[] =>
      ofOthers.filter((name) => rowOf(name).roles[role] !== undefined);
    assert.deepEqual(may('member'), []);
    assert.ok(may('auditor').every((name) => rowOf(name as Operation).reads));
    assert.deepEqual(may('helpdesk'), [
      'person.list',
      'person.show',
      'person.list-activity',
      'person.list-mails',
      'person.unlock',
      'person.reset-factors',
      'person.give-temporary-code',
      'person.sign-out',
      'person.end-session',
      'person.withdraw-app',
      'person.revoke-computer',
      'person.send-link',
      'approval.list',
      'approval.decide',
      'approval.see-code',
      'group.list',
      'group.members',
      'client.preview',
      'policy.explain',
      'console.show',
    ]);
    assert.deepEqual(
      ofOthers.filter((name) => !may('organisation-administrator').includes(name)),
      [
        'person.change-address-alone',
        'person.move',
        'organisation.add',
        'organisation.change-domains',
        'organisation.remove',
        'client.list-refusals',
        'client.add',
        'client.change',
        'client.rotate-secret',
        'client.remove-secret',
        'client.remove',
        'resource.list',
        'resource.show',
        'resource.add',
        'resource.change',
        'resource.remove',
        'mail.list',
        'mail.send-test',
        'keys.list',
        'keys.rotate',
        'keys.retire',
        'keys.reseal',
        'installation.first-steps',
        'installation.health',
        'installation.verify',
      ],
    );
    assert.deepEqual(may('administrator'), ofOthers);
    for (const name of ofOthers)
      for (const [role, reach] of Object.entries(rowOf(name).roles))
        assert.equal(reach, role === 'administrator' ? 'all' : 'own', `${name} ${role}`);
  });

  it('need a fresh factor for every change but lifting a delay, sending a link again and reminding, and for no look', () => {
    const light = [
      'person.unlock',
      'person.send-link',
      'person.remind',
      'installation.first-steps',
    ];
    for (const name of ofOthers)
      assert.equal(rowOf(name).fresh, !rowOf(name).reads && !light.includes(name), name);
  });

  it('make no password, factor, passcode or link for somebody else', () => {
    for (const name of own) {
      assert.deepEqual(rowOf(name).roles, {}, name);
      assert.equal(rowOf(name).operator, false, name);
      for (const role of ROLES)
        assert.equal(refusalOf(name, as(role), person('member')), 'not-allowed', `${name} ${role}`);
    }
    for (const name of ['person.password-link', 'person.add-with-credentials'] as const)
      for (const role of ROLES)
        assert.equal(refusalOf(name, as(role), person('member')), 'not-allowed');
  });
});

describe('an act on somebody', () => {
  for (const role of ROLES)
    for (const theirs of ROLES)
      it(`by ${role} on ${theirs}: a higher rank changes, any sees`, () => {
        for (const name of ofOthers) {
          const row = rowOf(name);
          const isAbove = RANK[role] > RANK[theirs] || role === 'administrator';
          const isAllowed = row.roles[role] !== undefined && (row.reads || isAbove);
          const refusal = refusalOf(name, as(role), person(theirs));
          assert.equal(refusal, isAllowed ? undefined : 'not-allowed', name);
        }
      });

  it('of another organisation does not find them, but for administrators of the installation', () => {
    for (const name of ofOthers)
      for (const role of withDuties) {
        const reach = rowOf(name).roles[role];
        const expected = { all: undefined, own: 'not-found' }[reach ?? 'own'];
        const refusal = refusalOf(name, as(role), person('member', 'other'));
        assert.equal(refusal, reach === undefined ? 'not-allowed' : expected, `${name} ${role}`);
        if (reach === 'own')
          for (const organisation of [null, undefined])
            for (const mine of ['acme', null])
              assert.equal(
                refusalOf(name, as(role, { organisation: mine }), { organisation }),
                'not-found',
              );
      }
  });

  it('on oneself is refused, but a look', () => {
    for (const role of withDuties)
      for (const name of ofOthers) {
        const refusal = refusalOf(name, as(role), person(role, 'acme', 'me'));
        const isAllowed = rowOf(name).reads && rowOf(name).roles[role] !== undefined;
        assert.equal(refusal, isAllowed ? undefined : 'not-allowed', `${name} ${role}`);
      }
  });

  it('without a fresh factor is refused last, so that nobody proves one for nothing', () => {
    const stale = as('organisation-administrator', { fresh: false });
    assert.equal(refusalOf('person.disable', stale, person('member')), 'fresh-factor-needed');
    assert.equal(refusalOf('person.disable', stale, person('administrator')), 'not-allowed');
    assert.equal(refusalOf('person.disable', stale, person('member', 'other')), 'not-found');
    assert.equal(refusalOf('person.unlock', stale, person('member')), undefined);
    assert.equal(refusalOf('person.show', stale, person('member')), undefined);
  });
});

describe('a role that is given', () => {
  for (const name of ['person.add', 'person.change-role'] as const)
    for (const role of withDuties)
      it(`by ${role} (${name}) is one up to their own rank`, () => {
        for (const gives of ROLES) {
          const isAllowed = rowOf(name).roles[role] !== undefined && RANK[gives] <= RANK[role];
          const target = {
            ...(name === 'person.add' ? {} : person('member')),
            organisation: 'acme',
          };
          const refusal = refusalOf(name, as(role), { ...target, gives });
          assert.equal(refusal, isAllowed ? undefined : 'not-allowed', gives);
        }
      });
});

describe('moving somebody', () => {
  it('is for administrators of the installation', () => {
    const target = { ...person('member'), movesTo: 'other' };
    assert.equal(refusalOf('person.move', as('administrator'), target), undefined);
    assert.equal(refusalOf('person.move', as('organisation-administrator'), target), 'not-allowed');
    // A row that were open to an organisation's own would lead into no other one.
    assert.equal(refusalOf('person.change', as('organisation-administrator'), target), 'not-found');
  });
});

describe('one’s own account', () => {
  const self = (id: string | null, fresh = true): ActingAs =>
    as('administrator', { actor: { kind: 'self', id }, fresh });

  it('is nobody else’s, and what others do is not done to it', () => {
    for (const name of OPERATIONS) {
      const { self: mine } = rowOf(name);
      const expected = mine === 'nobody' ? 'not-allowed' : undefined;
      assert.equal(refusalOf(name, self('me'), person('member', 'acme', 'me')), expected, name);
      assert.equal(refusalOf(name, self('me'), person('member')), 'not-allowed', name);
      assert.equal(refusalOf(name, self('me'), {}), 'not-allowed', name);
    }
  });

  it('needs somebody who is signed in, but where a link or a name is enough', () => {
    const byLink = OPERATIONS.filter((name) => !refusalOf(name, self(null), person('member')));
    assert.deepEqual(byLink, ['password.send-link', 'password.set-by-link']);
  });

  it('is changed with a fresh factor only', () => {
    const mine = person('member', 'acme', 'me');
    for (const name of own) {
      const expected = rowOf(name).fresh ? 'fresh-factor-needed' : undefined;
      assert.equal(refusalOf(name, self('me', false), mine), expected, name);
    }
  });
});

describe('the operator', () => {
  it('may everything but what is a person’s own, the console, and being a second person', () => {
    const operator = as('member', { kind: 'operator', organisation: null, fresh: false });
    for (const name of OPERATIONS)
      for (const target of [
        {},
        person('administrator'),
        { ...person('member'), gives: 'administrator' as const },
      ])
        assert.equal(
          refusalOf(name, operator, target),
          own.includes(name) || name === 'console.show' || name.startsWith('approval.')
            ? 'not-allowed'
            : undefined,
          name,
        );
  });
});

describe('a program', () => {
  const program = (role: Role): ActingAs => as(role, { kind: 'api-client', fresh: false });

  it('may what its role may, without factor resets, approvals, ranks, secrets, moves and links', () => {
    const closed = ofOthers.filter(
      (name) => refusalOf(name, program('administrator'), person('member')) !== undefined,
    );
    assert.deepEqual(closed, [
      'service-mailbox.add-passcode',
      'person.change-address-alone',
      'person.change-role',
      'person.move',
      'person.reset-factors',
      'person.give-temporary-code',
      'person.remove-factor',
      'person.sign-out',
      'person.end-session',
      'person.withdraw-app',
      'person.revoke-computer',
      'person.revoke-passcode',
      'person.extend-grace',
      'approval.list',
      'approval.decide',
      'approval.see-code',
      'organisation.change-domains',
      'organisation.change-branding',
      'organisation.demand-second-person',
      'client.rotate-secret',
      'client.remove-secret',
      'console.show',
      'mail.send-test',
      'keys.rotate',
      'keys.retire',
      'keys.reseal',
      'installation.first-steps',
      'installation.health',
      'installation.verify',
    ]);
    for (const name of OPERATIONS)
      for (const role of ROLES)
        if (rowOf(name).roles[role] === undefined)
          assert.equal(refusalOf(name, program(role), person('member')), 'not-allowed');
  });

  it('acts on people below its rank only, gives no duties, and stays in its organisation', () => {
    for (const role of withDuties)
      for (const theirs of ROLES) {
        const isAllowed =
          rowOf('person.disable').roles[role] !== undefined && RANK[role] > RANK[theirs];
        const refusal = refusalOf('person.disable', program(role), person(theirs));
        assert.equal(refusal, isAllowed ? undefined : 'not-allowed', `${role} ${theirs}`);
      }
    for (const gives of ROLES)
      assert.equal(
        refusalOf('person.add', program('administrator'), { organisation: 'acme', gives }),
        gives === 'member' ? undefined : 'not-allowed',
      );
    const other = person('member', 'other');
    assert.equal(
      refusalOf('person.show', program('organisation-administrator'), other),
      'not-found',
    );
  });
});
