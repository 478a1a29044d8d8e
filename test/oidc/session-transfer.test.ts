import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  transferSession,
  takeSessionTransfer,
} from '../../src/oidc/authorization/session-transfer.ts';
import type { Proof } from '../../src/records/proof.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';

const NOW = 4_000_000_000_000;
const proofs: Proof[] = [
  { method: 'password', at: NOW },
  { method: 'trusted-computer', at: NOW, computer: 'c' },
  { method: 'totp', at: NOW },
];

describe('a sign-in that is carried over a change of epoch', () => {
  let parts: FreshStore;
  before(async () => (parts = await openFreshStore(NOW)));
  after(() => parts.close());

  const carry = (): Promise<string> =>
    transferSession(
      parts,
      { person: 'alice', epoch: 7, proofs, browser: 'laptop' },
      parts.clock.now,
    );

  it('is taken once, whoever asks how often, without trust in the computer', async () => {
    const ticket = await carry();
    const all = await Promise.all(
      Array.from({ length: 20 }, () => takeSessionTransfer(parts, ticket, 'laptop')),
    );
    const taken = all.filter((one) => one !== undefined);
    assert.equal(taken.length, 1);
    const [password, , totp] = proofs;
    assert.deepEqual(taken[0]?.proofs, [password, totp]);
  });

  it('is another browser’s never, and stays for its own', async () => {
    const ticket = await carry();
    assert.equal(await takeSessionTransfer(parts, ticket, 'thief'), undefined);
    assert.equal(await takeSessionTransfer(parts, `${ticket}x`, 'laptop'), undefined);
    assert.equal((await takeSessionTransfer(parts, ticket, 'laptop'))?.epoch, 7);
  });

  it('is good for a minute', async () => {
    const ticket = await carry();
    parts.clock.now += 60_000;
    assert.equal(await takeSessionTransfer(parts, ticket, 'laptop'), undefined);
  });
});
