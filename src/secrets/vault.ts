/**
 * Secrets at rest. An installation has one active key, and may have older ones beside it until they are retired; every
 * purpose gets a key of its own from each by HKDF (RFC 5869), so that a value sealed for one purpose can't be
 * opened for another.
 *
 * - `seal` / `open`: what must come back (TOTP seeds, signing keys): JWE, `dir` + A256GCM (RFC 7518).
 * - `hash`: what a bearer shows (session ids, tokens, codes, links): HMAC-SHA-256, never reversed.
 *
 * The active key seals and hashes, and which one that is the store says (keyring.ts). What was made with an older one
 * is opened with it, compared with it, and looked up under it (keyed-store.ts).
 */
import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { CompactEncrypt, compactDecrypt, decodeProtectedHeader } from 'jose';
import { constantTimeEqual } from './constant-time-equal.ts';
import { rememberHashes } from './remembered-hashes.ts';

/** What is sealed in documents, so that it can be sealed anew (`reseal`). */
const SEALED_IN_DOCUMENTS = [
  'totp',
  'one-time codes',
  'mail',
  'signing-key',
  'account passage',
  'account form',
  'check',
];

export interface Vault {
  /**
   * Encrypts `plain`. `context` names whose secret it is (`person id`, `key id`); `open` wants the
   * same one, so that a sealed value copied into another record does not open.
   */
  seal(purpose: string, context: string, plain: string): Promise<string>;
  /** Throws when the value was sealed with another key, for another purpose or in another context. */
  open(purpose: string, context: string, sealed: string): Promise<string>;
  /** The same with the active key; throws when it does not open, whatever it was sealed for. */
  reseal(sealed: string): Promise<string>;
  /** 32 bytes as base64url (43 characters). The same value gives the same hash for as long as its key is the active one. */
  hash(purpose: string, value: string): string;
  /** Under each key that is not retired, the active one first. */
  hashes(purpose: string, value: string): string[];
  /** Is that the value's hash, under whichever key? For what is shown, and for ids that are listed. */
  isHash(purpose: string, value: string, shown: string): boolean;
  /** A hash as it is kept inside a document, where it tells its key: `KID.HASH`, or HASH under the first key. */
  keep(purpose: string, value: string): string;
  /** Compares what is kept with a value; each key is asked once. */
  comparer(purpose: string, value: string): (kept: string) => boolean;
  /** Was it made with the active key? Of what `keep` gave. */
  isActive(kept: string): boolean;
  /** Under that key (undefined: the first); undefined where there is none, or it is retired. */
  hashUnder(kid: string | undefined, purpose: string, value: string): string | undefined;
  /** The same value under the other keys, of a hash that was made a moment ago; there are none while one key is all there is. */
  others(hash: string): { kid: string; hash: string }[];
  /** Under those keys that are here and retired: for what was used up with one of them. */
  hashesRetired(purpose: string, value: string): string[];
  /** The key of a hash that was made a moment ago: the active one, unless that has just changed. */
  kidOf(hash: string): string;
  /** Is there more than one key that values are found under? */
  readonly hasOthers: boolean;
  /** A key of 32 bytes of its own for `purpose`, for libraries that want one. */
  derive(purpose: string): Buffer;
  /** The same of every key, retired ones too, the active one first: for what was made with one of them and has to come back. */
  deriveEach(purpose: string): Buffer[];
  /** As `deriveEach`, of the keys that are not retired; the same array until they are others. */
  deriveUsable(purpose: string): readonly Buffer[];
  readonly ring: Ring;
  /** From now on. Throws when the active key is not among them: nothing has changed then. */
  use(ring: Ring): void;
}

/** One installation key: 32 random bytes and a name that is safe to show. */
export interface VaultKey {
  kid: string;
  bytes: Buffer;
}

export interface Ring {
  /** As in the key file, newest first. */
  keys: readonly VaultKey[];
  /** Ids, from here on. */
  active: string;
  /** What names no key was made with it, also when it is retired: nothing else is ever taken for that. */
  first: string;
  retired: readonly string[];
  /** Those that have been active, are not retired, and are not among the keys; absent: none. */
  lacking?: readonly string[];
}

/** Names a key by what is derived from it, so that the same bytes always have the same name. */
export function vaultKey(bytes: Buffer): VaultKey {
  if (bytes.length !== 32) throw new Error('The encryption key must be 32 bytes, as base64url.');
  return { bytes, kid: hkdf(bytes, 'key id').subarray(0, 6).toString('base64url') };
}

/** The active key of a store that names none: the oldest one is what an older version has hashed with. */
export function ringOf(keys: readonly VaultKey[]): Ring {
  const oldest = keys.at(-1);
  if (!oldest) throw new Error('A vault needs at least one key.');
  return { keys, active: oldest.kid, first: oldest.kid, retired: [] };
}

/** `keys`, newest first. */
export function createVault(keys: readonly VaultKey[], ring: Ring = ringOf(keys)): Vault {
  let current = ring;
  let active = findKey(keys, ring.active);
  let usable: readonly VaultKey[] = usableOf(ring);
  const derived = deriveKeys();
  const remembered = rememberHashes();

  const hashBy = ({ kid, bytes }: VaultKey, purpose: string, value: string): string =>
    createHmac('sha256', derived.hmac(kid, bytes, purpose))
      .update(value)
      .digest('base64url');
  const hashes = (purpose: string, value: string): string[] =>
    usable.map((key) => hashBy(key, purpose, value));

  const hashUnder: Vault['hashUnder'] = (kid, purpose, value) => {
    const key = usable.find((each) => each.kid === (kid ?? current.first));
    return key && hashBy(key, purpose, value);
  };
  return {
    ...sealing({ active: () => active, keys: () => current.keys }, derived.seal),
    hash(purpose, value) {
      const hash = hashBy(active, purpose, value);
      if (usable.length > 1) remembered.note(hash, { kid: active.kid, purpose, value });
      return hash;
    },
    hashes,
    isHash: (purpose, value, shown) =>
      hashes(purpose, value)
        .map((hash) => constantTimeEqual(hash, shown))
        .includes(true),
    keep: (purpose, value) => keptAs(current, active.kid, hashBy(active, purpose, value)),
    comparer: (purpose, value) => comparing((kid) => hashUnder(kid, purpose, value)),
    isActive: (kept) => keyOfKept(current, kept) === active.kid,
    hashUnder,
    others(hash) {
      const made = usable.length > 1 ? remembered.find(hash) : undefined;
      if (!made) return [];
      return usable
        .filter(({ kid }) => kid !== made.kid)
        .map((key) => ({ kid: key.kid, hash: hashBy(key, made.purpose, made.value) }));
    },
    hashesRetired: (purpose, value) =>
      current.keys.filter((key) => !usable.includes(key)).map((key) => hashBy(key, purpose, value)),
    kidOf: (hash) => remembered.find(hash)?.kid ?? active.kid,
    get hasOthers() {
      return usable.length > 1;
    },
    ...deriving({ active: () => active, keys: () => current.keys, usable: () => usable }),
    get ring() {
      return current;
    },
    use(next) {
      active = findKey(next.keys, next.active);
      current = next;
      usable = usableOf(next);
      if (usable.length === 1) remembered.forget();
    },
  };
}

function deriving(ring: {
  active(): VaultKey;
  keys(): readonly VaultKey[];
  usable(): readonly VaultKey[];
}): Pick<Vault, 'derive' | 'deriveEach' | 'deriveUsable'> {
  const derive = ({ bytes }: VaultKey, purpose: string): Buffer => hkdf(bytes, `derive/${purpose}`);
  const known = new WeakMap<readonly VaultKey[], Map<string, readonly Buffer[]>>();
  return {
    derive: (purpose) => derive(ring.active(), purpose),
    deriveEach(purpose) {
      const others = ring.keys().filter(({ kid }) => kid !== ring.active().kid);
      return [ring.active(), ...others].map((key) => derive(key, purpose));
    },
    deriveUsable(purpose) {
      const keys = ring.usable();
      const ofKeys = known.get(keys) ?? new Map<string, readonly Buffer[]>();
      known.set(keys, ofKeys);
      const made = ofKeys.get(purpose) ?? keys.map((key) => derive(key, purpose));
      ofKeys.set(purpose, made);
      return made;
    },
  };
}

type Derive = ReturnType<typeof deriveKeys>;

function sealing(
  ring: { active(): VaultKey; keys(): readonly VaultKey[] },
  keyFor: Derive['seal'],
): Pick<Vault, 'seal' | 'open' | 'reseal'> {
  const both: Pick<Vault, 'seal' | 'open'> = {
    seal: (purpose, context, plain) =>
      new CompactEncrypt(Buffer.from(plain))
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: ring.active().kid, ctx: context })
        .encrypt(keyFor(ring.active(), purpose)),
    async open(purpose, context, sealed) {
      const { plaintext, protectedHeader } = await compactDecrypt(
        sealed,
        (header) => keyFor(findKey(ring.keys(), header.kid), purpose),
        { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'] },
      );
      if (protectedHeader['ctx'] !== context) throw new Error('Sealed for another context.');
      return Buffer.from(plaintext).toString();
    },
  };
  return { ...both, reseal: (sealed) => resealBy(both, sealed) };
}

/** `hashUnder`: the value's hash under that key, undefined for one that is not there or retired. */
function comparing(
  hashUnder: (kid: string | undefined) => string | undefined,
): (kept: string) => boolean {
  const known = new Map<string | undefined, string | undefined>();
  return (kept) => {
    const [hash = '', kid] = kept.split('.').toReversed();
    if (!known.has(kid)) known.set(kid, hashUnder(kid));
    const own = known.get(kid);
    return own !== undefined && constantTimeEqual(own, hash);
  };
}

/** The key that a kept hash tells. */
export function keyOfKept({ first }: Pick<Ring, 'first'>, kept: string): string {
  const dot = kept.lastIndexOf('.');
  return dot < 0 ? first : kept.slice(0, dot);
}

/** The key that a value was sealed with; undefined: it is no sealed value. */
export function sealedWith(value: string): string | undefined {
  if (!value.startsWith('eyJ') || value.split('.').length !== 5) return undefined;
  try {
    const { alg, kid } = decodeProtectedHeader(value);
    return alg === 'dir' ? kid : undefined;
  } catch {
    return undefined;
  }
}

/** The header tells the context, and not the purpose: it is tried for each. */
async function resealBy({ seal, open }: Pick<Vault, 'seal' | 'open'>, sealed: string) {
  const context = String(decodeProtectedHeader(sealed)['ctx']);
  for (const purpose of SEALED_IN_DOCUMENTS) {
    const plain = await open(purpose, context, sealed).catch(() => undefined);
    if (plain !== undefined) return seal(purpose, context, plain);
  }
  throw new Error('It does not open.');
}

function keptAs({ first }: Ring, kid: string, hash: string): string {
  // As an older version keeps it, while it reads the store too.
  return kid === first ? hash : `${kid}.${hash}`;
}

/** Those that values are found under, the active one first. */
function usableOf({ keys, active, retired }: Ring): VaultKey[] {
  const others = keys.filter(({ kid }) => kid !== active && !retired.includes(kid));
  return [findKey(keys, active), ...others];
}

function deriveKeys() {
  const hmacKeys = new Map<string, KeyObject>();
  const sealKeys = new Map<string, Buffer>();
  return {
    hmac(kid: string, bytes: Buffer, purpose: string): KeyObject {
      const name = `${kid} ${purpose}`;
      const known = hmacKeys.get(name);
      if (known) return known;
      // A KeyObject, not a Buffer: Node 24 imports a Buffer key anew for each HMAC (seven times slower).
      const made = createSecretKey(hkdf(bytes, `hash/${purpose}`));
      hmacKeys.set(name, made);
      return made;
    },
    seal({ kid, bytes }: VaultKey, purpose: string): Buffer {
      const name = `${kid} ${purpose}`;
      const known = sealKeys.get(name);
      if (known) return known;
      const made = hkdf(bytes, `seal/${purpose}`);
      sealKeys.set(name, made);
      return made;
    },
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
