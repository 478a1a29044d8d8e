import type { Installation } from '../../server/opened.ts';
import type { SigningKey } from '../../records/signing-key.ts';

/** What operations on keys need of an installation that a command has opened. */
export function keyParts(installation: Installation) {
  return { ...installation, auditRetention: installation.config.audit.retention };
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
