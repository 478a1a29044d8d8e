/** Who would be asked, refused or locked out by another policy, before it is saved. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import {
  askToSwitchOff,
  demandSecondPerson,
} from '../../src/operations/approvals/organisation-rule.ts';
import { addOrganisation } from '../../src/operations/organisations/add-organisation.ts';
import {
  goOnWithPreviews,
  MOST_AT_ONCE,
  previewPolicy,
  savePreviewed,
  showPreview,
  simulatePolicy,
} from '../../src/operations/organisations/preview-policy.ts';
import { registerAccountClient } from '../../src/oidc/clients/own/account-client.ts';
import { getOrganisation } from '../../src/records/organisation.ts';
import { recordAppUse } from '../../src/records/lists/app-use.ts';
import { insertPerson, type Person } from '../../src/records/person.ts';
import { valueOf } from '../../src/result.ts';
import { performedByOperator } from '../support/by-operator.ts';
import { by, codeOf, NOW, useAdministration } from '../support/administration.ts';

const DAY = 86_400_000;
const at = useAdministration();

async function organisation(name: string, mfa: 'off' | 'optional' | 'required' = 'optional') {
  const input = { name, mfa, factors: ['totp' as const, 'email-code' as const] };
  return valueOf(await addOrganisation(at.parts(), performedByOperator(NOW), input)).id;
}

let people = 0;
function person(organisation: string, fields: Partial<Person> = {}): Promise<Person> {
  people += 1;
  const id = `${organisation}-${people}`;
  const names = { organisation, login: id, email: `${id}@x.test`, name: `Person ${people}` };
  return insertPerson(at.store, { id, ...names, createdAt: NOW, ...fields });
}

const totp = { authenticators: [{ id: 'a', secret: 's', createdAt: 0 }] };
const email = {
  secondaryEmail: { address: 'alice@other.test', verifiedAt: 1 },
  emailMfaSince: 1,
};

describe('the preview of a policy', () => {
  before(async () => {
    const own = { issuer: 'https://id.acme.test', name: 'Your account' };
    await registerAccountClient(at.parts(), own, NOW);
  });

  it('counts and names whom it would ask, refuse and lock out', async () => {
    const id = await organisation('Preview');
    const none = await person(id);
    // Of the two lists nothing is left to them.
    await person(id, { ...totp, factors: ['totp'] });
    await person(id, { ...email, name: 'Mail Only' });
    await person(id, { active: false });
    await recordAppUse(at.store, { person: none.id, client: 'nowhere', at: NOW });
    const boss = await at.somebody('administrator');
    const asked = valueOf(
      await simulatePolicy(at.parts(), by(boss), id, { mfa: 'required', trustedDays: 30 }),
    );
    assert.equal(asked.seen, 4);
    assert.deepEqual(asked.counts, { 'locked-out': 0, refused: 0, asked: 1, mail: 0 });
    assert.deepEqual(
      asked.people.map(({ name, consequence }) => [name, consequence]),
      [[none.name, 'asked']],
    );
    const { counts, people: named } = valueOf(
      await simulatePolicy(at.parts(), by(boss), id, { mfa: 'required', factors: ['passkey'] }),
    );
    assert.deepEqual(counts, { 'locked-out': 1, refused: 0, asked: 2, mail: 0 });
    assert.deepEqual(
      named.map(({ consequence }) => consequence),
      ['locked-out', 'asked', 'asked'],
    );
  });

  it('judges the day on which grace is over, and mail programs with the main password', async () => {
    const id = await organisation('Graceful');
    const one = await person(id);
    await recordAppUse(at.store, { person: one.id, client: 'mail', at: NOW, byPassword: true });
    const boss = await at.somebody('administrator');
    const change = { mfa: 'required' as const, mfaFrom: NOW + 60 * DAY };
    const asked = valueOf(await simulatePolicy(at.parts(), by(boss), id, change));
    assert.equal(asked.moment, NOW + 60 * DAY);
    assert.deepEqual(asked.counts, { 'locked-out': 0, refused: 0, asked: 1, mail: 1 });
  });

  it('is whose it is, and of their organisation', async () => {
    const id = await organisation('Theirs');
    const [boss, other] = [
      await at.somebody('administrator'),
      await at.somebody('administrator', 'acme', 'other'),
    ];
    const own = await at.somebody('organisation-administrator', 'acme', 'own');
    const made = valueOf(await previewPolicy(at.parts(), by(boss), id, { mfa: 'required' }));
    assert.equal(made.preview.isDone, true);
    assert.equal(await codeOf(showPreview(at.parts(), by(boss), id, made.id)), 'ok');
    assert.equal(await codeOf(showPreview(at.parts(), by(other), id, made.id)), 'not-found');
    assert.equal(await codeOf(showPreview(at.parts(), by(boss), 'acme', made.id)), 'not-found');
    assert.equal(await codeOf(previewPolicy(at.parts(), by(own), id, {})), 'not-found');
    const helpdesk = await at.somebody('helpdesk', 'acme', 'help');
    assert.equal(await codeOf(previewPolicy(at.parts(), by(helpdesk), 'acme', {})), 'not-allowed');
  });

  it('is saved as it was previewed, unless the organisation has changed since', async () => {
    const id = await organisation('Saved');
    const boss = by(await at.somebody('administrator'));
    const change = { mfa: 'required' as const, trustedDays: 7 };
    const [first, second] = [
      valueOf(await previewPolicy(at.parts(), boss, id, change)),
      valueOf(await previewPolicy(at.parts(), boss, id, { mfa: 'off' })),
    ];
    const stale = { ...boss, fresh: false };
    assert.equal(
      await codeOf(savePreviewed(at.parts(), stale, id, first.id)),
      'fresh-factor-needed',
    );
    assert.equal(await codeOf(savePreviewed(at.parts(), boss, id, first.id)), 'ok');
    assert.equal(await codeOf(savePreviewed(at.parts(), boss, id, second.id)), 'changed-meanwhile');
    const { mfa, trustedDays } = (await getOrganisation(at.store, id)) ?? {};
    assert.deepEqual([mfa, trustedDays], ['required', 7]);
  });

  it('is saved although somebody has asked for a second person meanwhile: no rule is another one', async () => {
    const id = await organisation('Asked');
    const boss = by(await at.somebody('administrator'));
    valueOf(await demandSecondPerson(at.parts(), boss, id, true));
    const made = valueOf(await previewPolicy(at.parts(), boss, id, { trustedDays: 3 }));
    valueOf(await askToSwitchOff(at.parts(), boss, id));
    assert.equal(await codeOf(savePreviewed(at.parts(), boss, id, made.id)), 'ok');
  });

  it('is worked out at leisure above 2,000 people, once, and not saved before', async () => {
    const id = await organisation('Large');
    const more = MOST_AT_ONCE + 150;
    for (let done = 0; done < more; done += 50)
      await Promise.all(Array.from({ length: 50 }, () => person(id)));
    const boss = by(await at.somebody('administrator'));
    const made = valueOf(await previewPolicy(at.parts(), boss, id, { mfa: 'required' }));
    assert.deepEqual([made.preview.isDone, made.preview.seen], [false, MOST_AT_ONCE]);
    assert.equal(await codeOf(savePreviewed(at.parts(), boss, id, made.id)), 'preview-running');
    await Promise.all([1, 2].map(() => goOnWithPreviews(at.parts(), () => NOW)));
    const done = valueOf(await showPreview(at.parts(), boss, id, made.id));
    assert.deepEqual([done.isDone, done.seen, done.counts.asked], [true, more, more]);
    assert.equal(done.people.length, 200);
  });

  it('refuses what would lock an administrator of the installation out', async () => {
    const boss = by(await at.somebody('administrator'));
    const given = { factors: ['email-code' as const] };
    const code = await codeOf(previewPolicy(at.parts(), boss, 'acme', given));
    assert.equal(code, 'administrator-locked-out');
  });
});
