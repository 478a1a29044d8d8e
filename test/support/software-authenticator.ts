/**
 * An authenticator for tests that answers as it is told, wrongly too: what no browser would send.
 * WebAuthn Level 3: §6.1 (authenticator data), §6.5 (attestation), §5.8.1 (client data).
 */
import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

export type Algorithm = 'ES256' | 'EdDSA' | 'RS256';

export interface Ceremony {
  challenge: string;
  /** Of the page, and by its host name the relying party's id unless that is told too. */
  origin: string;
  rpID?: string;
  counter?: number;
  userPresent?: boolean;
  userVerified?: boolean;
  /** Backup eligible: may it be copied to other devices? */
  synced?: boolean;
  clientData?: Record<string, unknown>;
}

export interface SoftwarePasskey {
  id: string;
  /** The answer of `navigator.credentials.create`, as JSON text. */
  register(ceremony: Ceremony, attestation?: { fmt: string; attStmt: Cbor }): string;
  /** The answer of `navigator.credentials.get`, as JSON text; `userHandle`: base64url. */
  authenticate(ceremony: Ceremony, userHandle?: string): string;
}

export function softwarePasskey(id: string, algorithm: Algorithm = 'ES256'): SoftwarePasskey {
  const { privateKey, coseKey } = newKey(algorithm);
  const credentialId = Buffer.from(id, 'base64url');
  const answer = (response: Record<string, unknown>): string =>
    JSON.stringify({ id, rawId: id, type: 'public-key', clientExtensionResults: {}, response });
  return {
    id,
    register(ceremony, { fmt, attStmt } = { fmt: 'none', attStmt: new Map() }) {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(credentialId.length);
      const attested = Buffer.concat([Buffer.alloc(16), length, credentialId, cbor(coseKey)]);
      const authData = authenticatorData(ceremony, attested);
      const attestation: Cbor = new Map<Cbor, Cbor>([
        ['fmt', fmt],
        ['attStmt', attStmt],
        ['authData', authData],
      ]);
      return answer({
        clientDataJSON: clientData('webauthn.create', ceremony).toString('base64url'),
        attestationObject: cbor(attestation).toString('base64url'),
        transports: ['internal'],
      });
    },
    authenticate(ceremony, userHandle) {
      const data = authenticatorData(ceremony);
      const client = clientData('webauthn.get', ceremony);
      const signed = Buffer.concat([data, createHash('sha256').update(client).digest()]);
      return answer({
        clientDataJSON: client.toString('base64url'),
        authenticatorData: data.toString('base64url'),
        signature: sign(algorithm === 'EdDSA' ? null : 'sha256', signed, privateKey).toString(
          'base64url',
        ),
        ...(userHandle === undefined ? {} : { userHandle }),
      });
    },
  };
}

function clientData(type: string, { challenge, origin, clientData: more }: Ceremony): Buffer {
  return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false, ...more }));
}

function authenticatorData(ceremony: Ceremony, attested?: Buffer): Buffer {
  const { origin, rpID = new URL(origin).hostname, counter = 0 } = ceremony;
  const { userPresent = true, userVerified = true, synced = false } = ceremony;
  const flags =
    (userPresent ? 0x01 : 0) |
    (userVerified ? 0x04 : 0) |
    (synced ? 0x18 : 0) |
    (attested ? 0x40 : 0);
  const head = Buffer.alloc(5);
  head.writeUInt8(flags);
  head.writeUInt32BE(counter, 1);
  return Buffer.concat([createHash('sha256').update(rpID).digest(), head, attested ?? Buffer.of()]);
}

/** A key pair, and its public half as COSE_Key (RFC 9053 §7, RFC 8230 §4). */
function newKey(algorithm: Algorithm): { privateKey: KeyObject; coseKey: Cbor } {
  const bytes = (text: string | undefined): Buffer => Buffer.from(text ?? '', 'base64url');
  if (algorithm === 'ES256') {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { x, y } = publicKey.export({ format: 'jwk' });
    return {
      privateKey,
      coseKey: numbered([1, 2], [3, -7], [-1, 1], [-2, bytes(x)], [-3, bytes(y)]),
    };
  }
  if (algorithm === 'EdDSA') {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const { x } = publicKey.export({ format: 'jwk' });
    return { privateKey, coseKey: numbered([1, 1], [3, -8], [-1, 6], [-2, bytes(x)]) };
  }
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const { n, e } = publicKey.export({ format: 'jwk' });
  return { privateKey, coseKey: numbered([1, 3], [3, -257], [-1, bytes(n)], [-2, bytes(e)]) };
}

/** As much of CBOR (RFC 8949) as attestations are made of. */
export type Cbor = number | string | Buffer | readonly Cbor[] | ReadonlyMap<Cbor, Cbor>;

const numbered = (...entries: [number, Cbor][]): Cbor => new Map<Cbor, Cbor>(entries);

function cbor(value: Cbor): Buffer {
  if (typeof value === 'number') return value < 0 ? cborHead(1, -1 - value) : cborHead(0, value);
  if (typeof value === 'string') {
    const text = Buffer.from(value);
    return Buffer.concat([cborHead(3, text.length), text]);
  }
  if (Buffer.isBuffer(value)) return Buffer.concat([cborHead(2, value.length), value]);
  if (value instanceof Map) {
    const parts = [...value].flatMap(([name, content]) => [cbor(name), cbor(content)]);
    return Buffer.concat([cborHead(5, value.size), ...parts]);
  }
  const items = value as readonly Cbor[];
  return Buffer.concat([cborHead(4, items.length), ...items.map(cbor)]);
}

function cborHead(major: number, size: number): Buffer {
  if (size < 24) return Buffer.of((major << 5) | size);
  if (size < 256) return Buffer.of((major << 5) | 24, size);
  return Buffer.of((major << 5) | 25, size >> 8, size & 0xff);
}
