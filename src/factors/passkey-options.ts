/**
 * What a browser is asked for in a passkey ceremony (WebAuthn Level 3): pure, and without the
 * library that checks the answers, so that a page with a passkey button costs nothing more.
 */
import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/server';
import type { Passkey } from '../records/factors/passkey.ts';
import type { Person } from '../records/person.ts';
import { parseAddress } from '../net/address.ts';
import type { Vault } from '../secrets/vault.ts';

/** COSE algorithms that are accepted, best known first: ES256, EdDSA, RS256 (RFC 9053, RFC 8812). */
export const ALGORITHMS: readonly number[] = [-7, -8, -257];

/** Milliseconds that people have for it: user verification takes time (WebAuthn §15.1). */
export const TIMEOUT = 300_000;

export interface RelyingParty {
  rpID: string;
  origin: string;
}

export function relyingParty(issuer: string): RelyingParty {
  const { hostname, origin } = new URL(issuer);
  return { rpID: hostname, origin };
}

/** Can browsers use passkeys at this issuer? They want a name, not an address, and https or `localhost`. */
export function supportsPasskeys(issuer: string): boolean {
  const { hostname, protocol } = new URL(issuer);
  const address = parseAddress(hostname.replaceAll(/^\[|\]$/gu, '')) !== undefined;
  const local = hostname === 'localhost' || hostname.endsWith('.localhost');
  return !address && (protocol === 'https:' || local);
}

export type Purpose = 'authenticate' | 'register';

/**
 * The challenge (base64url) of a sign-in's `round`: derived, so that showing a page writes nothing.
 * Whoever evaluates an answer must raise the round first, in a conditional write.
 */
export function challengeFor(
  vault: Vault,
  { uid, purpose, round }: { uid: string; purpose: Purpose; round: number },
): string {
  return vault.hash('passkey challenge', `${uid} ${purpose} ${round}`);
}

/** Is the answer to that challenge? The key may be another one by now. */
export type IsChallenge = (shown: string) => boolean;

export function isChallenge(
  vault: Vault,
  { uid, purpose, round }: { uid: string; purpose: Purpose; round: number },
): IsChallenge {
  return (shown) => vault.isHash('passkey challenge', `${uid} ${purpose} ${round}`, shown);
}

/** `passkeys`: those that will do; none when it is not known yet who signs in. */
export function requestOptions(asked: {
  issuer: string;
  challenge: string;
  passkeys: readonly Passkey[];
}): PublicKeyCredentialRequestOptionsJSON {
  return {
    challenge: asked.challenge,
    timeout: TIMEOUT,
    rpId: relyingParty(asked.issuer).rpID,
    allowCredentials: asked.passkeys.map(descriptor),
    userVerification: 'required',
  };
}

/** `rpName`: whose account it is, as the browser shows it. */
export function creationOptions(asked: {
  issuer: string;
  rpName: string;
  challenge: string;
  person: Pick<Person, 'id' | 'login' | 'name' | 'passkeys'>;
}): PublicKeyCredentialCreationOptionsJSON {
  const { id, login, name, passkeys } = asked.person;
  return {
    challenge: asked.challenge,
    timeout: TIMEOUT,
    rp: { id: relyingParty(asked.issuer).rpID, name: asked.rpName },
    user: { id: userHandle(id), name: login, displayName: name },
    pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
    excludeCredentials: passkeys.map(descriptor),
    authenticatorSelection: {
      residentKey: 'required',
      requireResidentKey: true,
      userVerification: 'required',
    },
    attestation: 'none',
  };
}

/** How the passkey remembers whose it is: the bytes of the subject identifier, base64url. */
export function userHandle(personId: string): string {
  return Buffer.from(personId).toString('base64url');
}

function descriptor({ id, transports }: Passkey): {
  type: 'public-key';
  id: string;
  transports: string[];
} {
  return { type: 'public-key', id, transports };
}
