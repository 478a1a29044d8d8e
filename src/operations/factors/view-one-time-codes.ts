/** A person's one-time codes in clear, for their own eyes. */
import { found } from '../found.ts';
import { eventAbout, type Performed } from '../../audit/performed.ts';
import { readOneTimeCodes } from '../../factors/one-time-codes.ts';
import type { Relay } from '../../outbox/relay.ts';
import type { People, Person } from '../../records/person.ts';
import { resultOf, type Result } from '../../result.ts';
import type { Vault } from '../../secrets/vault.ts';
import { permission } from '../permission.ts';

export interface ViewedCodes {
  codes: { code: string; used: boolean }[];
  /** Milliseconds since the epoch. */
  madeAt: number;
}

/** It is recorded before they are read. Problem `not-found` (404): there are none. */
export function viewOneTimeCodes(
  parts: { store: Pick<People, 'get'>; vault: Vault; relay: Pick<Relay, 'record'> },
  performed: Performed,
  person: Person,
): Promise<Result<ViewedCodes>> {
  return resultOf(async () => {
    const may = await permission(parts.store, performed, 'one-time-codes.view');
    may({ person, organisation: person.organisation });
    const set = found(person.oneTimeCodes ?? undefined);
    await parts.relay.record(
      eventAbout(person, performed, { type: 'one-time-codes.viewed' }).event,
    );
    return { codes: await readOneTimeCodes(parts.vault, set), madeAt: set.createdAt };
  });
}
