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

/** Is it open to the organisation, and has it been ever since? `seconds`: since the epoch. */
export function isOpenSince(client: Metadata, organisation: string, seconds: number): boolean {
  const admitted = (client[ADMITTED] as Admitted | null | undefined) ?? {};
  const since = admitted[organisation] ?? admitted['*'] ?? 0;
  return isOpenTo(policyOf(client), organisation) && seconds >= Math.floor(since / 1000);
}
