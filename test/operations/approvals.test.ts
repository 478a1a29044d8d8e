/** A second person: asked for, approved by somebody else in one write, dead when anything has moved meanwhile. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Performed } from '../../src/audit/performed.ts';
import { askSecondPerson } from '../../src/operations/approvals/ask.ts';
import { approve, refuse } from '../../src/operations/approvals/decide.ts';
import { listRequests } from '../../src/operations/approvals/list-requests.ts';
import {
  approveSwitchOff,
  askToSwitchOff,
  demandSecondPerson,
  refuseSwitchOff,
} from '../../src/operations/approvals/organisation-rule.ts';
import { standingRequests } from '../../src/operations/approvals/standing.ts';
import {
  seeApprovedCode,
  seeApprovedTemporaryCode,
} from '../../src/operations/approvals/see-code.ts';
import { changeOrganisation } from '../../src/operations/organisations/change-organisation.ts';
import { addPerson } from '../../src/operations/people/add-person.ts';
import { checkEnrolmentCode } from '../../src/operations/factors/enrolment-code.ts';
import { disablePerson } from '../../src/operations/people/disable-person.ts';
import { resetFactors } from '../../src/operations/people/reset-factors.ts';
import { giveTemporaryCode } from '../../src/operations/people/security/give-temporary-code.ts';
import { lockDownPerson } from '../../src/operations/people/security/lock-down-person.ts';
import { updatePerson } from '../../src/operations/people/update-person.ts';
import { organisationCollection } from '../../src/records/organisation.ts';
import {
  changePerson,
  personCollection,
  type Person,
  type PersonAct,
  type Role,
} from '../../src/records/person.ts';
import { deriveEntry } from '../../src/operations/people/list/derive-entry.ts';
import { valueOf } from '../../src/result.ts';
import {
  by,
  codeOf,
  eventsIn,
  factorOf,
  mailsIn,
  NOW,
  useAdministration,
} from '../support/administration.ts';
import { performedByOperator } from '../support/by-operator.ts';
import { writesOf } from '../support/staff.ts';
import { doBetween } from '../support/watched-store.ts';

const at = useAdministration();
const RESET: PersonAct = { what: 'factors-reset' };
const DAY = 86_400_000;

/** An organisation of its own that demands a second person, and who is in it. */
let organisations = 0;
async function strict() {
  organisations += 1;
  const id = `strict${organisations}`;
  const acme = await at.store.get(organisationCollection, 'acme');
  assert.ok(acme);
  const { postings: _, ...own } = acme;
  await at.store.put(organisationCollection, id, { ...own, id, name: id, secondPerson: true });
  const somebody = async (role: Role, name: string) => {
    const person = await at.somebody(role, id, `${id}${name}`);
    await deriveEntry(at.store, person.id);
    return person;
  };
  const [target, asker, second] = [
    await somebody('member', 'target'),
    await somebody('helpdesk', 'asker'),
    await somebody('organisation-administrator', 'second'),
  ];
  return { id, target, asker, second, somebody };
}

async function requestOf(id: string): Promise<string> {
  return (await at.stored(id)).requests?.at(-1)?.id ?? '';
}

async function asked(act: PersonAct = RESET) {
  const there = await strict();
  const { target, second, asker } = there;
  const who = act.what === 'role' ? await there.somebody(second.role, 'other') : asker;
  valueOf(await askSecondPerson(at.parts(), by(who), target.id, act));
  return { ...there, asker: who, request: await requestOf(target.id) };
}

const approving = (
  { target, request }: { target: { id: string }; request: string },
  performed: Performed,
) => approve(at.parts(), performed, target.id, request);

describe('where a second person is demanded', () => {
  it('one alone gives nobody who can sign in another address, to be mailed a new password there', async () => {
    const { id, target, second } = await strict();
    const root = await at.somebody('administrator', 'acme', `root-${id}`);
    const readdressed = (who: Person, email: string, of = target.id) =>
      codeOf(updatePerson(at.parts(), by(who), of, { email }));
    const domains = { domains: [`${id}.test`] };
    valueOf(await changeOrganisation(at.parts(), performedByOperator(NOW), id, domains));
    const newcomer = await at.somebody('member', id, `${id}new`);
    await changePerson(at.store, target.id, () => ({
      set: { passwordHash: 'of their own' },
      result: undefined,
    }));
    assert.equal(await readdressed(second, `other-${id}@${id}.test`, newcomer.id), 'ok');
    assert.equal(await readdressed(second, `other2-${id}@${id}.test`), 'email-two-people');
    assert.equal((await at.stored(target.id)).email, target.email);
    const login = updatePerson(at.parts(), by(second), target.id, { login: `login-${id}` });
    assert.equal(await codeOf(login), 'ok');
    assert.equal(await readdressed(root, `other2-${id}@${id}.test`), 'ok');
  });

  it('one alone resets nobody, gives no role, and makes nobody with one', async () => {
    const { id, target, second } = await strict();
    const { somebody } = at;
    const root = await somebody('administrator', 'acme', 'root');
    const before = await at.stored(target.id);
    for (const who of [second, root]) {
      const [parts, performed] = [at.parts(), by(who)];
      assert.equal(await codeOf(resetFactors(parts, performed, target.id)), 'approval-needed');
      const role = 'helpdesk';
      const update = updatePerson(parts, performed, target.id, { role });
      assert.equal(await codeOf(update), 'approval-needed');
      const names = { login: `new-${id}`, email: `new-${id}@acme.test`, name: 'New' };
      const added = addPerson(parts, performed, { ...names, role, organisation: id });
      assert.equal(await codeOf(added), 'approval-needed');
      const rule = demandSecondPerson(parts, performed, id, false);
      assert.equal(await codeOf(rule), 'approval-needed');
    }
    // Nor by a way round: into it with a role, or out of it without the one that they had.
    const elsewhere = await somebody('member', 'acme', 'elsewhere');
    const into = { organisation: id, role: 'helpdesk' } as const;
    const moving = updatePerson(at.parts(), by(root), elsewhere.id, into);
    assert.equal(await codeOf(moving), 'approval-needed');
    const out = updatePerson(at.parts(), by(root), second.id, { organisation: 'acme' });
    assert.equal(await codeOf(out), 'approval-needed');
    assert.deepEqual(await at.stored(target.id), before);
    assert.equal(
      await codeOf(updatePerson(at.parts(), by(second), target.id, { name: 'X' })),
      'ok',
    );
  });

  it('one alone makes or takes over nobody who could be the second one from elsewhere', async () => {
    await strict();
    const root = by(await at.somebody('administrator', 'acme', 'root'));
    const other = await at.somebody('administrator', 'acme', 'other');
    const member = await at.somebody('member', 'acme', 'member');
    const role = 'administrator' as const;
    const names = { login: 'twin', email: 'twin@acme.test', name: 'Twin', organisation: 'acme' };
    const parts = at.parts();
    assert.equal(await codeOf(addPerson(parts, root, { ...names, role })), 'approval-needed');
    assert.equal(await codeOf(updatePerson(parts, root, member.id, { role })), 'approval-needed');
    assert.equal(await codeOf(resetFactors(parts, root, other.id)), 'approval-needed');
    // Of two it is done, and what reaches no other organisation is theirs alone.
    valueOf(await askSecondPerson(parts, root, member.id, { what: 'role', role }));
    valueOf(await approve(parts, by(other), member.id, await requestOf(member.id)));
    assert.equal((await at.stored(member.id)).role, role);
    const helper = await at.somebody('member', 'acme', 'helper');
    assert.equal(await codeOf(updatePerson(parts, root, helper.id, { role: 'helpdesk' })), 'ok');
    assert.equal(await codeOf(resetFactors(parts, root, helper.id)), 'ok');
  });

  it('the operator needs none, and everybody concerned is told', async () => {
    const { target, somebody } = await strict();
    const operator = performedByOperator(NOW);
    valueOf(await resetFactors(at.parts(), operator, target.id));
    // The person, the helpdesk and the organisation's administrator.
    assert.equal(mailsIn(await at.stored(target.id)), 3);
    const other = await somebody('member', 'other');
    valueOf(await updatePerson(at.parts(), operator, other.id, { role: 'auditor' }));
    // The person and the organisation's administrator: the helpdesk gives no roles.
    assert.equal(mailsIn(await at.stored(other.id)), 2);
  });
});

describe('a request', () => {
  it('is one write of the document, with its event, and mails to the person and who may approve', async () => {
    const { target, asker, second } = await strict();
    const parts = at.parts();
    const writes = await writesOf(at.store, () =>
      askSecondPerson(parts, by(asker), target.id, RESET),
    );
    assert.deepEqual(writes, ['update person']);
    const { requests = [], ...stored } = await at.stored(target.id);
    assert.deepEqual(
      requests.map(({ act, by: who, epoch, approved }) => ({ act, who, epoch, approved })),
      [{ act: RESET, who: asker.id, epoch: target.epoch, approved: null }],
    );
    const event = eventsIn(stored).find(({ type }) => type === 'approval.asked');
    assert.deepEqual(event?.details, { what: 'factors-reset' });
    assert.equal(event?.actorId, asker.id);
    assert.equal(mailsIn(stored), 2);
    assert.equal(stored.epoch, target.epoch);
    assert.ok(second.id !== asker.id);
  });

  it('is asked for once, five at most, and by whoever may do it alone elsewhere', async () => {
    const { target, asker, second, somebody } = await strict();
    const ask = (performed: Performed, act: PersonAct = RESET) =>
      codeOf(askSecondPerson(at.parts(), performed, target.id, act));
    assert.equal(await ask(by(asker, { fresh: false })), 'fresh-factor-needed');
    assert.equal(await ask(performedByOperator(NOW)), 'not-allowed');
    const api = { kind: 'api-client', id: 'x' } as const;
    assert.equal(await ask(by(asker, { actor: api })), 'not-allowed');
    assert.equal(await ask(by(asker), { what: 'role', role: 'helpdesk' }), 'not-allowed');
    assert.equal(await ask(by(second), { what: 'role', role: 'administrator' }), 'not-allowed');
    assert.equal(await ask(by(await somebody('auditor', 'auditor'))), 'not-allowed');
    const stranger = await at.somebody('organisation-administrator', 'acme', 'stranger');
    assert.equal(await ask(by(stranger)), 'not-found');
    const twice = await Promise.all([ask(by(asker)), ask(by(second))]);
    assert.deepEqual(twice.toSorted(), ['approval-open', 'ok']);
    for (const role of ['auditor', 'helpdesk', 'organisation-administrator'] as const)
      assert.equal(await ask(by(second), { what: 'role', role }), 'ok');
    assert.equal(await ask(by(second), { what: 'role', role: 'member' }), 'changed-meanwhile');
    const root = await at.somebody('administrator', 'acme', 'asking');
    assert.equal(await ask(by(root), { what: 'role', role: 'administrator' }), 'ok');
    const third = await requestOf(target.id);
    await at.store.update(personCollection, target.id, (stored) => {
      assert.equal(stored?.requests?.length, 5);
      return { put: { ...stored, role: 'auditor' as const }, result: undefined };
    });
    assert.equal(await ask(by(second), { what: 'role', role: 'member' }), 'approval-limit');
    valueOf(await refuse(at.parts(), by(root), target.id, third));
    assert.equal(await ask(by(second), { what: 'role', role: 'member' }), 'ok');
  });
});

describe('approving', () => {
  it('resets in one write; the code is made for who asked alone, and once', async () => {
    const it = await asked();
    const { target, asker, second, request } = it;
    const writes = await writesOf(at.store, () => approving(it, by(second)));
    assert.deepEqual(writes.filter((one) => one === 'update person').length, 1);
    const after = await at.stored(target.id);
    assert.ok(after.epoch > target.epoch && after.enrolmentCode);
    const types = eventsIn(after).map(({ type, actorId }) => `${type} ${actorId}`);
    for (const type of ['approval.given', 'factors.reset'])
      assert.ok(types.includes(`${type} ${second.id}`), type);
    const see = (performed: Performed) =>
      seeApprovedCode(at.parts(), performed, target.id, request);
    for (const performed of [by(second), by(await it.somebody('helpdesk', 'third'))])
      assert.equal(await codeOf(see(performed)), 'approval-gone');
    assert.equal(await codeOf(see(by(asker, { fresh: false }))), 'fresh-factor-needed');
    const both = await Promise.all([see(by(asker)), see(by(asker))]);
    const shown = both.flatMap((one) => (one.ok ? [one.value.code] : []));
    assert.equal(shown.length, 1);
    const stored = { ...(await at.stored(target.id)) };
    const check = checkEnrolmentCode(at.parts().vault, stored, shown[0] ?? '', NOW);
    assert.equal(check, 'accepted');
    assert.deepEqual(stored.requests, []);
  });

  it('keeps in mind what was taken back when the code is seen', async () => {
    const it = await asked();
    const { target, asker, second, request } = it;
    valueOf(await approving(it, by(second)));
    valueOf(await askSecondPerson(at.parts(), by(asker), target.id, RESET));
    valueOf(await refuse(at.parts(), by(asker), target.id, await requestOf(target.id)));
    valueOf(await seeApprovedCode(at.parts(), by(asker), target.id, request));
    const { requests = [] } = await at.stored(target.id);
    assert.deepEqual(
      requests.map(({ by: who, isTakenBack }) => [who, isTakenBack]),
      [[asker.id, true]],
    );
  });

  it('gives a role; of two at once one does it', async () => {
    const it = await asked({ what: 'role', role: 'helpdesk' });
    const third = await it.somebody('organisation-administrator', 'third');
    const both = await Promise.all([
      codeOf(approving(it, by(it.second))),
      codeOf(approving(it, by(third))),
    ]);
    assert.deepEqual(both.toSorted(), ['approval-gone', 'ok']);
    const { role, epoch, requests } = await at.stored(it.target.id);
    assert.deepEqual([role, requests], ['helpdesk', []]);
    assert.equal(epoch, it.target.epoch + 1);
    const changed = eventsIn(await at.stored(it.target.id)).filter(
      ({ type }) => type === 'person.changed',
    );
    assert.deepEqual(
      changed.map(({ details }) => details),
      [{ role: 'member → helpdesk', asked_by: it.asker.id }],
    );
  });

  it('is for another person of the needed rank, with a fresh factor', async () => {
    const it = await asked({ what: 'role', role: 'organisation-administrator' });
    const code = (performed: Performed) => codeOf(approving(it, performed));
    assert.equal(await code(by(it.asker)), 'approval-own');
    assert.equal(await code(by(it.target)), 'not-allowed');
    assert.equal(await code(by(await it.somebody('helpdesk', 'helper'))), 'not-allowed');
    assert.equal(await code(by(it.second, { fresh: false })), 'fresh-factor-needed');
    assert.equal(await code(performedByOperator(NOW)), 'not-allowed');
    const api = { kind: 'api-client', id: it.second.id } as const;
    assert.equal(await code(by(it.second, { actor: api })), 'not-allowed');
    const stranger = await at.somebody('organisation-administrator', 'acme', 'stranger');
    assert.equal(await code(by(stranger)), 'not-found');
    assert.equal((await at.stored(it.target.id)).role, 'member');
    // Where nobody else is there, whoever administrates the installation.
    const root = await at.somebody('administrator', 'acme', 'chief');
    assert.equal(await code(by(root)), 'ok');
  });

  it('does nothing any more once something has moved', async () => {
    const parts = at.parts();
    const operator = performedByOperator(NOW);
    const moves: [string, (it: Awaited<ReturnType<typeof asked>>) => Promise<unknown>][] = [
      [
        'the asker is demoted',
        ({ asker }) => updatePerson(parts, operator, asker.id, { role: 'member' }),
      ],
      ['the asker is disabled', ({ asker }) => disablePerson(parts, operator, asker.id)],
      ['the asker is reset', ({ asker }) => resetFactors(parts, operator, asker.id)],
      [
        'the asker is locked down',
        ({ asker }) => lockDownPerson(parts, operator, asker.id, { until: 'password' }),
      ],
      [
        'the asker is moved',
        ({ asker }) => updatePerson(parts, operator, asker.id, { organisation: 'acme' }),
      ],
      ['they are disabled', ({ target }) => disablePerson(parts, operator, target.id)],
      ['they are reset', ({ target }) => resetFactors(parts, operator, target.id)],
      [
        'they rank higher',
        ({ target }) => updatePerson(parts, operator, target.id, { role: 'helpdesk' }),
      ],
    ];
    for (const [what, move] of moves) {
      const it = await asked();
      await move(it);
      const before = await at.stored(it.target.id);
      assert.equal(await codeOf(approving(it, by(it.second))), 'approval-gone', what);
      assert.deepEqual(await at.stored(it.target.id), before, what);
    }
    const moved = await asked();
    valueOf(await updatePerson(parts, operator, moved.target.id, { organisation: 'acme' }));
    assert.equal(await codeOf(approving(moved, by(moved.second))), 'not-found');
    const root = await at.somebody('administrator', 'acme', 'mover');
    assert.equal(await codeOf(approving(moved, by(root))), 'approval-gone');
    const late = await asked();
    assert.equal(
      await codeOf(approving(late, by(late.second, { now: NOW + DAY }))),
      'approval-gone',
    );
    assert.equal(await codeOf(approving(late, by(late.second, { now: NOW + DAY - 1 }))), 'ok');
  });

  it('does nothing where the person is moved at the same moment, nor shows a code to who was demoted', async () => {
    const it = await asked();
    const operator = performedByOperator(NOW);
    const store = doBetween(at.store, 'find', async () => {
      await updatePerson(at.parts(), operator, it.target.id, { organisation: 'acme' });
    });
    const answer = approve(at.parts(store), by(it.second), it.target.id, it.request);
    assert.ok(['not-found', 'changed-meanwhile', 'approval-gone'].includes(await codeOf(answer)));
    assert.equal(
      eventsIn(await at.stored(it.target.id)).filter(({ type }) => type === 'factors.reset').length,
      0,
    );

    const other = await asked();
    valueOf(await approving(other, by(other.second)));
    valueOf(await updatePerson(at.parts(), operator, other.asker.id, { role: 'member' }));
    const see = seeApprovedCode(at.parts(), by(other.asker), other.target.id, other.request);
    assert.equal(await codeOf(see), 'not-allowed');
  });
});

describe('a code for today', () => {
  const TODAY: PersonAct = { what: 'temporary-code' };
  async function enrolled({ target }: { target: { id: string } }): Promise<void> {
    const set = factorOf('helpdesk');
    await changePerson(at.store, target.id, () => ({ set, result: null }));
  }
  async function askedForToday() {
    const there = await strict();
    await enrolled(there);
    const { target, asker } = there;
    valueOf(await askSecondPerson(at.parts(), by(asker), target.id, TODAY));
    return { ...there, request: await requestOf(target.id) };
  }
  const see = ({ target, request }: { target: Person; request: string }, who: Person) =>
    seeApprovedTemporaryCode(at.parts(), by(who), target.id, request);

  it('is as strong as a reset: one alone gives none, and of the operator others are told', async () => {
    const there = await strict();
    await enrolled(there);
    const { target, asker, second } = there;
    const root = await at.somebody('administrator', 'acme', 'root');
    const give = (performed: Performed) => giveTemporaryCode(at.parts(), performed, target.id);
    for (const who of [asker, second, root])
      assert.equal(await codeOf(give(by(who))), 'approval-needed');
    assert.equal((await at.stored(target.id)).temporaryCode ?? null, null);
    assert.equal(await codeOf(give(performedByOperator(NOW))), 'ok');
    // The person, the helpdesk and the organisation's administrator.
    assert.equal(mailsIn(await at.stored(target.id)), 3);
  });

  it('is made when who asked sees it, once, and its approval opens nothing else', async () => {
    const it = await askedForToday();
    const { target, asker, second, request } = it;
    assert.equal(await codeOf(see(it, asker)), 'approval-gone');
    assert.equal(await codeOf(approving(it, by(asker))), 'approval-own');
    valueOf(await approving(it, by(second)));
    const approved = await at.stored(target.id);
    assert.deepEqual([approved.epoch, approved.temporaryCode ?? null], [target.epoch, null]);
    assert.equal(await codeOf(see(it, second)), 'approval-gone');
    const reset = seeApprovedCode(at.parts(), by(asker), target.id, request);
    assert.equal(await codeOf(reset), 'approval-gone');
    const both = await Promise.all([see(it, asker), see(it, asker)]);
    const shown = both.flatMap((one) => (one.ok ? [one.value] : []));
    assert.equal(shown.length, 1);
    const stored = await at.stored(target.id);
    assert.ok(stored.temporaryCode && stored.temporaryCode.expiresAt === shown[0]?.until);
    assert.deepEqual(stored.requests, []);
    const types = eventsIn(stored).map(({ type, actorId }) => `${type} ${actorId}`);
    for (const type of ['approval.code-seen', 'temporary-code.made'])
      assert.ok(types.includes(`${type} ${asker.id}`), type);
    assert.ok(types.includes(`approval.given ${second.id}`));
  });

  it('is none any more once something has moved', async () => {
    const operator = performedByOperator(NOW);
    for (const moves of ['asker', 'target'] as const) {
      const it = await askedForToday();
      valueOf(await approving(it, by(it.second)));
      valueOf(await disablePerson(at.parts(), operator, it[moves].id));
      const code = await codeOf(see(it, it.asker));
      assert.ok(['not-allowed', 'person-disabled', 'approval-gone'].includes(code), code);
      assert.equal((await at.stored(it.target.id)).temporaryCode ?? null, null);
    }
  });
});

describe('refusing', () => {
  it('is for whoever may approve, and for who asked; nothing is done then', async () => {
    for (const who of ['second', 'asker'] as const) {
      const it = await asked();
      const before = mailsIn(await at.stored(it.target.id));
      const done = await refuse(at.parts(), by(it[who]), it.target.id, it.request);
      assert.deepEqual(valueOf(done), RESET);
      const after = await at.stored(it.target.id);
      assert.deepEqual(standingRequests(after, NOW), []);
      assert.equal(after.epoch, it.target.epoch);
      assert.equal(mailsIn(after) - before, who === 'second' ? 1 : 0);
      assert.equal(await codeOf(approving(it, by(it.second))), 'approval-gone');
    }
  });

  it('floods nobody: who takes back five asks for no more that day, and others may', async () => {
    const { id, target, asker, second, somebody } = await strict();
    const ask = (who: { id: string }, now = NOW) =>
      codeOf(askSecondPerson(at.parts(), by(who, { now }), target.id, RESET));
    const askAndTakeBack = async (): Promise<string> => {
      const answer = await ask(asker);
      const request = await requestOf(target.id);
      if (answer === 'ok') valueOf(await refuse(at.parts(), by(asker), target.id, request));
      return answer;
    };
    for (let count = 0; count < 5; count += 1) assert.equal(await askAndTakeBack(), 'ok');
    const before = mailsIn(await at.stored(target.id));
    assert.equal(await askAndTakeBack(), 'approval-taken-back');
    assert.equal(mailsIn(await at.stored(target.id)), before);
    assert.equal(await ask(second), 'ok');
    assert.equal(await ask(asker, NOW + DAY), 'ok');
    assert.equal((await at.stored(target.id)).requests?.length, 1);
    // The same of the rule itself.
    const other = await somebody('organisation-administrator', 'other');
    for (let count = 0; count < 5; count += 1) {
      valueOf(await askToSwitchOff(at.parts(), by(second), id));
      const { requests = [] } = (await at.store.get(organisationCollection, id)) ?? {};
      valueOf(await refuseSwitchOff(at.parts(), by(second), id, requests.at(-1)?.id ?? ''));
    }
    const again = askToSwitchOff(at.parts(), by(second), id);
    assert.equal(await codeOf(again), 'approval-taken-back');
    assert.equal(await codeOf(askToSwitchOff(at.parts(), by(other), id)), 'ok');
  });
});

describe('the rule', () => {
  it('is switched on by one, and off by two', async () => {
    const { id, second, asker, somebody } = await strict();
    const other = await somebody('organisation-administrator', 'other');
    const stored = async () => at.store.get(organisationCollection, id);
    assert.equal(await codeOf(askToSwitchOff(at.parts(), by(asker), id)), 'not-allowed');
    valueOf(await askToSwitchOff(at.parts(), by(second), id));
    assert.equal(await codeOf(askToSwitchOff(at.parts(), by(other), id)), 'approval-open');
    const request = (await stored())?.requests?.[0]?.id ?? '';
    const off = (performed: Performed) =>
      codeOf(approveSwitchOff(at.parts(), performed, id, request));
    assert.equal(await off(by(second)), 'approval-own');
    assert.equal(await off(by(other, { now: NOW + DAY })), 'approval-gone');
    const stranger = await at.somebody('organisation-administrator', 'acme', 'stranger');
    assert.equal(await off(by(stranger)), 'not-found');
    assert.equal((await stored())?.secondPerson, true);
    const both = await Promise.all([off(by(other)), off(by(other))]);
    assert.deepEqual(both.toSorted(), ['approval-gone', 'ok']);
    assert.equal((await stored())?.secondPerson, false);
    assert.deepEqual((await stored())?.requests, []);
    assert.deepEqual(valueOf(await demandSecondPerson(at.parts(), by(other), id, true)), true);
    valueOf(await askToSwitchOff(at.parts(), by(second), id));
    const again = (await stored())?.requests?.[0]?.id ?? '';
    valueOf(await refuseSwitchOff(at.parts(), by(other), id, again));
    assert.equal((await stored())?.secondPerson, true);
    const before = mailsIn((await stored()) ?? {});
    valueOf(await demandSecondPerson(at.parts(), performedByOperator(NOW), id, false));
    assert.equal(mailsIn((await stored()) ?? {}) - before, 2);
  });
});

describe('what waits', () => {
  it('is seen by whoever looks after them, and of nobody else’s organisation', async () => {
    const it = await asked();
    valueOf(await askToSwitchOff(at.parts(), by(it.second), it.id));
    const seen = async (performed: Performed) => {
      const { requests } = valueOf(await listRequests(at.parts(), performed));
      return requests.filter(({ about }) =>
        'person' in about ? about.person.id === it.target.id : about.organisation.id === it.id,
      ).length;
    };
    assert.equal(await seen(by(it.second)), 2);
    assert.equal(await seen(by(await at.somebody('administrator', 'acme', 'seer'))), 2);
    const stranger = await at.somebody('organisation-administrator', 'acme', 'stranger');
    assert.equal(await seen(by(stranger)), 0);
    assert.equal(await seen(by(it.second, { now: NOW + DAY })), 0);
    assert.equal(await codeOf(listRequests(at.parts(), by(it.target))), 'not-allowed');
  });

  it('is found among many that have ended', async () => {
    const it = await asked();
    const { requests: [request] = [], ...stored } = await at.stored(it.target.id);
    assert.ok(request);
    const old = { ...request, at: NOW - DAY };
    for (let count = 0; count < 400; count += 1) {
      const id = `${count % 2 ? 'A' : 'z'}${it.id}-${count}`;
      await at.store.put(personCollection, id, { ...stored, id, requests: [old] });
    }
    const root = await at.somebody('administrator', 'acme', 'seer');
    for (const who of [it.second, root]) {
      const { requests, isMore } = valueOf(await listRequests(at.parts(), by(who)));
      assert.ok(requests.some(({ request: { id } }) => id === request.id));
      assert.equal(isMore, false);
    }
  });
});
