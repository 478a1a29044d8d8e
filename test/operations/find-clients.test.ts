/** Apps as lists and pages look at them: who sees which, and what nobody loses to somebody else. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { addGroup } from '../../src/operations/groups/add-group.ts';
import { changeClient } from '../../src/operations/clients/change-client.ts';
import { rotateSecret } from '../../src/operations/clients/rotate-secret.ts';
import { clientTag } from '../../src/operations/clients/seen/client-tag.ts';
import { findClients, type ClientsQuery } from '../../src/operations/clients/seen/find-clients.ts';
import { showClient } from '../../src/operations/clients/seen/show-client.ts';
import { changeOrganisation } from '../../src/operations/organisations/change-organisation.ts';
import { clientRefusalsCollection } from '../../src/oidc/clients/refusals/client-refusals.ts';
import { getClient } from '../../src/oidc/clients/clients.ts';
import type { ClientRecord } from '../../src/records/client.ts';
import type { Role } from '../../src/records/person.ts';
import { valueOf } from '../../src/result.ts';
import { byOperator, performedByOperator } from '../support/by-operator.ts';
import { codeOf } from '../support/administration.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';
import { addStaff, performedBy } from '../support/staff.ts';

let fresh: FreshStore;
let now = 0;
before(async () => {
  fresh = await openFreshStore();
  now = fresh.clock.now;
  await addStaff(fresh);
  const operator = byOperator({ ...fresh, now: () => now });
  const web = { kind: 'web', redirectUris: ['https://wiki.example/cb'] } as const;
  await operator.addClient({ ...web, name: 'Wiki' });
  await operator.addClient({ ...web, name: 'Board', organisations: ['globex'] });
  await operator.addClient({ ...web, name: 'Desk', organisations: ['acme'], firstParty: false });
  await operator.addClient({ kind: 'service', name: 'Job', redirectUris: [] });
  for (let nth = 10; nth < 55; nth += 1)
    await operator.addClient({ kind: 'service', name: `many ${nth}`, redirectUris: [] });
});
after(() => fresh.close());

async function found(role: Role, query: ClientsQuery = {}): Promise<string[]> {
  const names: string[] = [];
  let after: string | undefined;
  do {
    const page = valueOf(await findClients(fresh, performedBy(role, now), { ...query, after }));
    names.push(...page.clients.map(({ client }) => client.name));
    after = page.next;
  } while (after !== undefined);
  return names;
}

async function client(id: string): Promise<ClientRecord> {
  const there = await getClient(fresh.store, id);
  assert.ok(there);
  return there;
}

describe('the list of apps', () => {
  it('is of all of them in the order of their names, over its pages, or of those asked for', async () => {
    const all = await found('administrator');
    assert.equal(all.length, 49);
    assert.deepEqual(all.slice(0, 4), ['Board', 'Desk', 'Job', 'many 10']);
    for (const [query, names] of [
      [{ q: 'dESk' }, ['Desk']],
      [{ q: 'wiki.example' }, ['Board', 'Desk', 'Wiki']],
      [{ kind: 'service', q: 'job' }, ['Job']],
      [{ organisation: 'globex', kind: 'web' }, ['Board', 'Wiki']],
      [{ state: 'third-party' }, ['Desk']],
      [{ q: '{"$ne":null}' }, []],
      [{ after: 'nobody’s', q: 'desk', kind: 'web' }, ['Desk']],
    ] as const)
      assert.deepEqual(await found('administrator', query), names, JSON.stringify(query));
  });

  it('is cut to what is open to the organisation of whoever asks', async () => {
    for (const role of ['organisation-administrator', 'auditor'] as const) {
      assert.deepEqual(await found(role), ['Desk', 'Wiki']);
      const other = findClients(fresh, performedBy(role, now), { organisation: 'globex' });
      assert.equal(await codeOf(other), 'not-found');
      for (const [id, code] of [
        ['wiki', 'ok'],
        ['board', 'not-found'],
        ['job', 'not-found'],
        ['nobody', 'not-found'],
      ] as const)
        assert.equal(await codeOf(showClient(fresh, performedBy(role, now), id)), code, id);
    }
    for (const role of ['helpdesk', 'member'] as const) {
      assert.equal(await codeOf(findClients(fresh, performedBy(role, now), {})), 'not-allowed');
      assert.equal(await codeOf(showClient(fresh, performedBy(role, now), 'wiki')), 'not-allowed');
    }
  });

  it('tells one organisation nothing by what it is searched for, nor by where its pages end', async () => {
    for (const role of ['organisation-administrator', 'auditor'] as const) {
      // Which addresses an app has, and that an old secret goes on, is shown to nobody of them.
      assert.deepEqual(await found(role, { q: 'wiki.example' }), []);
      assert.deepEqual(await found(role, { q: 'wik' }), ['Wiki']);
    }
    const operator = byOperator({ ...fresh, now: () => now });
    const own = { kind: 'web', redirectUris: ['https://own.example/cb'] } as const;
    for (let nth = 10; nth < 29; nth += 1)
      await operator.addClient({ ...own, name: `a${nth}`, organisations: ['acme'] });
    const page = await findClients(fresh, performedBy('organisation-administrator', now), {});
    const { clients, next = '' } = valueOf(page);
    // The last that was read is another's.
    assert.equal(clients.at(-1)?.client.name, 'Desk');
    for (const text of [next, Buffer.from(next, 'base64url').toString()])
      assert.doesNotMatch(text, /many|board|desk/iu);
    assert.deepEqual((await found('auditor')).slice(-2), ['Desk', 'Wiki']);
  });

  it('knows refused requests of this registration, for those who may look at them', async () => {
    const { registration = null } = await client('wiki');
    const kind = { endpoint: 'authorization', reason: 'scope', value: 'x', count: 3, firstAt: now };
    const refusals = [
      { ...kind, lastAt: now },
      { ...kind, value: 'y', lastAt: 0 },
    ];
    await fresh.store.put(clientRefusalsCollection, 'wiki', { registration, refusals });
    const old = { registration: 'another one', refusals };
    await fresh.store.put(clientRefusalsCollection, 'desk', old);
    const asked = { state: 'refused' } as const;
    const { clients } = valueOf(await findClients(fresh, performedBy('administrator', now), asked));
    assert.deepEqual(
      clients.map((one) => [one.client.id, one.refused]),
      [['wiki', 3]],
    );
    assert.deepEqual(await found('auditor', asked), []);
  });
});

describe('what somebody else has changed meanwhile', () => {
  const boss = () => performedBy('administrator', now);

  it('is not lost: fields of an app', async () => {
    const shown = await client('desk');
    const change = { name: 'Desk 2', scopes: ['openid', 'email'] };
    const seen = clientTag(shown, ['scopes', 'name']);
    await byOperator({ ...fresh, now: () => now }).changeClient('desk', { errors: 'page' });
    const done = valueOf(await changeClient(fresh, boss(), 'desk', { ...change, seen }));
    assert.deepEqual(Object.keys(done.changed), ['scopes', 'name']);
    const late = changeClient(fresh, boss(), 'desk', { name: 'Desk 3', scopes: ['openid'], seen });
    assert.equal(await codeOf(late), 'changed-meanwhile');
    assert.equal((await client('desk')).name, 'Desk 2');
  });

  it('is not lost: a secret, and who of an organisation may', async () => {
    const [first] = (await client('wiki')).secrets;
    const input = { leaked: false, seen: first?.id };
    assert.equal(await codeOf(rotateSecret(fresh, boss(), 'wiki', input)), 'ok');
    assert.equal(await codeOf(rotateSecret(fresh, boss(), 'wiki', input)), 'changed-meanwhile');
    assert.equal((await client('wiki')).secrets.length, 2);
    assert.deepEqual(await found('administrator', { state: 'ending' }), ['Wiki']);
    assert.deepEqual(await found('auditor', { state: 'ending' }), []);

    const group = { organisation: 'acme', name: 'IT', description: '' };
    const parts = { ...fresh, relay: { soon: () => undefined } };
    const { id } = valueOf(await addGroup(parts, performedByOperator(now), group));
    const open = (groups: string[] | null, was: string[] | null) =>
      changeOrganisation(fresh, performedBy('organisation-administrator', now), 'acme', {
        apps: [{ client: 'wiki', groups, seen: was }],
      });
    assert.equal(await codeOf(open([id], null)), 'ok');
    assert.equal(await codeOf(open(null, null)), 'changed-meanwhile');
    assert.equal(await codeOf(open(null, [id])), 'ok');
  });
});
