/** What is done to people, each act by each who may and who may not: in one write, with its event, and what it ends. */
import { performedByOperator } from '../support/by-operator.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AuditEvent } from '../../src/audit/event.ts';
import type { Performed } from '../../src/audit/performed.ts';
import { deletePerson } from '../../src/operations/people/delete-person.ts';
import { disablePerson } from '../../src/operations/people/disable-person.ts';
import { removePerson } from '../../src/operations/people/remove-person.ts';
import { resetFactors } from '../../src/operations/people/reset-factors.ts';
import { lockDownPerson } from '../../src/operations/people/security/lock-down-person.ts';
import { unlockPerson } from '../../src/operations/people/unlock-person.ts';
import { updatePerson, type PersonUpdate } from '../../src/operations/people/update-person.ts';
import { endedBy } from '../../src/policy/revocation/ended-fields.ts';
import type { PersonCause } from '../../src/policy/revocation.ts';
import type { Role } from '../../src/records/person.ts';
import type { Result } from '../../src/result.ts';
import {
  by,
  codeOf,
  eventsIn,
  mailsIn,
  NOW,
  ORIGIN,
  useAdministration,
  type Parts,
} from '../support/administration.ts';
import { countWrites } from '../support/watched-store.ts';

const DAY = 86_400_000;

const at = useAdministration();

interface Row {
  does(parts: Parts, performed: Performed, id: string): Promise<Result<unknown>>;
  type: AuditEvent['type'];
  details: AuditEvent['details'];
  cause: PersonCause[];
  mails?: number;
  /** The weakest that may. */
  least: Role;
  anyTime?: true;
}
const update =
  (input: PersonUpdate): Row['does'] =>
  (parts, performed, id) =>
    updatePerson(parts, performed, id, input);
const changed = (cause: PersonCause[], details: Row['details'], input: PersonUpdate): Row => ({
  does: update(input),
  type: 'person.changed',
  details,
  cause,
  least: 'organisation-administrator',
});

const ROWS: Readonly<Record<string, Row>> = {
  'asking for more': changed(
    ['person-tightened'],
    { mfa: 'inherit → required', grace_until: 'none → 2096-10-03', trusted_days: 'inherit → 7' },
    { mfa: 'required', mfaFrom: NOW + DAY, trustedDays: 7 },
  ),
  'taking factors away': changed(
    ['person-tightened'],
    { allowed_factors: 'all → totp,passkey' },
    { factors: ['totp', 'passkey'] },
  ),
  'naming anew': changed([], { name: 'changed' }, { name: 'Alice' }),
  'giving a role': changed(
    ['role-changed'],
    { role: 'member → organisation-administrator' },
    { role: 'organisation-administrator' },
  ),
  disabling: {
    does: disablePerson,
    type: 'person.disabled',
    details: {},
    cause: ['disabled'],
    least: 'organisation-administrator',
  },
  'locking down': {
    does: (parts, performed, id) => lockDownPerson(parts, performed, id, { until: 'disabled' }),
    type: 'person.locked-down',
    details: { active: 'no' },
    cause: ['locked-down'],
    mails: 1,
    least: 'organisation-administrator',
  },
  'locking down until a new password': {
    does: (parts, performed, id) => lockDownPerson(parts, performed, id, { until: 'password' }),
    type: 'person.locked-down',
    details: { active: 'yes' },
    cause: ['locked-down'],
    mails: 1,
    least: 'organisation-administrator',
  },
  'choosing a language': changed([], { language: '- → zh-Hant' }, { language: 'zh-Hant' }),
  deleting: {
    does: deletePerson,
    type: 'person.deletion-ordered',
    details: { due: '2096-10-09' },
    cause: ['disabled'],
    least: 'organisation-administrator',
  },
  removing: {
    does: removePerson,
    type: 'person.removed',
    details: {},
    cause: ['removed'],
    least: 'organisation-administrator',
  },
  unlocking: {
    does: unlockPerson,
    type: 'attempts.unlocked',
    details: {},
    cause: [],
    mails: 1,
    least: 'helpdesk',
    anyTime: true,
  },
  resetting: {
    does: resetFactors,
    type: 'factors.reset',
    details: {},
    cause: ['factors-reset'],
    mails: 1,
    least: 'helpdesk',
  },
};

for (const [name, row] of Object.entries(ROWS))
  describe(`${name} of somebody`, () => {
    it('is one write: the change, what it ends, the event and who is told', async () => {
      const target = await at.somebody();
      const { store, writes } = countWrites(at.store);
      const parts = at.parts(store);
      const chief = await at.somebody(row.least, 'acme', 'chief');
      assert.equal(await codeOf(row.does(parts, by(chief), target.id)), 'ok');
      assert.deepEqual(
        writes.filter((write) => !/attempts|claim/u.test(write)),
        [`update person ${target.id}`],
      );
      assert.deepEqual(parts.soon, [`person ${target.id}`]);

      const now = await at.stored(target.id);
      const [event, ...more] = eventsIn(now).slice(1);
      assert.ok(event && more.length === 0);
      const details = Object.entries(row.details).map(([field, told]) => [
        field,
        String(told).replace('NAME', target.login),
      ]);
      const { type, actor, actorId, address, person: about, organisation, at: when } = event;
      assert.deepEqual(
        { type, actor, actorId, address, about, organisation, when, details: event.details },
        {
          type: row.type,
          actor: 'administrator',
          actorId: chief.id,
          address: ORIGIN.address,
          about: target.id,
          organisation: 'acme',
          when: NOW,
          details: Object.fromEntries(details),
        },
      );
      assert.equal(mailsIn(now), row.mails ?? 0);
      const { epoch, trustEpoch, consentEpoch } = endedBy(target, ...row.cause);
      assert.deepEqual(
        [now.epoch, now.trustEpoch, now.consentEpoch],
        [epoch, trustEpoch, consentEpoch],
      );
    });

    it('is the operator’s too, who is told by no id', async () => {
      const target = await at.somebody();
      assert.equal(await codeOf(row.does(at.parts(), performedByOperator(NOW), target.id)), 'ok');
      const event = eventsIn(await at.stored(target.id)).at(-1);
      assert.deepEqual(
        [event?.actor, event?.actorId, event?.address],
        ['operator', undefined, null],
      );
      const nobody = row.does(at.parts(), performedByOperator(NOW), 'nobody');
      assert.equal(await codeOf(nobody), 'person-unknown');
    });

    it('is refused to whoever may not, and nothing is written', async () => {
      const [target, elsewhere, peer, chief] = [
        await at.somebody(),
        await at.somebody('member', 'beta', 'elsewhere'),
        await at.somebody(row.least, 'acme', 'peer'),
        await at.somebody(row.least, 'acme', 'chief'),
      ];
      const { store, writes } = countWrites(at.store);
      const parts = at.parts(store);
      const refusal = (performed: Performed, id: string) => codeOf(row.does(parts, performed, id));
      const stale = by(chief, { fresh: false });

      assert.equal(await refusal(by(chief), elsewhere.id), 'not-found');
      assert.equal(
        await refusal(by(chief), 'nobody'),
        'not-found',
        'as if of another organisation',
      );
      assert.equal(await refusal(by(chief), peer.id), 'not-allowed', 'of the same rank');
      assert.equal(
        await refusal(by(chief), chief.id),
        'not-allowed',
        'nobody does it to themselves',
      );
      for (const role of ['member', 'auditor'] as const)
        assert.equal(
          await refusal(by(await at.somebody(role, 'acme', role)), target.id),
          'not-allowed',
        );
      const themselves = { ...by(target), actor: { kind: 'self' as const, id: target.id } };
      assert.equal(await refusal(themselves, target.id), 'not-allowed');
      await disablePerson(at.parts(), performedByOperator(NOW), peer.id);
      assert.equal(await refusal(by(peer), target.id), 'not-allowed', 'disabled meanwhile');
      if (!row.anyTime) assert.equal(await refusal(stale, target.id), 'fresh-factor-needed');

      for (const untouched of [target, elsewhere, chief])
        assert.deepEqual(await at.stored(untouched.id), untouched);
      assert.deepEqual(
        writes.filter((write) => !write.startsWith('update person')),
        [],
      );
      if (row.anyTime) assert.equal(await refusal(stale, target.id), 'ok');
    });
  });
