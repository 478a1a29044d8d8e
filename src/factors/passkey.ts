/**
 * Passkeys (WebAuthn Level 3 §7): what a browser answered is checked here, and is never trusted to
 * have any shape. What does not fit is a verdict; only the store's own failures are exceptions.
 */
import type { RegistrationResponseJSON } from '@simplewebauthn/server';
import type { Passkey } from '../records/factors/passkey.ts';
import type { Person } from '../records/person.ts';
import { FACTORS } from '../policy/factors.ts';
import type { Vault } from '../secrets/vault.ts';
import { collection, type Change, type Store } from '../storage/store.ts';
import { parseAnswer, sameOriginOnly, type Answer } from './passkey-answer.ts';
import { ALGORITHMS, relyingParty } from './passkey-options.ts';

/** The last signature counter of a credential (WebAuthn §6.1.1), by the keyed hash of its id. */
export interface SignatureCounter {
  counter: number;
}
export const passkeyCounterCollection = collection<SignatureCounter>('passkey_counter', {
  key: 'hash',
});

/** What an answer must be to: the issuer whose page asked, and the challenge that was spent for it. */
export interface Expected {
  issuer: string;
  challenge: string | ((shown: string) => boolean);
}

/** `cause` is for the operator's log: it may repeat what the browser sent. */
interface Refusal {
  verdict: 'wrong';
  /** `format`: not an answer at all; `check`: some check failed; `taken`: a credential that is known already. */
  reason: 'format' | 'check' | 'taken';
  cause?: unknown;
}

export type RegistrationVerdict = { verdict: 'accepted'; passkey: Passkey } | Refusal;

export type Holder = Pick<Person, 'id' | 'active' | 'passkeys'>;

export type AuthenticationVerdict<P extends Holder> =
  | { verdict: 'accepted'; person: P; passkey: Passkey }
  /** The counter did not move forward: two authenticators have the same key. */
  | { verdict: 'cloned'; person: P }
  /** A passkey of nobody who may sign in. */
  | { verdict: 'unknown' }
  | (Refusal & { person?: P });

/** Checks a new passkey (WebAuthn §7.1) and claims its credential id, so that no two accounts have the same. */
export async function verifyRegistration(
  parts: { store: Pick<Store, 'insert'>; vault: Vault },
  expected: Expected,
  offered: { response: string; name: string },
  now: number,
): Promise<RegistrationVerdict> {
  const answer = parseAnswer(offered.response);
  if (!answer?.attestationObject) return { verdict: 'wrong', reason: 'format' };
  const checked = await checkRegistration(answer, answer.attestationObject, expected);
  if (checked.verdict !== 'accepted') return checked;
  const { passkey, counter } = checked;
  const id = counterId(parts.vault, passkey.id);
  const free = await parts.store.insert(passkeyCounterCollection, id, { counter });
  if (!free) return { verdict: 'wrong', reason: 'taken' };
  return { verdict: 'accepted', passkey: { ...passkey, name: offered.name, createdAt: now } };
}

/** The field that makes it the person's; undefined when it is there already, or too many are. */
export function withPasskey(
  { passkeys }: Pick<Person, 'passkeys'>,
  passkey: Passkey,
): Pick<Person, 'passkeys'> | undefined {
  const known = passkeys.some(({ id }) => id === passkey.id);
  if (known || passkeys.length >= FACTORS.passkey.most) return undefined;
  return { passkeys: [...passkeys, passkey] };
}

/**
 * Checks a sign-in with a passkey (WebAuthn §7.2). `whose`: the person whose factor it must be, or
 * how to find the person that the passkey itself names.
 */
export async function verifyAuthentication<P extends Holder>(
  parts: { store: Pick<Store, 'update'>; vault: Vault },
  expected: Expected,
  whose: P | ((id: string) => Promise<P | undefined>),
  response: string,
): Promise<AuthenticationVerdict<P>> {
  const answer = parseAnswer(response);
  if (!answer?.authenticatorData) return { verdict: 'wrong', reason: 'format' };
  const person = await owner(whose, answer.userHandle);
  const passkey = person?.passkeys.find(({ id }) => id === answer.id);
  if (!person?.active || !passkey) return { verdict: 'unknown' };
  const checked = await checkAuthentication(answer, passkey, expected);
  if (checked.verdict !== 'accepted') return { ...checked, person };
  const moved = await moveCounter(parts, passkey.id, checked.counter);
  return moved ? { verdict: 'accepted', person, passkey } : { verdict: 'cloned', person };
}

async function owner<P extends Holder>(
  whose: P | ((id: string) => Promise<P | undefined>),
  userHandle: string | undefined,
): Promise<P | undefined> {
  if (typeof whose === 'function') return userHandle === undefined ? undefined : whose(userHandle);
  return userHandle === undefined || userHandle === whose.id ? whose : undefined;
}

type Checked<T> = ({ verdict: 'accepted' } & T) | Refusal;
const failed = (cause: unknown): Refusal => ({ verdict: 'wrong', reason: 'check', cause });

async function checkRegistration(
  answer: Answer,
  attestationObject: string,
  { issuer, challenge }: Expected,
): Promise<Checked<{ passkey: Omit<Passkey, 'name' | 'createdAt'>; counter: number }>> {
  const { rpID, origin } = relyingParty(issuer);
  try {
    const { verifyRegistrationResponse } = await import('@simplewebauthn/server');
    sameOriginOnly(answer);
    await refuseCertificates(attestationObject);
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: forLibrary(answer, { attestationObject }),
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: rpID,
      requireUserVerification: true,
      supportedAlgorithmIDs: [...ALGORITHMS],
    });
    if (!verified) throw new Error('The attestation did not verify.');
    const { credential, credentialDeviceType } = registrationInfo;
    if (credential.id !== answer.id) throw new Error('The credential id is not the signed one.');
    const publicKey = Buffer.from(credential.publicKey).toString('base64url');
    const synced = credentialDeviceType === 'multiDevice';
    const passkey = { id: answer.id, publicKey, transports: answer.transports, synced };
    return { verdict: 'accepted', passkey, counter: credential.counter };
  } catch (cause) {
    return failed(cause);
  }
}

async function checkAuthentication(
  answer: Answer,
  passkey: Passkey,
  { issuer, challenge }: Expected,
): Promise<Checked<{ counter: number }>> {
  const { rpID, origin } = relyingParty(issuer);
  const { authenticatorData = '', signature = '' } = answer;
  try {
    const { verifyAuthenticationResponse } = await import('@simplewebauthn/server');
    sameOriginOnly(answer);
    const publicKey = new Uint8Array(Buffer.from(passkey.publicKey, 'base64url'));
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: forLibrary(answer, { authenticatorData, signature }),
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: rpID,
      requireUserVerification: true,
      // The counter is checked where it is kept, in one conditional write.
      credential: { id: passkey.id, publicKey, counter: 0 },
    });
    if (!verified) throw new Error('The signature did not verify.');
    const synced = authenticationInfo.credentialDeviceType === 'multiDevice';
    if (synced !== passkey.synced) throw new Error('Backup eligibility changed.');
    return { verdict: 'accepted', counter: authenticationInfo.newCounter };
  } catch (cause) {
    return failed(cause);
  }
}

/** Only what was read and bounded goes to the library, in the shape that it wants. */
function forLibrary<T extends object>(
  { id, clientDataJSON }: Answer,
  rest: T,
): Omit<RegistrationResponseJSON, 'response'> & { response: T & { clientDataJSON: string } } {
  return {
    id,
    rawId: id,
    type: 'public-key',
    clientExtensionResults: {},
    response: { clientDataJSON, ...rest },
  };
}

/**
 * None was asked for, so none comes from a browser but self attestation (WebAuthn §5.4.7). A
 * statement with certificates would make the library fetch the revocation lists that they name:
 * addresses of the sender's choice.
 */
async function refuseCertificates(attestationObject: string): Promise<void> {
  const { decodeAttestationObject } = await import('@simplewebauthn/server/helpers');
  const decoded = decodeAttestationObject(
    new Uint8Array(Buffer.from(attestationObject, 'base64url')),
  );
  const format = decoded.get('fmt');
  const self = format === 'packed' && decoded.get('attStmt').get('x5c') === undefined;
  if (format !== 'none' && !self) throw new Error('Attestation that was not asked for.');
}

/**
 * Of two answers with one counter value, one is accepted. Synced passkeys have none: theirs is 0
 * for ever (WebAuthn §6.1.1), and nothing is written for them.
 */
async function moveCounter(
  { store, vault }: { store: Pick<Store, 'update'>; vault: Vault },
  id: string,
  counter: number,
): Promise<boolean> {
  const key = counterId(vault, id);
  return store.update(
    passkeyCounterCollection,
    key,
    (current): Change<SignatureCounter, boolean> => {
      const last = current?.counter ?? 0;
      if (counter === 0 && last === 0) return { result: true };
      return counter > last ? { put: { counter }, result: true } : { result: false };
    },
  );
}

/** A passkey that is no longer its owner's may be made theirs again. */
export async function forgetPasskeyCounter(
  { store, vault }: { store: Pick<Store, 'delete'>; vault: Vault },
  id: string,
): Promise<void> {
  await store.delete(passkeyCounterCollection, counterId(vault, id));
}

function counterId(vault: Vault, credentialId: string): string {
  return vault.hash('passkey counter', credentialId);
}
