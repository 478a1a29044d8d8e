/** Is what was given to a client still its own? From its metadata as it is now (at most half a second old). */
import { isOpenTo } from '../../policy/assurance.ts';
import type { Admitted } from '../../records/client.ts';
import { ADMITTED, policyOf, REGISTRATION } from './clients.ts';

/** The library's Client, or its metadata. */
export type Metadata = Readonly<Record<string, unknown>>;

/** Another one after each registration under the same id, and after a leak; null: an older version registered it. */
export function registrationOf(client: Metadata): string | null {
  return (client[REGISTRATION] as string | null | undefined) ?? null;
}

/**
 * Is it open to the organisation, and has it been ever since? `at`: milliseconds since the epoch; of what
 * is known to the second, its beginning, so that what was issued in the second in which an organisation was
 * shut out and let in again does not come back with it.
 */
export function isOpenSince(client: Metadata, organisation: string, at: number): boolean {
  const admitted = (client[ADMITTED] as Admitted | null | undefined) ?? {};
  const since = admitted[organisation] ?? admitted['*'] ?? 0;
  return isOpenTo(policyOf(client), organisation) && at >= since;
}
