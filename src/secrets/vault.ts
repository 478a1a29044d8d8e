/**
 * Secrets at rest. One installation key; every purpose gets a key of its own from it by HKDF
 * (RFC 5869), so that a value sealed for one purpose can't be opened for another.
 *
 * - `seal` / `open`: what must come back (TOTP seeds, signing keys): JWE, `dir` + A256GCM (RFC 7518).
 * - `hash`: what a bearer shows (session ids, tokens, codes, links): HMAC-SHA-256, never reversed.
 */
import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { CompactEncrypt, compactDecrypt } from 'jose';

export interface Vault {
  /**
   * Encrypts `plain`. `context` names whose secret it is (`person id`, `key id`); `open` wants the
   * same one, so that a sealed value copied into another record does not open.
   */
  seal(purpose: string, context: string, plain: string): Promise<string>;
  /** Throws when the value was sealed with another key, for another purpose or in another context. */
  open(purpose: string, context: string, sealed: string): Promise<string>;
  /** 32 bytes as base64url (43 characters). The same value gives the same hash for as long as the oldest key stays. */
  hash(purpose: string, value: string): string;
  /** A key of 32 bytes of its own for `purpose`, for libraries that want one (cookie signing). */
  derive(purpose: string): Buffer;
  /** The same of every key, newest first: for what was made with one of them and has to come back. */
  deriveEach(purpose: string): Buffer[];
}

/** One installation key: 32 random bytes and a name that is safe to show. */
export interface VaultKey {
  kid: string;
  bytes: Buffer;
}

/** Names a key by what is derived from it, so that the same bytes always have the same name. */
export function vaultKey(bytes: Buffer): VaultKey {
  if (bytes.length !== 32) throw new Error('The encryption key must be 32 bytes, as base64url.');
  return { bytes, kid: hkdf(bytes, 'key id').subarray(0, 6).toString('base64url') };
}

/** `keys`, newest first: the first one seals, all of them open, the last one hashes. */
export function createVault(keys: readonly VaultKey[]): Vault {
  const [newest] = keys;
  const oldest = keys.at(-1);
  if (!newest || !oldest) throw new Error('A vault needs at least one key.');

  const hmacKeys = new Map<string, KeyObject>();
  const hmacKey = (purpose: string): KeyObject => {
    const known = hmacKeys.get(purpose);
    if (known) return known;
    // A KeyObject, not a Buffer: Node 24 imports a Buffer key anew for each HMAC (seven times slower).
    const made = createSecretKey(hkdf(oldest.bytes, `hash/${purpose}`));
    hmacKeys.set(purpose, made);
    return made;
  };

  const sealKeys = new Map<string, Buffer>();
  const sealKey = ({ kid, bytes }: VaultKey, purpose: string): Buffer => {
    const name = `${kid} ${purpose}`;
    const known = sealKeys.get(name);
    if (known) return known;
    const made = hkdf(bytes, `seal/${purpose}`);
    sealKeys.set(name, made);
    return made;
  };

  return {
    async seal(purpose, context, plain) {
      return new CompactEncrypt(Buffer.from(plain))
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: newest.kid, ctx: context })
        .encrypt(sealKey(newest, purpose));
    },
    async open(purpose, context, sealed) {
      const { plaintext, protectedHeader } = await compactDecrypt(
        sealed,
        (header) => sealKey(findKey(keys, header.kid), purpose),
        { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'] },
      );
      if (protectedHeader['ctx'] !== context) throw new Error('Sealed for another context.');
      return Buffer.from(plaintext).toString();
    },
    hash: (purpose, value) =>
      createHmac('sha256', hmacKey(purpose)).update(value).digest('base64url'),
    derive: (purpose) => hkdf(oldest.bytes, `derive/${purpose}`),
    deriveEach: (purpose) => keys.map(({ bytes }) => hkdf(bytes, `derive/${purpose}`)),
  };
}

function findKey(keys: readonly VaultKey[], kid: unknown): VaultKey {
  const key = keys.find((candidate) => candidate.kid === kid);
  if (!key) throw new Error(`Sealed with another encryption key (${String(kid)}).`);
  return key;
}

function hkdf(bytes: Buffer, info: string): Buffer {
  return Buffer.from(hkdfSync('sha256', bytes, '', `latchkey/${info}`, 32));
}
