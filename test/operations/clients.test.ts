/** What is done to clients, below every door: who may, one write with its event, and ids that are free again. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type AuditEvent, auditCollection } from '../../src/audit/event.ts';
import type { Performed } from '../../src/audit/performed.ts';
import { clientPkceCollection, pkceOf } from '../../src/oidc/clients/client-pkce.ts';
import { getClient, hashSecret } from '../../src/oidc/clients/clients.ts';
import { secretId } from '../../src/oidc/clients/secrets/secrets.ts';
import { addClient, addClientInput } from '../../src/operations/clients/add-client.ts';
import { changeClient, changeClientInput } from '../../src/operations/clients/change-client.ts';
import { removeClient } from '../../src/operations/clients/remove-client.ts';
import { rotateSecret, rotateSecretInput } from '../../src/operations/clients/rotate-secret.ts';
import { createRelay } from '../../src/outbox/relay.ts';
import { clientCollection } from '../../src/records/client.ts';
import { personCollection } from '../../src/records/person.ts';
import type { Result } from '../../src/result.ts';
import { byOperator, performedByOperator, type ByOperator } from '../support/by-operator.ts';
import { isSecretOf } from '../support/clients.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';
import { addStaff, performedBy, writesOf } from '../support/staff.ts';

const NOW = 4_000_000_000_000;
const WEB = { kind: 'web', redirectUris: ['https://app.test/cb'], organisations: null } as const;
const BROUGHT = 'brought-along-brought-along-brought';
let fresh: FreshStore;
let operator: ByOperator;
before(async () => {
  fresh = await openFreshStore(NOW);
  await addStaff(fresh);
  operator = byOperator({ ...fresh, now: () => NOW });
});
after(() => fresh.close());

const stored = (id: string) => fresh.store.get(clientCollection, id);
const eventsIn = async (id: string): Promise<AuditEvent[]> =>
  ((await stored(id))?.postings ?? []).flatMap((message) =>
    'event' in message ? [message.event] : [],
  );

type Act = (performed: Performed, id: string) => Promise<Result<unknown>>;
const ACTS: Record<string, Act> = {
  add: (performed, id) => addClient(fresh, performed, { ...WEB, id: `${id}-new`, name: id }),
  change: (performed, id) => changeClient(fresh, performed, id, { requirePkce: true }),
  rotate: (performed, id) => rotateSecret(fresh, performed, id, { leaked: true, secret: BROUGHT }),
  remove: (performed, id) => removeClient(fresh, performed, id),
};

describe('an act on a client', () => {
  const rows: [act: string, suffix: string, type: string, details: object][] = [
    ['add', '-new', 'client.added', {}],
    ['change', '', 'client.changed', { require_pkce: 'no → yes' }],
    ['rotate', '', 'client.secret-rotated', { leaked: true, secret: '@' }],
    ['remove', '', 'client.removed', {}],
  ];
  for (const [act, suffix, type, details] of rows)
    it(`${act}: one write of the client, with who did it and from where`, async () => {
      const id = `once-${act}`;
      await operator.addClient({ ...WEB, id, name: id });
      const performed = performedBy('administrator', NOW + 5);
      const writes = await writesOf(fresh.store, async () =>
        assert.equal((await ACTS[act]?.(performed, id))?.ok, true),
      );
      assert.deepEqual(
        writes.filter((write) => write.endsWith(' client')),
        ['update client'],
      );
      const event = (await eventsIn(`${id}${suffix}`)).at(-1);
      assert.ok(event);
      const { id: _, ...told } = event;
      // Its name follows from the vault's key.
      const brought = secretId(hashSecret(fresh.vault, BROUGHT));
      assert.deepEqual(told, {
        at: NOW + 5,
        type,
        outcome: 'success',
        actor: 'administrator',
        actorId: 'administrator',
        person: null,
        organisation: null,
        client: `${id}${suffix}`,
        address: '192.0.2.7',
        userAgent: 'Browser',
        reasons: [],
        details: 'secret' in details ? { ...details, secret: brought } : details,
      });
    });

  const self = { kind: 'self', id: 'administrator' } as const;
  const service = { kind: 'api-client', id: 'administrator' } as const;
  const admin = performedBy('administrator', NOW);
  const refusals: [who: string, performed: Performed, code: string][] = [
    ['an organisation’s', performedBy('organisation-administrator', NOW), 'not-allowed'],
    ['the help desk', performedBy('helpdesk', NOW), 'not-allowed'],
    ['an auditor', performedBy('auditor', NOW), 'not-allowed'],
    ['a member', performedBy('member', NOW), 'not-allowed'],
    ['their own account', { ...admin, actor: self }, 'not-allowed'],
    ['a client of that id', { ...admin, actor: service }, 'not-allowed'],
    ['nobody', { ...admin, actor: { kind: 'administrator', id: null } }, 'not-allowed'],
    ['without a fresh factor', { ...admin, fresh: false }, 'fresh-factor-needed'],
  ];
  for (const [who, performed, code] of refusals)
    it(`is refused by ${code}, and nothing is written: ${who}`, async () => {
      const id = 'kept';
      if (!(await stored(id))) await operator.addClient({ ...WEB, id, name: id });
      for (const [name, act] of Object.entries(ACTS)) {
        const writes = await writesOf(fresh.store, async () => {
          const result = await act(performed, id);
          assert.equal(result.ok ? 'done' : result.problem.code, code, name);
        });
        assert.deepEqual(writes, [], name);
      }
    });

  it('is refused to an administrator who was disabled meanwhile', async () => {
    const [row] = (await fresh.store.scan(personCollection)).items;
    assert.ok(row);
    const person = { ...row.value, id: 'former', role: 'administrator' as const, active: false };
    await fresh.store.insert(personCollection, 'former', person);
    const performed = { ...admin, actor: { kind: 'administrator', id: 'former' } } as const;
    const result = await changeClient(fresh, performed, 'kept', { requirePkce: true });
    assert.equal(result.ok ? 'done' : result.problem.code, 'not-allowed');
  });

  it('that changes nothing writes nothing', async () => {
    await operator.addClient({ ...WEB, id: 'same', name: 'same' });
    const writes = await writesOf(fresh.store, async () => {
      const same = { requirePkce: false, organisations: null };
      const result = await changeClient(fresh, admin, 'same', same);
      assert.deepEqual(result.ok && result.value.changed, {});
    });
    assert.deepEqual(writes, []);
  });

  it('knows the organisations that it names', async () => {
    const organisations = ['acme', 'nowhere'];
    const code = { code: 'organisation-unknown' };
    await assert.rejects(operator.addClient({ ...WEB, name: 'Closed', organisations }), code);
    await assert.rejects(operator.changeClient('same', { organisations }), code);
    await operator.changeClient('same', { organisations: ['acme'] });
    assert.deepEqual((await eventsIn('same')).at(-1)?.details, { organisations: 'all → acme' });
  });
});

describe('the id of a client that was removed', () => {
  const again = { ...WEB, id: 'again', name: 'Again' };

  it('is free at once, for one; what was to be told of the removed one is told', async () => {
    const first = await operator.addClient(again);
    await operator.removeClient('again');
    const added = await Promise.allSettled(
      Array.from({ length: 5 }, () => operator.addClient(again)),
    );
    assert.equal(added.filter(({ status }) => status === 'fulfilled').length, 1);
    const client = await getClient(fresh.store, 'again');
    assert.notEqual(client?.registration, first.client.registration);
    assert.ok(!isSecretOf(fresh, client, first.secret ?? ''));
    const types = (await eventsIn('again')).map(({ type }) => type);
    assert.deepEqual(types, ['client.added', 'client.removed', 'client.added']);
  });

  it('stays that of the new one when the events of both are moved', async () => {
    const relay = createRelay({
      store: fresh.store,
      handlers: {
        mail: () => assert.fail(),
        logout: () => assert.fail(),
        memberships: () => assert.fail(),
      },
      carriers: [clientCollection],
      auditRetention: 60,
      now: () => 0,
      log: { error: assert.fail } as never,
    });
    await operator.removeClient('again');
    // Its event is on the way while the id is taken again.
    await Promise.all([relay.moveAll(), operator.addClient(again)]);
    await relay.moveAll();
    const client = await stored('again');
    assert.deepEqual([client?.gone, client?.postings], [undefined, undefined]);
    const { items } = await fresh.store.scan(auditCollection, { limit: 1000 });
    const about = items.filter(({ value }) => value.client === 'again');
    assert.equal(about.filter(({ value }) => value.type === 'client.added').length, 3);
    assert.equal(about.filter(({ value }) => value.type === 'client.removed').length, 2);
    await operator.removeClient('again');
    await relay.moveAll();
    assert.equal(await stored('again'), undefined, 'nothing is left of it');
  });

  it('brings nothing along of how its codes were asked for', async () => {
    const { client } = await operator.addClient({ ...again, id: 'noted' });
    const note = { sends: true, since: NOW, registration: client.registration ?? null };
    await fresh.store.put(clientPkceCollection, 'noted', note);
    assert.ok(await pkceOf(fresh.store, client));
    await operator.removeClient('noted');
    assert.equal(await fresh.store.get(clientPkceCollection, 'noted'), undefined);
    // A sign-in that was under way at the removal makes its note late.
    await fresh.store.put(clientPkceCollection, 'noted', note);
    const next = await operator.addClient({ ...again, id: 'noted' });
    assert.equal(await pkceOf(fresh.store, next.client), undefined);
  });
});

describe('what a door may hand over', () => {
  const nested = { $ne: null } as unknown as string;
  const plain = { ...WEB, redirectUris: [...WEB.redirectUris], name: 'App' };
  const bad: [what: string, parse: () => { success: boolean }][] = [
    ['an object as a name', () => addClientInput.safeParse({ ...plain, name: nested })],
    [
      'an object as an address',
      () => addClientInput.safeParse({ ...plain, redirectUris: [nested] }),
    ],
    ['another kind', () => addClientInput.safeParse({ ...plain, kind: 'toaster' })],
    ['a long address', () => addClientInput.safeParse({ ...plain, clientUri: 'x'.repeat(4001) })],
    ['a word for a flag', () => changeClientInput.safeParse({ requirePkce: 'no' })],
    ['an object as a level', () => changeClientInput.safeParse({ requireAcr: nested })],
    ['no choice', () => rotateSecretInput.safeParse({})],
  ];
  for (const [what, parse] of bad) it(`is not ${what}`, () => assert.equal(parse().success, false));

  it('is what an operation takes, and no more', async () => {
    const parsed = addClientInput.parse({ ...plain, id: 'parsed', secretHash: 'x', createdAt: 1 });
    assert.ok(!('secretHash' in parsed));
    const added = await addClient(fresh, performedByOperator(NOW), parsed);
    assert.equal(added.ok && added.value.client.createdAt, NOW);
  });
});
