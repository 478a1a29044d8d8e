import type { SigningKey } from '../../records/signing-key.ts';
import { COLLECTIONS } from '../../server/collections.ts';
import type { Installation } from '../../server/opened.ts';

/** What operations on keys need of an installation that a command has opened. */
export function keyParts(installation: Installation) {
  const { retention } = installation.config.audit;
  return { ...installation, auditRetention: retention, collections: COLLECTIONS };
}

/** To the second, in UTC. `at`: milliseconds since the epoch. */
export function timeOf(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+/u, '');
}

export function signingKeyJson({ kid, alg, createdAt, signsFrom, until }: SigningKey) {
  return {
    kind: 'signing',
    kid,
    alg,
    created_at: createdAt,
    signs_from: signsFrom,
    tokens_until: until?.tokens ?? null,
    hints_until: until?.hints ?? null,
  };
}
