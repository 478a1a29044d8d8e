/** Is what was given to a client still its own? From its metadata as it is now (at most half a second old). */
import { mayUseSince, type Somebody } from '../../policy/apps/who-may.ts';
import type { ClientRecord } from '../../records/client.ts';
import { policyOf, recordOf } from './clients.ts';

/** The library's Client, or its metadata. */
export type Metadata = Readonly<Record<string, unknown>>;

/** Another one after each registration under the same id, and after a leak; null: an older version registered it. */
export function registrationOf(client: Metadata): string | null {
  return (recordOf(client) as ClientRecord | undefined)?.registration ?? null;
}

/** Is it open to them, and has it been ever since? `at`: as `mayUseSince` takes it. */
export function isOpenSince(client: Metadata, who: Somebody, at: number): boolean {
  return mayUseSince(policyOf(client), who, at);
}
