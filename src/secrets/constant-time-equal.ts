import { timingSafeEqual } from 'node:crypto';

/**
 * Are both the same text? The time that it takes tells nothing of where they differ (CWE-208); their
 * lengths are no secret.
 */
export function constantTimeEqual(first: string, second: string): boolean {
  const [a, b] = [Buffer.from(first), Buffer.from(second)];
  return a.length === b.length && timingSafeEqual(a, b);
}
