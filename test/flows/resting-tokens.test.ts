/** Tokens that rest on the trust in a computer, and those that only seem to. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { listComputers, trustedComputerCollection } from '../../src/devices/trusted-computer.ts';
import { ACR } from '../../src/policy/factors.ts';
import { modelCollections, type StoredModel } from '../../src/records/stored-model.ts';
import {
  essentialAcr,
  refresh,
  startPolicyServer,
  Visitor,
  type PolicyServer,
} from '../support/policy.ts';
import type { Registration } from '../support/relying-party.ts';
import type { TestPerson } from '../support/server.ts';
import { revokeComputer } from '../support/computers.ts';

let server: PolicyServer;
let spa: Registration;
before(async () => {
  server = await startPolicyServer();
  spa = await server.addClient({ name: 'Browser app', kind: 'spa' });
});
after(() => server.stop());

/** A person with the tokens of a sign-in on a trusted computer. */
async function resting(): Promise<{ person: TestPerson; tokens: Record<string, string> }> {
  const person = await server.addPerson({}, { totp: true });
  const visitor = await new Visitor(server, spa).trust(person);
  const tokens = await (await visitor.again(person)).tokens();
  return { person, tokens };
}

async function revokeAll({ person }: TestPerson): Promise<void> {
  for (const { id } of await listComputers(server, person.id))
    assert.ok(await revokeComputer(server, person.id, id));
}

const errorOf = async (tokens: Record<string, string>): Promise<string | undefined> =>
  (await refresh(spa, tokens)).body['error'];

describe('a refresh token that rests on a trusted computer', () => {
  it('hands it on to the next one, and to the one after that', async () => {
    const { person, tokens } = await resting();
    const second = await refresh(spa, tokens);
    const third = await refresh(spa, second.body);
    assert.equal(third.status, 200, JSON.stringify(third.body));
    await revokeAll(person);
    assert.equal(await errorOf(third.body), 'invalid_grant');
  });

  it('ends with its own computer, not with another one', async () => {
    const { person, tokens } = await resting();
    const [own] = await listComputers(server, person.person.id);
    const elsewhere = await new Visitor(server, spa).trust(person);
    const others = await (await elsewhere.again(person)).tokens();
    assert.ok(await revokeComputer(server, person.person.id, own?.id ?? ''));
    assert.equal(await errorOf(tokens), 'invalid_grant');
    assert.equal(await errorOf(others), undefined);
  });

  it('of an older version ends with the last computer that was trusted then', async () => {
    const { person, tokens } = await resting();
    await change(({ computer: _, ...older }) => older);
    const [computer] = await listComputers(server, person.person.id);
    assert.ok(computer);
    // The library's clock is not moved in this process.
    const then = { ...computer, createdAt: computer.createdAt - server.clock.ahead - 1000 };
    await server.store.put(trustedComputerCollection, then.id, then);
    const next = await refresh(spa, tokens);
    assert.equal(next.status, 200, JSON.stringify(next.body));
    await revokeAll(person);
    assert.equal(await errorOf(next.body), 'invalid_grant');
  });

  it('of an older version rests on no computer that was trusted after the first of its family', async () => {
    const { person, tokens } = await resting();
    await change(({ computer: _, ...older }) => older);
    const [computer] = await listComputers(server, person.person.id);
    assert.ok(computer);
    const before = { ...computer, createdAt: Date.now() - 1000 };
    const later = { ...computer, createdAt: Date.now() + 30_000, id: `${computer.id.slice(1)}x` };
    for (const one of [before, later])
      await server.store.put(trustedComputerCollection, one.id, one);
    const next = await refresh(spa, tokens);
    // A minute later, as it were.
    await change(({ payload, ...rest }) => {
      const { iat = 0 } = payload;
      return { ...rest, payload: { ...payload, iat: iat + 60 } };
    });
    assert.ok(await revokeComputer(server, person.person.id, before.id));
    assert.equal(await errorOf(next.body), 'invalid_grant');
  });

  /** All refresh tokens that are stored. */
  async function change(to: (token: StoredModel) => StoredModel): Promise<void> {
    const { RefreshToken: kind } = modelCollections;
    assert.ok(kind);
    for (const { id, value, expiresAt } of (await server.store.scan(kind)).items)
      await server.store.put(kind, id, to(value), { expiresAt });
  }
});

describe('a refresh token that says “trusted” and rests on a factor', () => {
  it('needs no computer', async () => {
    const person = await server.addPerson({}, { totp: true });
    const visitor = await new Visitor(server, spa).start({ claims: essentialAcr(ACR.trusted) });
    await (await visitor.password(person)).totp(person);
    const tokens = await visitor.tokens();
    const next = await refresh(spa, tokens);
    assert.equal(next.status, 200, JSON.stringify(next.body));
    assert.deepEqual(await listComputers(server, person.person.id), []);
  });
});
