import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { authentication, provenLevel, shows, stateAs } from '../../src/policy/amr.ts';

const at = (seconds: number): number => 1_800_000_000_000 + seconds * 1000;
const seconds = (value: number): number => at(value) / 1000;

describe('what an ID token says about a sign-in', () => {
  it('password alone', () => {
    assert.deepEqual(authentication([{ method: 'password', at: at(0) }]), {
      level: 'password',
      acr: 'urn:latchkey:acr:password',
      amr: ['pwd'],
      authTime: seconds(0),
    });
  });

  it('password and authenticator code: auth_time is the older of the two', () => {
    const proofs = [
      { method: 'totp' as const, at: at(20) },
      { method: 'password' as const, at: at(5) },
    ];
    assert.deepEqual(authentication(proofs), {
      level: 'mfa',
      acr: 'urn:latchkey:acr:mfa',
      amr: ['pwd', 'otp', 'mfa'],
      authTime: seconds(5),
    });
  });

  it('the newest proof of each method counts', () => {
    const proofs = [
      { method: 'password' as const, at: at(0) },
      { method: 'totp' as const, at: at(1) },
      { method: 'password' as const, at: at(60) },
      { method: 'totp' as const, at: at(90) },
    ];
    assert.equal(authentication(proofs)?.authTime, seconds(60));
  });

  it('a fresh password does not make an old code look fresh', () => {
    const proofs = [
      { method: 'password' as const, at: at(0) },
      { method: 'totp' as const, at: at(1) },
      { method: 'password' as const, at: at(600) },
    ];
    assert.equal(authentication(proofs)?.authTime, seconds(1));
  });

  it('no password, no sign-in', () => {
    assert.equal(authentication([]), undefined);
    assert.equal(authentication([{ method: 'totp', at: at(0) }]), undefined);
  });

  it('stated at a weaker level, a password rests on itself', () => {
    const proofs = [
      { method: 'totp' as const, at: at(0) },
      { method: 'password' as const, at: at(30) },
    ];
    const stated = stateAs('password', proofs);
    assert.equal(stated?.acr, 'urn:latchkey:acr:password');
    assert.equal(stated?.authTime, seconds(30));
    assert.equal(stateAs('phr', proofs), undefined);
  });
});

describe('the level that a token shows', () => {
  const proof = (method: 'password' | 'totp' | 'email-code' | 'passkey') => ({ method, at: at(0) });
  const shown = (...methods: Parameters<typeof proof>[0][]) => {
    const stated = stateAs('password', methods.map(proof));
    return stated && provenLevel(stated.acr, stated.amr);
  };

  it('is that of the strongest factor, though it states less', () => {
    assert.equal(shown('password'), 'password');
    assert.equal(shown('password', 'totp'), 'mfa');
    assert.equal(shown('password', 'passkey', 'email-code'), 'phr');
    const stated = stateAs('email', [proof('password'), proof('totp')]);
    assert.ok(stated && shows(stated, 'mfa') && !shows(stated, 'phr'));
  });

  it('is no more than an email code’s where there was one, unless it states more', () => {
    assert.equal(shown('password', 'email-code'), 'email');
    assert.equal(shown('password', 'email-code', 'totp'), 'email');
    assert.equal(provenLevel('urn:latchkey:acr:mfa', ['pwd', 'otp', 'mca', 'mfa']), 'mfa');
  });

  it('is none of an acr that is not ours', () => {
    assert.equal(provenLevel('urn:other:gold', ['pwd', 'otp', 'mfa']), undefined);
  });
});
