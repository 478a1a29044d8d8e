/** What was mailed to somebody: its kind and what became of it, for whoever looks after them, and never what was in it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Performed } from '../../src/audit/performed.ts';
import { sealMail, type MailTemplate } from '../../src/mail/mail.ts';
import {
  claimDue,
  createMailQueue,
  KEPT_FOR,
  mailCollection,
  settle,
} from '../../src/mail/queue.ts';
import { lastInvitation, listMails } from '../../src/operations/people/security/list-mails.ts';
import { ROLES, type Person } from '../../src/records/person.ts';
import { valueOf } from '../../src/result.ts';
import { sampleValues } from '../mail/sample-values.ts';
import { by, codeOf, NOW, useAdministration } from '../support/administration.ts';
import { performedByOperator } from '../support/by-operator.ts';

const at = useAdministration();

async function order(
  person: Pick<Person, 'id'>,
  template: MailTemplate,
  when: number,
  to = 'ada@home.example',
  organisation?: string,
) {
  const values = sampleValues(template);
  const whose = organisation === undefined ? {} : { organisation };
  const mail = { to, template, language: 'en', values, ...whose } as const;
  const sealed = await sealMail(at.parts().vault, mail, { orderedAt: when }, person.id);
  assert.ok(await createMailQueue(at.store).order(sealed));
  return sealed.id;
}

describe('what was mailed to somebody', () => {
  it('is listed, the newest first, page by page, with the mail server’s answer', async () => {
    const [them, other] = [await at.somebody(), await at.somebody('member', 'acme', 'other')];
    const performed = performedByOperator(NOW);
    for (let each = 0; each < 30; each += 1) await order(them, 'reminder', NOW - 1000 + each);
    await order(other, 'suspended', NOW);
    const id = await order(them, 'email-code', NOW + 1);
    const claimed = await claimDue(at.store, { now: NOW + 2, lease: 1000, most: 100 });
    const mail = claimed.find((one) => one.id === id) ?? assert.fail();
    await settle(at.store, mail, { state: 'refused', answer: '550 5.1.1' }, NOW + 3);

    const first = valueOf(await listMails({ store: at.store }, performed, them.id));
    assert.deepEqual(first.mails[0], {
      id,
      template: 'email-code',
      orderedAt: NOW + 1,
      to: 'ad•••@h•••.example',
      state: 'refused',
      answer: '550 5.1.1',
      notAfter: null,
    });
    const second = valueOf(await listMails({ store: at.store }, performed, them.id, first.next));
    const all = [...first.mails, ...second.mails];
    assert.deepEqual([all.length, second.next], [31, undefined]);
    const times = all.map(({ orderedAt }) => orderedAt);
    assert.deepEqual(
      times,
      times.toSorted((a, b) => b - a),
    );
    const rubbish = valueOf(await listMails({ store: at.store }, performed, them.id, 'rubbish'));
    assert.equal(rubbish.mails[0]?.id, id);
    const kept = JSON.stringify(await at.store.get(mailCollection, id));
    assert.doesNotMatch(kept, /ada@home|042917/u);
    assert.ok(KEPT_FOR <= 31 * 86_400_000);
  });

  it('tells the last link among them', async () => {
    const them = await at.somebody();
    const performed = performedByOperator(NOW);
    const last = () => lastInvitation({ store: at.store }, performed, them.id);
    assert.equal(valueOf(await last()), null);
    await order(them, 'invitation', NOW);
    const id = await order(them, 'invitation', NOW + 1);
    await order(them, 'reminder', NOW + 2);
    assert.equal(valueOf(await last())?.id, id);
  });

  it('in another organisation before is told to nobody of this one', async () => {
    const them = await at.somebody('member', 'globex', 'moved');
    const old = await order(them, 'invitation', NOW, 'ada@acme.example', 'acme');
    const own = await order(them, 'reminder', NOW + 1, 'ada@home.example', 'globex');
    const seen = async (who: Performed): Promise<string[]> =>
      valueOf(await listMails({ store: at.store }, who, them.id)).mails.map(({ id }) => id);
    const boss = by(await at.somebody('organisation-administrator', 'globex', 'boss'));
    assert.deepEqual(await seen(boss), [own]);
    assert.equal(valueOf(await lastInvitation({ store: at.store }, boss, them.id)), null);
    const root = by(await at.somebody('administrator', 'acme', 'root'));
    for (const who of [root, performedByOperator(NOW)])
      assert.deepEqual(await seen(who), [own, old]);
  });

  it('is of whoever looks after them, the helpdesk and auditors among these', async () => {
    const [them, elsewhere] = [
      await at.somebody(),
      await at.somebody('member', 'globex', 'elsewhere'),
    ];
    for (const role of ROLES) {
      const who = by(await at.somebody(role, 'acme', `reads-${role}`), { fresh: false });
      const expected = role === 'member' ? 'not-allowed' : 'ok';
      const abroad = role === 'administrator' ? 'ok' : role === 'member' ? expected : 'not-found';
      for (const read of [listMails, lastInvitation]) {
        assert.equal(await codeOf(read({ store: at.store }, who, them.id)), expected, role);
        assert.equal(await codeOf(read({ store: at.store }, who, elsewhere.id)), abroad, role);
      }
    }
    const nobody = listMails({ store: at.store }, performedByOperator(NOW), 'nobody');
    assert.equal(await codeOf(nobody), 'person-unknown');
  });
});
