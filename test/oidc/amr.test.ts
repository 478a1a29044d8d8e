import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { authentication, stateAs } from '../../src/oidc/amr.ts';

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
