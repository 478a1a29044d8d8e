/** What is done to resource servers, below every door: who may, names of scopes, and what stays as it is built in. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import type { Performed } from '../../src/audit/performed.ts';
import { createResources, listResources } from '../../src/oidc/resources/resources.ts';
import { addResource } from '../../src/operations/resources/add-resource.ts';
import { changeResource } from '../../src/operations/resources/change-resource.ts';
import { removeResource } from '../../src/operations/resources/remove-resource.ts';
import { clientCollection } from '../../src/records/client.ts';
import { resourceCollection, scopeClaimCollection } from '../../src/records/resource.ts';
import type { Result } from '../../src/result.ts';
import { byOperator, performedByOperator } from '../support/by-operator.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';
import { raceInTwo } from '../support/race.ts';
import { doBetween } from '../support/watched-store.ts';
import type { ScopeRace } from './scope-racer.ts';
import { addStaff, performedBy, writesOf } from '../support/staff.ts';

const NOW = 4_000_000_000_000;
const RACER = new URL('./scope-racer.ts', import.meta.url);
const API = 'https://api.acme.test';
let fresh: FreshStore;
before(async () => {
  fresh = await openFreshStore(NOW);
  await addStaff(fresh);
});
after(() => fresh.close());

const operator = performedByOperator(NOW);
const scope = (name: string, description = `do ${name}`) => ({ name, description });
const add = (id: string, names: string[], more = {}, performed: Performed = operator) =>
  addResource(fresh, performed, { id, scopes: names.map((name) => scope(name)), ...more });
const codeOf = (result: Result<unknown>): string => (result.ok ? 'done' : result.problem.code);
const scopesOf = async (id: string): Promise<string[]> => {
  const known = await createResources({ ...fresh, now: () => NOW }).known();
  return known.byId.get(id)?.scopes.map(({ name }) => name) ?? [];
};
const ownerOf = async (name: string) =>
  (await fresh.store.get(scopeClaimCollection, name))?.resource;

describe('a resource', () => {
  it('is added, changed and removed, each with its event in the one write of it', async () => {
    const admin = performedBy('administrator', NOW);
    const kinds = async (act: () => Promise<Result<unknown>>) =>
      (await writesOf(fresh.store, async () => assert.equal(codeOf(await act()), 'done'))).join();
    const id = 'urn:acme:events';
    assert.equal(
      await kinds(() => add(id, ['events'], {}, admin)),
      'update scope_claim,update resource',
    );
    const change = { lifetime: 60, requireAcr: { events: 'urn:latchkey:acr:mfa' } };
    for (const written of ['update resource', ''])
      assert.equal(await kinds(() => changeResource(fresh, admin, id, change)), written);
    assert.equal(
      await kinds(() => removeResource(fresh, admin, id)),
      'update resource,update scope_claim',
    );
    const stored = await fresh.store.get(resourceCollection, id);
    const events = (stored?.postings ?? []).flatMap((one) => ('event' in one ? [one.event] : []));
    assert.deepEqual(
      events.map(({ type, actorId, details }) => [type, actorId, details]),
      [
        ['resource.added', 'administrator', { resource: id }],
        [
          'resource.changed',
          'administrator',
          {
            resource: id,
            lifetime: '600 → 60',
            scopes: 'events do events → events do events urn:latchkey:acr:mfa',
          },
        ],
        ['resource.removed', 'administrator', { resource: id }],
      ],
    );
    assert.deepEqual(await scopesOf(id), []);
    assert.equal(await ownerOf('events'), undefined);
    assert.equal(codeOf(await add('urn:acme:other', ['events'])), 'done', 'the name is free');
    assert.equal(codeOf(await add(id, ['events.write'])), 'done', 'the identifier too');
  });

  for (const role of ['organisation-administrator', 'helpdesk', 'auditor'] as const)
    it(`is nobody’s below an administrator: ${role}`, async () => {
      const performed = performedBy(role, NOW);
      assert.equal(codeOf(await add('urn:acme:mine', ['mine'], {}, performed)), 'not-allowed');
      const [id, change] = ['urn:latchkey:mail', { lifetime: 60 }];
      assert.equal(codeOf(await changeResource(fresh, performed, id, change)), 'not-allowed');
      assert.equal(codeOf(await removeResource(fresh, performed, id)), 'not-allowed');
    });

  const REFUSED: [string, Parameters<typeof add>, string][] = [
    ['no URI', ['calendar', ['x1']], 'resource-format'],
    ['a fragment', ['https://api.acme.test/#a', ['x1']], 'resource-format'],
    ['a blank', ['https://api.acme.test/ a', ['x1']], 'resource-format'],
    ['too long', [`urn:${'x'.repeat(200)}`, ['x1']], 'resource-format'],
    ['built in by its beginning', ['URN:latchkey:other', ['x1']], 'resource-format'],
    ['built in', ['urn:latchkey:mail', ['x1']], 'resource-built-in'],
    ['no scope', ['urn:acme:a', []], 'scope-format'],
    ['a scope twice', ['urn:acme:a', ['x1', 'x1']], 'scope-format'],
    [
      'more scopes than there may be',
      ['urn:acme:a', [...Array(51).keys()].map((n) => `s${n}`)],
      'scope-format',
    ],
    ['a scope of OpenID’s', ['urn:acme:a', ['groups']], 'scope-format'],
    ['a scope with a blank', ['urn:acme:a', ['x y']], 'scope-format'],
    ['a scope that programs know', ['urn:acme:a', ['constructor']], 'scope-format'],
    ['a built-in scope', ['urn:acme:a', ['x1', 'mail']], 'scope-taken'],
    [
      'a JWT that lives long',
      ['urn:acme:a', ['x1'], { format: 'jwt', lifetime: 601 }],
      'lifetime-range',
    ],
    ['half a second', ['urn:acme:a', ['x1'], { lifetime: 60.5 }], 'lifetime-range'],
  ];
  for (const [name, input, problem] of REFUSED)
    it(`is refused: ${name}`, async () => {
      assert.equal(codeOf(await add(...input)), problem);
      assert.equal(await ownerOf('x1'), undefined, 'no name is kept');
    });

  it('is refused with a description that nobody can read, or an acr that there is not', async () => {
    const one = (described: object) =>
      addResource(fresh, operator, {
        id: 'urn:acme:b',
        scopes: [{ ...scope('x2'), ...described }],
      });
    assert.equal(codeOf(await one({ description: ' ' })), 'scope-format');
    assert.equal(codeOf(await one({ description: 'a\u202eb' })), 'scope-format');
    assert.equal(codeOf(await one({ description: 'x'.repeat(201) })), 'scope-format');
    assert.equal(codeOf(await one({ requireAcr: 'urn:other' })), 'acr-unknown');
  });

  it('is not there twice, and what it has stays its own', async () => {
    assert.equal(codeOf(await add(API, ['calendar', 'contacts'])), 'done');
    assert.equal(codeOf(await add(API, ['tasks'])), 'resource-taken');
    assert.equal(await ownerOf('tasks'), undefined);
    assert.equal(codeOf(await add('urn:acme:c', ['tasks', 'calendar'])), 'scope-taken');
    assert.equal(await ownerOf('tasks'), undefined);
    assert.equal(await ownerOf('calendar'), API);
  });
});

describe('the name of a scope', () => {
  it('is one resource’s, of twenty that are added at once', async () => {
    const added = await Promise.all(
      Array.from({ length: 20 }, (_, at) => add(`urn:acme:race${at}`, [`own${at}`, 'race'])),
    );
    assert.deepEqual(added.map(codeOf).toSorted(), ['done', ...Array(19).fill('scope-taken')]);
    const holders = [];
    for await (const { id, scopes } of listResources(fresh.store))
      if (scopes.some(({ name }) => name === 'race')) holders.push(id);
    assert.deepEqual(holders, [await ownerOf('race')]);
  });

  it('is not given away by another act for the same resource that came to nothing', async () => {
    const id = 'urn:acme:twice';
    await add(id, ['twice1']);
    const wanted = { scopes: [scope('twice2')] };
    const store = doBetween(fresh.store, 'update scope_claim twice2', async () => {
      const refused = await changeResource(fresh, operator, id, { ...wanted, lifetime: 0.5 });
      assert.equal(codeOf(refused), 'lifetime-range');
      assert.equal(codeOf(await add('urn:acme:thief', ['twice2'])), 'scope-taken');
    });
    assert.equal(codeOf(await changeResource({ store }, operator, id, wanted)), 'done');
    assert.equal(codeOf(await add('urn:acme:thief', ['twice2'])), 'scope-taken');
    // Taken, and given again before the first one is done.
    const again = doBetween(fresh.store, `update resource ${id}`, async () => {
      assert.equal(codeOf(await changeResource(fresh, operator, id, wanted)), 'done');
    });
    const without = { removeScopes: ['twice2'] };
    assert.equal(
      codeOf(await changeResource({ ...fresh, store: again }, operator, id, without)),
      'done',
    );
    assert.ok((await scopesOf(id)).includes('twice2'));
    assert.equal(codeOf(await add('urn:acme:thief', ['twice2'])), 'scope-taken');
  });

  it('is one resource’s where two processes give and take it at once', async () => {
    const shared = 'urn:acme:shared';
    await add(shared, ['shared']);
    const order: ScopeRace = { ...fresh.race, times: 10, shared };
    const verdicts = (await raceInTwo<string[]>(RACER, order)).flat();
    assert.deepEqual([...new Set(verdicts)].toSorted(), ['done', 'lifetime-range', 'scope-taken']);
    const holders = new Map<string, string[]>();
    for await (const { id, scopes } of listResources(fresh.store))
      for (const { name } of scopes) holders.set(name, [...(holders.get(name) ?? []), id]);
    const raced = [...holders].filter(([name]) => /^(?:raced|shared)\d/u.test(name));
    assert.equal(raced.length, 20);
    for (const [name, ids] of raced) assert.deepEqual(ids, [await ownerOf(name)], name);
  });

  it('is free a minute after whoever had claimed it died', async () => {
    const child = fork(RACER);
    child.send({
      ...fresh.race,
      times: 1,
      shared: 'urn:acme:shared',
      dies: true,
    } satisfies ScopeRace);
    await once(child, 'message');
    child.send('go');
    assert.deepEqual(await once(child, 'exit'), [null, 'SIGKILL']);
    const { items } = await fresh.store.scan(scopeClaimCollection, { limit: 500 });
    const left = items.filter(({ value }) => value.resource === `urn:acme:p${child.pid}-0`);
    assert.deepEqual(
      left.map(({ id }) => id),
      ['died0'],
    );
    // Whoever comes a minute later gets it.
    const later = performedByOperator(NOW + 60_000);
    assert.equal(codeOf(await add('urn:acme:heir', ['died0'])), 'scope-taken');
    assert.equal(codeOf(await add('urn:acme:heir', ['died0'], {}, later)), 'done');
  });

  it('that nothing came of is free after a minute', async () => {
    await fresh.store.put(scopeClaimCollection, 'left', { resource: 'urn:acme:gone', at: NOW });
    assert.equal(codeOf(await add('urn:acme:d', ['left'])), 'scope-taken');
    const later = performedByOperator(NOW + 60_000);
    assert.equal(codeOf(await add('urn:acme:d', ['left'], {}, later)), 'done');
    const much = performedByOperator(NOW + 600_000);
    assert.equal(codeOf(await add('urn:acme:e', ['left'], {}, much)), 'scope-taken');
  });
});

describe('a change', () => {
  it('adds, describes anew, requires and removes scopes', async () => {
    const id = 'urn:acme:f';
    await add(id, ['f1', 'f2']);
    const change = (input: Parameters<typeof changeResource>[3]) =>
      changeResource(fresh, operator, id, input);
    assert.equal(codeOf(await change({ requireAcr: { f1: 'urn:latchkey:acr:mfa' } })), 'done');
    assert.equal(codeOf(await change({ scopes: [scope('f3'), scope('f1', 'do more')] })), 'done');
    assert.equal(codeOf(await change({ removeScopes: ['f2'] })), 'done');
    const known = await createResources({ ...fresh, now: () => NOW }).known();
    assert.deepEqual(known.byId.get(id)?.scopes, [
      { name: 'f1', description: 'do more', requireAcr: 'mfa' },
      { name: 'f3', description: 'do f3', requireAcr: null },
    ]);
    assert.equal(known.byScope.get('f3')?.id, id);
    assert.deepEqual([await ownerOf('f2'), await ownerOf('f3')], [undefined, id]);
    assert.equal(codeOf(await change({ removeScopes: ['f2'] })), 'scope-unknown');
    assert.equal(codeOf(await change({ requireAcr: { f2: null } })), 'scope-unknown');
    assert.equal(codeOf(await change({ removeScopes: ['f1', 'f3'] })), 'scope-format');
    assert.equal(codeOf(await change({ scopes: [scope('mail')] })), 'scope-taken');
    assert.equal(codeOf(await change({ format: 'jwt', lifetime: 900 })), 'lifetime-range');
    assert.equal(
      codeOf(await changeResource(fresh, operator, 'urn:acme:none', { lifetime: 60 })),
      'resource-unknown',
    );
  });

  it('of what is built in is of its lifetime and what it requires alone', async () => {
    const change = (input: Parameters<typeof changeResource>[3]) =>
      changeResource(fresh, operator, 'urn:latchkey:mail', input);
    for (const input of [
      { format: 'jwt' },
      { alg: 'ES256' },
      { scopes: [scope('more')] },
      { removeScopes: ['mail'] },
    ] as const)
      assert.equal(codeOf(await change({ ...input } as never)), 'resource-built-in');
    assert.equal(
      codeOf(await removeResource(fresh, operator, 'urn:latchkey:mail')),
      'resource-built-in',
    );
    const set = { lifetime: 300, requireAcr: { mail: 'urn:latchkey:acr:mfa' } };
    assert.equal(codeOf(await change(set)), 'done');
    const [mail] = await Array.fromAsync(listResources(fresh.store));
    assert.deepEqual(
      [mail?.id, mail?.lifetime, mail?.scopes[0]?.requireAcr],
      ['urn:latchkey:mail', 300, 'mfa'],
    );
  });
});

describe('what a client names', () => {
  it('is not taken away under it', async () => {
    const id = 'urn:acme:g';
    await add(id, ['g1', 'g2']);
    const { client } = await byOperator({ ...fresh, now: () => NOW }).addClient({
      name: 'Server of G',
      kind: 'resource',
      redirectUris: [],
      resource: id,
    });
    const set = (fields: object) =>
      fresh.store.put(clientCollection, client.id, {
        ...client,
        kind: 'service',
        resource: null,
        ...fields,
      });
    assert.equal(codeOf(await removeResource(fresh, operator, id)), 'resource-named');
    // As one that asks for its tokens.
    await set({ scopes: ['g2'] });
    assert.equal(codeOf(await removeResource(fresh, operator, id)), 'scope-named');
    const without = (name: string) => changeResource(fresh, operator, id, { removeScopes: [name] });
    assert.equal(codeOf(await without('g2')), 'scope-named');
    assert.equal(codeOf(await without('g1')), 'done');
    await set({});
    assert.equal(codeOf(await removeResource(fresh, operator, id)), 'done');
  });
});
