/** A sign-in that begins with what its browser had proven under the epoch before: see session-transfer.ts. */
import { SESSION_TRANSFER } from '../../src/oidc/clients/own/account-client.ts';
import { ACCOUNT_CLIENT } from '../../src/oidc/clients/own/own-clients.ts';
import { takeSessionTransfer } from '../../src/oidc/authorization/session-transfer.ts';
import { changeVisit } from './report.ts';
import type { Visit } from '../step.ts';

/** Answers whether anything was carried over. */
export async function carryOver(visit: Visit): Promise<boolean> {
  const { parts, record, client, browser } = visit;
  const ticket = record.payload.params?.[SESSION_TRANSFER];
  if (client.id !== ACCOUNT_CLIENT || typeof ticket !== 'string' || record.person) return false;
  const carried = await takeSessionTransfer(parts, ticket, browser);
  const person = carried && (await parts.people.get(undefined, carried.person));
  if (!carried || !person?.active || person.epoch !== carried.epoch) return false;
  const { epoch, proofs } = carried;
  await changeVisit(visit, (open) =>
    open.person ? open : { ...open, person: { id: person.id, epoch }, proofs },
  );
  return true;
}
