import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Passkey } from '../../src/records/factors/passkey.ts';
import { userHandle } from '../../src/factors/passkey-options.ts';
import {
  passkeyCounterCollection,
  verifyAuthentication,
  verifyRegistration,
  withPasskey,
  type AuthenticationVerdict,
  type Holder,
  type RegistrationVerdict,
} from '../../src/factors/passkey.ts';
import { FACTORS } from '../../src/policy/factors.ts';
import { createVault, vaultKey, type Vault } from '../../src/secrets/vault.ts';
import { openStore } from '../../src/storage/open.ts';
import type { Store } from '../../src/storage/store.ts';
import {
  softwarePasskey,
  type Algorithm,
  type Ceremony,
  type SoftwarePasskey,
} from '../support/software-authenticator.ts';

const NOW = 4_000_000_000_000;
const ISSUER = 'https://idp.example/some/path';
const ORIGIN = 'https://idp.example';
const CHALLENGE = randomBytes(32).toString('base64url');
const OTHER_CHALLENGE = randomBytes(32).toString('base64url');
const expected = { issuer: ISSUER, challenge: CHALLENGE };
const right: Ceremony = { challenge: CHALLENGE, origin: ORIGIN };
const newId = (): string => randomBytes(16).toString('base64url');

/** What people and programs send that is no answer of a passkey. */
const GARBAGE: Record<string, string> = {
  nothing: '',
  'no JSON': '{',
  null: 'null',
  'a number': '42',
  'a text': '"passkey"',
  'an array': '[]',
  'an empty object': '{}',
  'a response of null': '{"id":"aaaa","rawId":"aaaa","type":"public-key","response":null}',
  'a response of arrays':
    '{"id":"aaaa","rawId":"aaaa","type":"public-key","response":{"clientDataJSON":[],"authenticatorData":{},"attestationObject":1}}',
  'bytes without a meaning':
    '{"id":"aaaa","rawId":"aaaa","type":"public-key","response":{"clientDataJSON":"aaaa","authenticatorData":"aaaa","attestationObject":"aaaa","signature":"aaaa"}}',
  'a prototype': '{"__proto__":{"id":"aaaa"},"constructor":1}',
  'deep nesting': `${'['.repeat(8000)}${']'.repeat(8000)}`,
  '100 KB': `{"id":"${'a'.repeat(100_000)}"}`,
};

describe('passkeys', () => {
  let store: Store;
  let vault: Vault;
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'latchkey-passkey-'));
    const options = { engine: 'sqlite' as const, path: join(folder, 'latchkey.db') };
    store = await openStore(options, [passkeyCounterCollection], { now: () => NOW });
    vault = createVault([vaultKey(randomBytes(32))]);
  });
  after(async () => {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });

  const register = (response: string, wanted = expected): Promise<RegistrationVerdict> =>
    verifyRegistration({ store, vault }, wanted, { response, name: 'Laptop' }, NOW);

  /** A passkey of a person of its own. */
  const enrolled = async (
    ceremony: Ceremony = right,
    algorithm?: Algorithm,
  ): Promise<{ key: SoftwarePasskey; passkey: Passkey; person: Holder; handle: string }> => {
    const key = softwarePasskey(newId(), algorithm);
    const verdict = await register(key.register(ceremony));
    assert.ok(verdict.verdict === 'accepted', JSON.stringify(verdict));
    const id = newId();
    const person = { id, active: true, passkeys: [verdict.passkey] };
    return { key, passkey: verdict.passkey, person, handle: userHandle(id) };
  };

  const authenticate = (
    whose: Holder | ((id: string) => Promise<Holder | undefined>),
    response: string,
    wanted = expected,
  ): Promise<AuthenticationVerdict<Holder>> =>
    verifyAuthentication({ store, vault }, wanted, whose, response);

  const finder =
    (...people: Holder[]) =>
    async (id: string): Promise<Holder | undefined> =>
      people.find((person) => person.id === id);

  const isWrong = (
    verdict: { verdict: string; reason?: string; cause?: unknown },
    reason: string,
    because = /(?:)/u,
  ): void => {
    assert.deepEqual([verdict.verdict, verdict.reason], ['wrong', reason]);
    assert.match(String(verdict.cause), because);
  };

  describe('that are new', () => {
    it('are kept as they are', async () => {
      const key = softwarePasskey(newId());
      const verdict = await register(key.register(right));
      assert.ok(verdict.verdict === 'accepted');
      const { publicKey, ...rest } = verdict.passkey;
      assert.match(publicKey, /^[\w-]{100,110}$/u);
      assert.deepEqual(rest, {
        id: key.id,
        transports: ['internal'],
        synced: false,
        name: 'Laptop',
        createdAt: NOW,
      });
    });

    it('are known as synced when they may be copied', async () => {
      const { passkey } = await enrolled({ ...right, synced: true });
      assert.equal(passkey.synced, true);
    });

    it('are refused the second time, to whomever', async () => {
      const key = softwarePasskey(newId());
      assert.equal((await register(key.register(right))).verdict, 'accepted');
      isWrong(await register(key.register(right)), 'taken');
    });

    const wrong: Record<string, [Partial<Ceremony>, RegExp]> = {
      'another challenge': [{ challenge: OTHER_CHALLENGE }, /challenge/u],
      'another origin': [{ origin: 'https://idp.example:8443' }, /origin/u],
      'a lookalike origin': [
        { origin: 'https://idp.example.evil.example', rpID: 'idp.example' },
        /origin/u,
      ],
      'another relying party': [{ rpID: 'example' }, /RP ?ID/u],
      'nobody present': [{ userPresent: false }, /not present/u],
      'no user verification': [{ userVerified: false }, /could not be verified/u],
      'another type': [{ clientData: { type: 'webauthn.get' } }, /type/u],
      'another site’s frame': [{ clientData: { crossOrigin: true } }, /inside another/u],
      'a frame that names its top': [
        { clientData: { topOrigin: 'https://evil.example' } },
        /inside another/u,
      ],
    };
    for (const [name, [change, because]] of Object.entries(wrong)) {
      it(`are refused with ${name}`, async () => {
        const answer = softwarePasskey(newId()).register({ ...right, ...change });
        isWrong(await register(answer), 'check', because);
      });
    }

    it('are refused under an id that is not the one in the signed data', async () => {
      const answer = JSON.parse(softwarePasskey(newId()).register(right)) as object;
      const other = newId();
      isWrong(await register(JSON.stringify({ ...answer, id: other, rawId: other })), 'check');
      isWrong(await register(JSON.stringify({ ...answer, rawId: other })), 'format');
    });

    it('are refused with certificates, which nobody asked for', async () => {
      const attStmt = new Map<string, unknown>([
        ['alg', -7],
        ['sig', Buffer.alloc(64)],
        ['x5c', [Buffer.alloc(100)]],
      ]);
      for (const fmt of ['packed', 'tpm', 'android-key', 'apple', 'fido-u2f']) {
        const key = softwarePasskey(newId());
        const answer = key.register(right, { fmt, attStmt: attStmt as never });
        isWrong(await register(answer), 'check', /not asked for/u);
      }
    });

    for (const [name, text] of Object.entries(GARBAGE)) {
      it(`are refused when they are ${name}`, async () => {
        assert.equal((await register(text)).verdict, 'wrong');
      });
    }

    it('are refused when they are the answer to a sign-in', async () => {
      isWrong(await register(softwarePasskey(newId()).authenticate(right)), 'format');
    });
  });

  describe('of a person', () => {
    const passkey = (id: string): Passkey => ({
      id,
      publicKey: '',
      transports: [],
      synced: false,
      name: '',
      createdAt: NOW,
    });

    it('are ten at most, each once', () => {
      const nine = Array.from({ length: FACTORS.passkey.most - 1 }, (_, n) => passkey(String(n)));
      const ten = withPasskey({ passkeys: nine }, passkey('new'));
      assert.deepEqual(ten?.passkeys.at(-1)?.id, 'new');
      assert.equal(ten.passkeys.length, FACTORS.passkey.most);
      assert.equal(withPasskey(ten, passkey('eleventh')), undefined);
      assert.equal(withPasskey({ passkeys: nine }, passkey('3')), undefined);
    });
  });

  describe('that sign in', () => {
    for (const algorithm of ['ES256', 'EdDSA', 'RS256'] as const) {
      it(`are accepted with ${algorithm}, as a second factor and alone`, async () => {
        const { key, passkey, person, handle } = await enrolled(right, algorithm);
        const second = await authenticate(person, key.authenticate({ ...right, counter: 1 }));
        assert.deepEqual(second, { verdict: 'accepted', person, passkey });
        const alone = key.authenticate({ ...right, counter: 2 }, handle);
        assert.deepEqual(await authenticate(finder(person), alone), second);
      });
    }

    const wrong: Record<string, [Partial<Ceremony>, RegExp]> = {
      'another challenge': [{ challenge: OTHER_CHALLENGE }, /challenge/u],
      'another origin': [{ origin: 'https://idp.example:8443' }, /origin/u],
      'plain http': [{ origin: 'http://idp.example' }, /origin/u],
      'a lookalike origin': [
        { origin: 'https://idp.example.evil.example', rpID: 'idp.example' },
        /origin/u,
      ],
      'another relying party': [{ rpID: 'mail.idp.example' }, /RP ?ID/u],
      'nobody present': [{ userPresent: false }, /not present/u],
      'no user verification': [{ userVerified: false }, /could not be verified/u],
      'another type': [{ clientData: { type: 'webauthn.create' } }, /type/u],
      'another site’s frame': [{ clientData: { crossOrigin: true } }, /inside another/u],
      'a frame that names its top': [
        { clientData: { crossOrigin: true, topOrigin: 'https://evil.example' } },
        /inside another/u,
      ],
      'a key that has become a synced one': [{ synced: true }, /eligibility/u],
    };
    for (const [name, [change, because]] of Object.entries(wrong)) {
      it(`are refused with ${name}`, async () => {
        const { key, person, handle } = await enrolled();
        const answer = key.authenticate({ ...right, ...change }, handle);
        isWrong(await authenticate(person, answer), 'check', because);
        isWrong(await authenticate(finder(person), answer), 'check', because);
      });
    }

    it('are refused with any altered part', async () => {
      const { key, person } = await enrolled();
      const answer = JSON.parse(key.authenticate(right)) as { response: Record<string, string> };
      for (const [part, value] of Object.entries(answer.response)) {
        const bytes = Buffer.from(value, 'base64url');
        for (const at of [0, Math.floor(bytes.length / 2), bytes.length - 1]) {
          const altered = Buffer.from(bytes);
          altered[at] = (altered[at] ?? 0) ^ 1;
          const response = { ...answer.response, [part]: altered.toString('base64url') };
          const verdict = await authenticate(person, JSON.stringify({ ...answer, response }));
          assert.equal(verdict.verdict, 'wrong', `${part} at ${at}`);
        }
      }
      assert.equal((await authenticate(person, JSON.stringify(answer))).verdict, 'accepted');
    });

    it('are refused with the signature of another key', async () => {
      const { passkey, person } = await enrolled();
      const thief = softwarePasskey(passkey.id);
      isWrong(await authenticate(person, thief.authenticate(right)), 'check', /signature/u);
    });

    it('are unknown when they are somebody else’s', async () => {
      const alice = await enrolled();
      const bob = await enrolled();
      const both = finder(alice.person, bob.person);
      const unknown = { verdict: 'unknown' };
      // Bob's key where Alice's is asked for; and with Alice's name on it.
      assert.deepEqual(await authenticate(alice.person, bob.key.authenticate(right)), unknown);
      const forged = bob.key.authenticate(right, alice.handle);
      assert.deepEqual(await authenticate(both, forged), unknown);
      assert.deepEqual(await authenticate(bob.person, forged), unknown);
    });

    it('are unknown without a person, with an unknown, with a disabled one', async () => {
      const { key, person, handle } = await enrolled();
      const unknown = { verdict: 'unknown' };
      assert.deepEqual(await authenticate(finder(person), key.authenticate(right)), unknown);
      assert.deepEqual(await authenticate(finder(), key.authenticate(right, handle)), unknown);
      const disabled = { ...person, active: false };
      const answer = key.authenticate(right, handle);
      assert.deepEqual(await authenticate(finder(disabled), answer), unknown);
      assert.deepEqual(await authenticate(disabled, answer), unknown);
    });

    for (const [name, text] of Object.entries(GARBAGE)) {
      it(`are refused when they are ${name}`, async () => {
        const { person } = await enrolled();
        assert.notEqual((await authenticate(person, text)).verdict, 'accepted');
        assert.notEqual((await authenticate(finder(person), text)).verdict, 'accepted');
      });
    }

    it('are refused with a user handle of any other kind', async () => {
      const { key, person } = await enrolled();
      const answer = JSON.parse(key.authenticate(right)) as { response: object };
      for (const userHandle of [1, {}, [], 'ä', 'a=', 'a'.repeat(200)]) {
        const response = { ...answer.response, userHandle };
        isWrong(await authenticate(person, JSON.stringify({ ...answer, response })), 'format');
      }
    });
  });

  describe('with a signature counter', () => {
    it('are cloned when it does not move forward', async () => {
      const { key, person } = await enrolled({ ...right, counter: 4 });
      const at = async (counter: number): Promise<string> =>
        (await authenticate(person, key.authenticate({ ...right, counter }))).verdict;
      assert.equal(await at(4), 'cloned', 'the counter of the registration counts');
      assert.equal(await at(5), 'accepted');
      assert.equal(await at(5), 'cloned');
      assert.equal(await at(3), 'cloned');
      assert.equal(await at(0), 'cloned');
      assert.equal(await at(6), 'accepted');
    });

    it('of 20 uses of one value at once, one is accepted', async () => {
      const { key, person } = await enrolled();
      const answer = key.authenticate({ ...right, counter: 9 });
      const verdicts = await Promise.all(
        Array.from({ length: 20 }, () => authenticate(person, answer)),
      );
      const count = (wanted: string): number =>
        verdicts.filter(({ verdict }) => verdict === wanted).length;
      assert.deepEqual([count('accepted'), count('cloned')], [1, 19]);
    });

    it('move it only when the answer is right', async () => {
      const { key, person } = await enrolled();
      const wrong = key.authenticate({ ...right, counter: 50, challenge: OTHER_CHALLENGE });
      isWrong(await authenticate(person, wrong), 'check');
      const next = key.authenticate({ ...right, counter: 1 });
      assert.equal((await authenticate(person, next)).verdict, 'accepted');
    });

    it('of 0 for ever are synced ones', async () => {
      const { key, person } = await enrolled({ ...right, synced: true });
      const answer = key.authenticate({ ...right, synced: true });
      assert.equal((await authenticate(person, answer)).verdict, 'accepted');
      assert.equal((await authenticate(person, answer)).verdict, 'accepted');
    });
  });
});
