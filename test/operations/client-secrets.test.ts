/** The secrets of a client: another one beside the old, which of them end and when, and what every version reads. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { getClient, hashSecret } from '../../src/oidc/clients/clients.ts';
import { MOST_SECRETS, secretId } from '../../src/oidc/clients/secrets/secrets.ts';
import { removeSecret } from '../../src/operations/clients/remove-secret.ts';
import { OVERLAP, rotateSecret } from '../../src/operations/clients/rotate-secret.ts';
import { clientCollection, type ClientRecord } from '../../src/records/client.ts';
import { valueOf } from '../../src/result.ts';
import { byOperator, performedByOperator } from '../support/by-operator.ts';
import { newClientKey } from '../support/key-client.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';
import { addStaff, performedBy, writesOf } from '../support/staff.ts';

const NOW = 4_000_000_000_000;
const DAY = 86_400_000;

let fresh: FreshStore;
before(async () => {
  fresh = await openFreshStore(NOW);
  await addStaff(fresh);
});
after(() => fresh.close());

let count = 0;
async function client(kind: 'web' | 'spa' = 'web'): Promise<{ id: string; secret: string }> {
  count += 1;
  const operator = byOperator({ ...fresh, now: () => NOW });
  const redirectUris = ['https://app.test/cb'];
  const added = await operator.addClient({ id: `app-${count}`, name: 'App', kind, redirectUris });
  return { id: added.client.id, secret: added.secret ?? '' };
}
const record = async (id: string): Promise<ClientRecord> => {
  const found = await getClient(fresh.store, id);
  assert.ok(found);
  return found;
};
const rotate = (id: string, at: number, input: Partial<Parameters<typeof rotateSecret>[3]> = {}) =>
  rotateSecret(fresh, performedByOperator(at), id, { leaked: false, ...input });
const remove = (id: string, secret: string, at = NOW) =>
  removeSecret(fresh, performedByOperator(at), id, secret);
const codeOf = async (act: ReturnType<typeof rotate> | ReturnType<typeof remove>) => {
  const result = await act;
  return result.ok ? 'done' : result.problem.code;
};
const ends = async (id: string) => (await record(id)).secrets.map(({ expiresAt }) => expiresAt);

describe('another secret', () => {
  it('goes on beside the old one, which ends when it is said, seven days later unless it is', async () => {
    const { id } = await client();
    const { oldUntil } = valueOf(await rotate(id, NOW));
    assert.equal(oldUntil, NOW + OVERLAP);
    assert.deepEqual(await ends(id), [NOW + OVERLAP, null]);
    // The end of one that ends already is not put off.
    valueOf(await rotate(id, NOW + 1, { overlap: 30 * DAY }));
    assert.deepEqual(await ends(id), [NOW + OVERLAP, NOW + 1 + 30 * DAY, null]);
    valueOf(await rotate(id, NOW + 2, { overlap: 0 }));
    assert.deepEqual(await ends(id), [null]);
  });

  it('is the only one after a leak, whatever else is said; what was issued ends with that', async () => {
    const { id } = await client();
    valueOf(await rotate(id, NOW));
    const { registration } = await record(id);
    const { oldUntil } = valueOf(await rotate(id, NOW, { leaked: true, overlap: DAY }));
    assert.equal(oldUntil, null);
    const after_ = await record(id);
    assert.equal(after_.secrets.length, 1);
    assert.notEqual(after_.registration, registration);
  });

  it('is the sixth of none: those that have ended do not count', async () => {
    const { id } = await client();
    for (let nth = 1; nth < MOST_SECRETS; nth += 1) valueOf(await rotate(id, NOW));
    assert.equal(await codeOf(rotate(id, NOW)), 'client-secrets-most');
    assert.equal((await record(id)).secrets.length, MOST_SECRETS);
    assert.equal(await codeOf(rotate(id, NOW + OVERLAP)), 'done');
    assert.equal((await record(id)).secrets.length, 2);
  });

  it('can be brought along: long enough, no spaces, not the same', async () => {
    const { id, secret } = await client();
    const bad = ['', 'x'.repeat(31), 'x'.repeat(257), `${'x'.repeat(31)} `, `${'x'.repeat(31)}é`];
    for (const one of bad)
      assert.equal(await codeOf(rotate(id, NOW, { secret: one })), 'client-secret-format', one);
    assert.equal(await codeOf(rotate(id, NOW, { secret })), 'client-secret-same');
    const brought = 'x'.repeat(32);
    const rotated = valueOf(await rotate(id, NOW, { secret: brought }));
    assert.deepEqual(
      [rotated.secret, rotated.id],
      [null, secretId(hashSecret(fresh.vault, brought))],
    );
    assert.equal((await record(id)).secretHash, hashSecret(fresh.vault, brought));
  });

  it('is none of a client that has none', async () => {
    const { id } = await client('spa');
    assert.equal(await codeOf(rotate(id, NOW)), 'client-no-secret');
    assert.equal(await codeOf(rotate('nobody', NOW)), 'client-unknown');
    assert.equal(await codeOf(rotate('latchkey-account', NOW)), 'client-built-in');
  });
});

describe('a secret', () => {
  it('is ended before its time, while another one can be used', async () => {
    const { id } = await client();
    const first = (await record(id)).secrets[0]?.id ?? '';
    assert.equal(await codeOf(remove(id, first)), 'client-secret-last');
    const next = valueOf(await rotate(id, NOW));
    assert.equal(await codeOf(remove(id, 'unknown')), 'client-secret-unknown');
    assert.equal(await codeOf(remove(id, next.id)), 'done');
    // The record names the newest that is left, for versions that know one alone.
    const left = await record(id);
    assert.deepEqual([left.secrets[0]?.id, left.secretHash], [first, left.secrets[0]?.hash]);
    const other = valueOf(await rotate(id, NOW));
    assert.equal(await codeOf(remove(id, other.id, NOW + OVERLAP)), 'client-secret-last');
  });

  it('is ended by who may, in one write that tells of it', async () => {
    const { id } = await client();
    const first = (await record(id)).secrets[0]?.id ?? '';
    valueOf(await rotate(id, NOW));
    for (const role of ['organisation-administrator', 'helpdesk', 'auditor', 'member'] as const) {
      const writes = await writesOf(fresh.store, async () => {
        const result = await removeSecret(fresh, performedBy(role, NOW), id, first);
        assert.equal(result.ok ? 'done' : result.problem.code, 'not-allowed');
      });
      assert.deepEqual(writes, []);
    }
    const writes = await writesOf(fresh.store, async () =>
      valueOf(await removeSecret(fresh, performedBy('administrator', NOW), id, first)),
    );
    assert.deepEqual(writes, ['update client']);
    const event = (await record(id)).postings?.at(-1);
    assert.ok(event && 'event' in event);
    assert.deepEqual(
      [event.event.type, event.event.details],
      ['client.secret-removed', { secret: first }],
    );
  });
});

describe('versions', () => {
  const write = (change: object, id: string) =>
    fresh.store.update(clientCollection, id, (stored) => ({
      put: { ...stored, ...change } as ClientRecord,
      result: undefined,
    }));

  it('the one before finds the newest secret where it looks, and its own word counts', async () => {
    const { id } = await client();
    valueOf(await rotate(id, NOW));
    const stored = await fresh.store.get(clientCollection, id);
    assert.equal(stored?.secretHash, stored?.secrets.at(-1)?.hash);
    // As it rotates: it leaves what it does not know.
    const secretHash = hashSecret(fresh.vault, 'of the version before');
    await write({ secretHash }, id);
    const { secrets } = await record(id);
    assert.deepEqual(
      secrets.map(({ hash, expiresAt }) => [hash, expiresAt]),
      [[secretHash, null]],
    );
  });

  it('a record of the one before has one secret that goes on, the same whenever it is read', async () => {
    const { id } = await client();
    await write({ secrets: undefined }, id);
    const before_ = await record(id);
    assert.deepEqual(before_.secrets, (await record(id)).secrets);
    assert.deepEqual(
      before_.secrets.map(({ hash, createdAt, expiresAt }) => [hash, createdAt, expiresAt]),
      [[before_.secretHash, NOW, null]],
    );
  });

  it('what signs with keys has no secret, and is never a public client to any version', async () => {
    const operator = byOperator({ ...fresh, now: () => NOW });
    const { jwk } = await newClientKey();
    const byKey = { tokenEndpointAuthMethod: 'private_key_jwt', jwks: { keys: [jwk] } } as const;
    const redirectUris = ['https://app.test/cb'];
    const added = await operator.addClient({ name: 'Keyed', kind: 'web', redirectUris, ...byKey });
    assert.equal(added.secret, null);
    const { id, secret } = await client();
    await operator.changeClient(id, byKey);
    for (const one of [added.client.id, id]) {
      const stored = await fresh.store.get(clientCollection, one);
      assert.deepEqual([stored?.secrets, (await record(one)).secrets], [[], []]);
      // Null is what the version before takes for a client that anybody can be.
      assert.match(String(stored?.secretHash), /^[\w-]{43}$/u);
      assert.notEqual(stored?.secretHash, hashSecret(fresh.vault, secret));
      assert.equal(await codeOf(rotate(one, NOW)), 'client-no-secret');
    }
    const [other] = (
      await operator.changeClient(id, { tokenEndpointAuthMethod: 'client_secret_basic' })
    ).secrets;
    assert.equal((await record(id)).secretHash, other?.hash);
    assert.notEqual(other?.hash, hashSecret(fresh.vault, secret));
    valueOf(await rotate(id, NOW));
  });
});
