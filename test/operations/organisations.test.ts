/** Organisations and their policy, below every door. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Performed } from '../../src/audit/performed.ts';
import {
  addOrganisation,
  addOrganisationInput,
} from '../../src/operations/organisations/add-organisation.ts';
import {
  changeOrganisation,
  changeOrganisationInput,
} from '../../src/operations/organisations/change-organisation.ts';
import { addClient, addClientInput } from '../../src/operations/clients/add-client.ts';
import { removeClient } from '../../src/operations/clients/remove-client.ts';
import { removeOrganisation } from '../../src/operations/organisations/remove-organisation.ts';
import { addPerson } from '../../src/operations/people/add-person.ts';
import { updatePerson } from '../../src/operations/people/update-person.ts';
import type { OrganisationPolicy } from '../../src/operations/organisations/organisation-policy.ts';
import {
  getOrganisation,
  listOrganisations,
  organisationCollection,
} from '../../src/records/organisation.ts';
import { findPerson, getPerson } from '../../src/records/person.ts';
import type { Result } from '../../src/result.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';
import { NO_NOTICES, NO_RELAY } from '../support/operator.ts';
import { doBetween } from '../support/watched-store.ts';
import { addStaff, performedBy, writesOf } from '../support/staff.ts';

const NOW = 4_000_000_000_000;
const DAY = 24 * 3600_000;
let fresh: FreshStore;
before(async () => {
  fresh = await openFreshStore(NOW);
  await addStaff(fresh);
});
after(() => fresh.close());

const admin = performedBy('administrator', NOW);
const own = performedBy('organisation-administrator', NOW);
const eventOf = async (id: string) => {
  const message = (await fresh.store.get(organisationCollection, id))?.postings?.at(-1);
  assert.ok(message && 'event' in message);
  return message.event;
};
const codeOf = (result: Result<unknown>): string => (result.ok ? 'done' : result.problem.code);

describe('an organisation is added', () => {
  it('with policy and event in one write', async () => {
    const input = { name: 'Zoo', mfa: 'optional', factors: ['totp'], trustedDays: 7 } as const;
    const writes = await writesOf(fresh.store, async () => {
      const added = await addOrganisation(fresh, admin, addOrganisationInput.parse(input));
      assert.ok(added.ok);
      const { createdAt: _, postings: __, ...made } = added.value;
      const rest = { mfaFrom: null, domains: [], apps: {}, trustEpoch: 1 };
      assert.deepEqual(made, { ...input, id: 'zoo', ...rest });
    });
    assert.deepEqual(writes, ['update organisation']);
    const { type, organisation, actorId } = await eventOf('zoo');
    assert.deepEqual([type, organisation, actorId], ['organisation.added', 'zoo', 'administrator']);
  });

  it('by the installation’s administrators alone, once, with a policy that can be', async () => {
    const plain = { name: 'Circus', mfa: 'required' } as const;
    assert.equal(codeOf(await addOrganisation(fresh, own, plain)), 'not-allowed');
    const stale = { ...admin, fresh: false };
    assert.equal(codeOf(await addOrganisation(fresh, stale, plain)), 'fresh-factor-needed');
    const broken: [object, string][] = [
      [{ mfaFrom: NOW }, 'grace-past'],
      [{ factors: ['one-time-codes'] }, 'factors-companion'],
      [{ name: '組織' }, 'organisation-id-format'],
      [{ name: ' ' }, 'name-format'],
      [{ name: 'Acme' }, 'organisation-taken'],
    ];
    for (const [change, code] of broken)
      assert.equal(codeOf(await addOrganisation(fresh, admin, { ...plain, ...change })), code);
    assert.equal(await fresh.store.get(organisationCollection, 'circus'), undefined);
  });
});

describe('an organisation’s domains', () => {
  const set = (performed: Performed, id: string, domains: string[]) =>
    changeOrganisation(fresh, performed, id, changeOrganisationInput.parse({ domains }));
  const domainsOf = async (id: string) => (await getOrganisation(fresh.store, id))?.domains;

  it('are said when it is added or later, as DNS has them, with the event', async () => {
    const input = { id: 'shop', name: 'Shop', mfa: 'off', domains: ['Shop.Example.'] } as const;
    assert.ok((await addOrganisation(fresh, admin, addOrganisationInput.parse(input))).ok);
    assert.deepEqual(await domainsOf('shop'), ['shop.example']);
    const more = ['bücher.example', ' SHOP.example ', 'shop.example', '例え.テスト'];
    assert.equal(codeOf(await set(admin, 'shop', more)), 'done');
    const ascii = ['shop.example', 'xn--bcher-kva.example', 'xn--r8jz45g.xn--zckzah'];
    assert.deepEqual(await domainsOf('shop'), ascii);
    const { type, details } = await eventOf('shop');
    assert.equal(type, 'organisation.changed');
    assert.deepEqual(details, { domains: `shop.example → ${ascii.join(',')}` });
    assert.deepEqual(await writesOf(fresh.store, () => set(admin, 'shop', more)), []);
  });

  it('are domains', async () => {
    const odd = [
      '',
      ' ',
      'localhost',
      'com',
      '127.0.0.1',
      '10.1',
      'a@b.example',
      'a.example/x',
      '[::1]',
    ];
    const odder = [
      '*.example.org',
      '-a.example',
      'a..example',
      'a b.example',
      `${'a'.repeat(64)}.example`,
    ];
    for (const domain of [
      ...odd,
      ...odder,
      'a.example:80',
      'a_b.example',
      `${'a.'.repeat(130)}example`,
    ])
      assert.equal(codeOf(await set(admin, 'shop', [domain])), 'domain-format', domain);
  });

  it('are one organisation’s each, and free when it has them no more', async () => {
    for (const [id, code] of [
      ['acme', 'domain-taken'],
      ['shop', 'done'],
    ] as const)
      assert.equal(codeOf(await set(admin, id, ['new.example', 'SHOP.example'])), code, id);
    assert.deepEqual(await domainsOf('acme'), [], 'nothing of it');
    const taken = { name: 'Twin', mfa: 'off', domains: ['twin.example', 'shop.example'] } as const;
    assert.equal(
      codeOf(await addOrganisation(fresh, admin, addOrganisationInput.parse(taken))),
      'domain-taken',
    );
    assert.equal(codeOf(await set(admin, 'acme', ['twin.example'])), 'done', 'given back');
    assert.equal(codeOf(await set(admin, 'shop', [])), 'done');
    assert.equal(codeOf(await set(admin, 'acme', ['shop.example'])), 'done');
    assert.equal(codeOf(await set(admin, 'shop', ['shop.example'])), 'domain-taken');
    const gone = {
      id: 'fleeting',
      name: 'Fleeting',
      mfa: 'off',
      domains: ['gone.example'],
    } as const;
    assert.ok((await addOrganisation(fresh, admin, addOrganisationInput.parse(gone))).ok);
    assert.equal(codeOf(await removeOrganisation(fresh, admin, 'fleeting')), 'done');
    assert.equal(codeOf(await set(admin, 'acme', ['gone.example'])), 'done');
  });

  it('go to one of two that want one at once', async () => {
    const both = await Promise.all(
      ['acme', 'shop'].map((id) => set(admin, id, ['race.example', `${id}.race.example`])),
    );
    assert.deepEqual(both.map(codeOf).toSorted(), ['domain-taken', 'done']);
    const loser = both[0]?.ok ? 'shop' : 'acme';
    assert.equal(
      codeOf(await set(admin, 'globex', [`${loser}.race.example`])),
      'done',
      'given back',
    );
  });

  it('are one organisation’s each where one of them is only being added', async () => {
    let other = '';
    const store = doBetween(
      fresh.store,
      'update organisation_domain new.race.example',
      async () => {
        other = codeOf(await set(admin, 'globex', ['new.race.example']));
      },
    );
    const input = { id: 'newcomer', name: 'Newcomer', mfa: 'off' } as const;
    const domains = ['new.race.example'];
    const added = await addOrganisation({ store }, admin, { ...input, domains });
    assert.deepEqual([codeOf(added), other], ['done', 'domain-taken']);
    assert.deepEqual(await domainsOf('newcomer'), domains);
  });

  it('are one organisation’s each where another change of its own came to nothing', async () => {
    const store = doBetween(fresh.store, 'update organisation_domain kept.example', async () => {
      // The second of them is somebody else's: it gives back what it has claimed.
      const refused = await set(admin, 'shop', ['kept.example', 'new.race.example']);
      assert.equal(codeOf(refused), 'domain-taken');
      assert.equal(codeOf(await set(admin, 'globex', ['kept.example'])), 'domain-taken');
    });
    const input = changeOrganisationInput.parse({ domains: ['kept.example'] });
    assert.equal(
      codeOf(await changeOrganisation({ ...fresh, store }, admin, 'shop', input)),
      'done',
    );
    assert.equal(codeOf(await set(admin, 'globex', ['kept.example'])), 'domain-taken');
  });

  it('are one organisation’s each where it has just given one up', async () => {
    const store = doBetween(fresh.store, 'get organisation shop', async () => {
      assert.equal(codeOf(await set(admin, 'shop', [])), 'done');
      assert.equal(codeOf(await set(admin, 'globex', ['kept.example'])), 'done');
    });
    const more = changeOrganisationInput.parse({ domains: ['kept.example', 'more.example'] });
    const late = await changeOrganisation({ ...fresh, store }, admin, 'shop', more);
    assert.equal(codeOf(late), 'changed-meanwhile');
    assert.deepEqual(await domainsOf('shop'), []);
    assert.equal(codeOf(await set(admin, 'acme', ['more.example'])), 'done', 'given back');
  });

  it('are left as they are by a change that is refused', async () => {
    const before = await domainsOf('acme');
    const bad = { domains: ['late.example'], name: ' ' };
    const parsed = changeOrganisationInput.parse(bad);
    assert.equal(codeOf(await changeOrganisation(fresh, admin, 'acme', parsed)), 'name-format');
    assert.equal(codeOf(await set(admin, 'nowhere', ['late.example'])), 'organisation-unknown');
    assert.deepEqual(await domainsOf('acme'), before);
    assert.equal(codeOf(await set(admin, 'globex', ['late.example'])), 'done');
  });

  it('are said by the installation’s administrators', async () => {
    assert.equal(codeOf(await set(own, 'acme', ['own.example'])), 'not-allowed');
    assert.equal(codeOf(await set(own, 'globex', ['own.example'])), 'not-found');
    assert.equal(codeOf(await set({ ...admin, fresh: false }, 'acme', [])), 'fresh-factor-needed');
  });
});

const change = (performed: Performed, id: string, policy: OrganisationPolicy) =>
  changeOrganisation(fresh, performed, id, policy);

describe('an organisation’s policy is changed', () => {
  it('by its own administrator, in one write that says what, and ends what it must', async () => {
    const before = await fresh.store.get(organisationCollection, 'acme');
    const policy = { mfaFrom: NOW + DAY, trustedDays: 7 };
    const writes = await writesOf(fresh.store, async () =>
      assert.equal(codeOf(await change(own, 'acme', policy)), 'done'),
    );
    assert.deepEqual(writes, ['update organisation']);
    const { type, organisation, actor, actorId, details } = await eventOf('acme');
    assert.deepEqual(
      [type, organisation, actor, actorId],
      ['organisation.changed', 'acme', 'administrator', 'organisation-administrator'],
    );
    const day = new Date(NOW + DAY).toISOString().slice(0, 10);
    assert.deepEqual(details, { grace_until: `none → ${day}`, trusted_days: '30 → 7' });
    const after = await fresh.store.get(organisationCollection, 'acme');
    assert.equal(after?.trustEpoch, (before?.trustEpoch ?? 0) + 1, 'fewer days end trust');
    assert.deepEqual(await writesOf(fresh.store, () => change(own, 'acme', policy)), []);
  });

  it('by nobody of another one, who does not learn whether it is there', async () => {
    for (const id of ['globex', 'nowhere', 'no id'])
      assert.equal(codeOf(await change(own, id, { trustedDays: 0 })), 'not-found', id);
    assert.equal(
      codeOf(await change(admin, 'nowhere', { trustedDays: 0 })),
      'organisation-unknown',
    );
    assert.equal((await fresh.store.get(organisationCollection, 'globex'))?.trustedDays, 30);
  });

  it('by nobody who only helps or looks, nor without a fresh factor', async () => {
    for (const role of ['helpdesk', 'auditor', 'member'] as const)
      assert.equal(
        codeOf(await change(performedBy(role, NOW), 'acme', { mfa: 'off' })),
        'not-allowed',
      );
    const stale = { ...own, fresh: false };
    assert.equal(codeOf(await change(stale, 'acme', { mfa: 'off' })), 'fresh-factor-needed');
    assert.equal((await fresh.store.get(organisationCollection, 'acme'))?.mfa, 'required');
  });

  it('with its name, which is no reason for anything to end; its id stays', async () => {
    const before_ = await fresh.store.get(organisationCollection, 'globex');
    const rename = (name: string) =>
      changeOrganisation(fresh, admin, 'globex', changeOrganisationInput.parse({ name }));
    assert.equal(codeOf(await rename(' ')), 'name-format');
    assert.equal(codeOf(await rename('Globex \u202eInc.')), 'name-format');
    assert.equal(codeOf(await rename(' Globex Inc. ')), 'done');
    assert.deepEqual((await eventOf('globex')).details, { name: 'Globex → Globex Inc.' });
    const { postings: _, ...after_ } =
      (await fresh.store.get(organisationCollection, 'globex')) ?? {};
    const { postings: __, ...same } = before_ ?? {};
    assert.deepEqual(after_, { ...same, name: 'Globex Inc.' });
  });

  it('to what can be', async () => {
    assert.equal(codeOf(await change(admin, 'acme', { mfaFrom: NOW - 1 })), 'grace-past');
    const alone = { factors: ['one-time-codes' as const] };
    assert.equal(codeOf(await change(admin, 'acme', alone)), 'factors-companion');
    const bad = [
      { mfa: 'maybe' },
      { factors: ['sms'] },
      { trustedDays: 366 },
      { trustedDays: 0.5 },
      { mfaFrom: { $gt: 0 } },
    ];
    for (const input of bad) assert.ok(!changeOrganisationInput.safeParse(input).success);
    assert.deepEqual(changeOrganisationInput.parse({ trustEpoch: 9 }), {});
    assert.equal(addOrganisationInput.parse({ name: 'Plain' }).mfa, 'required');
  });
});

describe('an organisation is removed', () => {
  const add = (id: string) => addOrganisation(fresh, admin, { id, name: id, mfa: 'required' });
  const remove = (id: string, performed = admin, store = fresh.store) =>
    removeOrganisation({ store }, performed, id);

  it('when nobody is in it, in one write with its event; its id is free', async () => {
    assert.equal(codeOf(await add('gone')), 'done');
    const writes = await writesOf(fresh.store, async () =>
      assert.equal(codeOf(await remove('gone')), 'done'),
    );
    assert.deepEqual(writes, ['update organisation']);
    assert.equal((await eventOf('gone')).type, 'organisation.removed');
    assert.equal(await getOrganisation(fresh.store, 'gone'), undefined);
    const left = await Array.fromAsync(listOrganisations(fresh.store), ({ id }) => id);
    assert.ok(!left.includes('gone') && left.includes('acme'));
    for (const act of [remove('gone'), change(admin, 'gone', { mfa: 'off' })])
      assert.equal(codeOf(await act), 'organisation-unknown');
    assert.equal(codeOf(await add('gone')), 'done');
    const types = (await fresh.store.get(organisationCollection, 'gone'))?.postings?.map(
      (message) => 'event' in message && message.event.type,
    );
    assert.deepEqual(types?.slice(-2), ['organisation.removed', 'organisation.added']);
  });

  it('by the installation’s administrators alone', async () => {
    for (const id of ['gone', 'acme', 'nowhere'])
      assert.equal(codeOf(await remove(id, own)), 'not-allowed');
    assert.equal(codeOf(await remove('gone', { ...admin, fresh: false })), 'fresh-factor-needed');
  });

  it('by nobody while somebody is in it, or a client names it', async () => {
    assert.equal(codeOf(await remove('acme')), 'organisation-not-empty');
    const redirectUris = ['https://app.test/callback'];
    const client = { name: 'Only', kind: 'web', redirectUris, organisations: ['gone'] } as const;
    const added = await addClient(fresh, admin, addClientInput.parse(client));
    assert.ok(added.ok);
    const refused = await remove('gone');
    assert.ok(!refused.ok && refused.problem.code === 'organisation-named');
    assert.deepEqual(refused.problem.values, { id: 'gone', clients: added.value.client.id });
    assert.ok((await removeClient(fresh, admin, added.value.client.id)).ok);
    assert.equal(codeOf(await remove('gone')), 'done');
  });

  it('or stays, with whoever comes in at the same moment', async () => {
    await add('busy');
    const person = { organisation: 'busy', login: 'late', email: 'late@busy.test', name: 'Late' };
    const parts = { store: fresh.store, relay: NO_RELAY };
    const meanwhile = doBetween(fresh.store, 'scan client', async () => {
      assert.equal(codeOf(await addPerson(parts, admin, person)), 'done');
    });
    assert.equal(codeOf(await remove('busy', admin, meanwhile)), 'organisation-not-empty');
    assert.equal((await getOrganisation(fresh.store, 'busy'))?.name, 'busy');
    assert.deepEqual((await eventOf('busy')).reasons, ['not empty']);
  });

  it('and nobody is left without one: who is added or moved there is refused', async () => {
    await add('closing');
    const person = { organisation: 'closing', login: 'x', email: 'x@closing.test', name: 'X' };
    const removing = (call: string) =>
      doBetween(fresh.store, call, async () => {
        assert.equal(codeOf(await remove('closing')), 'done');
      });
    const adding = { store: removing('get organisation closing'), relay: NO_RELAY };
    assert.equal(codeOf(await addPerson(adding, admin, person)), 'organisation-unknown');
    assert.equal(await findPerson(fresh.store, 'x'), undefined);

    await add('closing');
    const moving = removing('get organisation closing');
    const parts = { store: moving, relay: NO_RELAY, notices: NO_NOTICES };
    const to = { organisation: 'closing' };
    assert.equal(codeOf(await updatePerson(parts, admin, 'helpdesk', to)), 'organisation-unknown');
    const back = await getPerson(fresh.store, 'helpdesk');
    assert.deepEqual([back?.organisation, back?.role], ['acme', 'helpdesk']);
  });
});
