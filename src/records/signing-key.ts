/** The keys that sign tokens, as they are kept: all of them in one document, so that every change of them is one write. */
import type { JWK } from 'jose';
import type { MessageCarrier } from '../outbox/message.ts';
import { collection } from '../storage/store.ts';
import type { SigningAlg } from './keys/signing-alg.ts';

export { SIGNING_ALGS, type SigningAlg } from './keys/signing-alg.ts';

export interface SigningKey {
  kid: string;
  alg: SigningAlg;
  /** What the JWKS tells of it. */
  public: JWK;
  /** The private JWK as JSON, sealed (purpose `signing-key`); absent: it signs no more. */
  sealed?: string;
  /** The context that it was sealed in: the key's id, or that of a document of an older version. */
  sealedAs: string;
  /** Milliseconds since the epoch, as all times here. */
  createdAt: number;
  /** It signs from then on, until another one does. */
  signsFrom: number;
  /** Known once another one is to sign. */
  until?: {
    /** By then the last token of it has expired. */
    tokens: number;
    /** Until then a session may show an ID token of it as a hint. */
    hints: number;
  };
}

export interface SigningKeySet extends MessageCarrier {
  keys: SigningKey[];
}

export const signingKeyCollection = collection<SigningKeySet>('signing_key');
/** Of the one document. */
export const SIGNING_KEYS = 'set';

/** One key, as an older version keeps it: the documents are `ES256-1` and `RS256-1`. */
interface FirstSigningKey {
  alg: SigningAlg;
  sealed: string;
  createdAt: number;
}
export const firstSigningKeyCollection = collection<FirstSigningKey>(signingKeyCollection.name);

export function firstSigningKey(alg: SigningAlg): string {
  return `${alg}-1`;
}
