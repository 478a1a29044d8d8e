import { collection } from '../storage/store.ts';

export const SIGNING_ALGS = ['ES256', 'RS256'] as const;
export type SigningAlg = (typeof SIGNING_ALGS)[number];

interface SigningKey {
  alg: SigningAlg;
  /** The private JWK as JSON, sealed (purpose `signing-key`, context: the document's id). */
  sealed: string;
  createdAt: number;
}
export const signingKeyCollection = collection<SigningKey>('signing_key');
