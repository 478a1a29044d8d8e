/** Ending the trust in a person's computers. The records carry what is told; that of many is told once. */
import { type Performed } from '../../audit/performed.ts';
import {
  endTrust,
  listComputers,
  trustedComputerCollection,
} from '../../devices/trusted-computer.ts';
import { getClient } from '../../oidc/clients/clients.ts';
import type { OutboxMessage } from '../../outbox/message.ts';
import { WHAT_ENDS } from '../../policy/revocation.ts';
import type { Person } from '../../records/person.ts';
import { resultOf, type Result } from '../../result.ts';
import { permission } from '../permission.ts';
import { changeTold, tellPerson } from './account-changed.ts';
import { found } from '../found.ts';
import { listApps } from './apps.ts';
import { endAccess, type WithdrawParts } from './withdraw-access.ts';

export type RevokeTrustParts = Pick<WithdrawParts, 'store' | 'notices' | 'relay'>;

/** Problem `not-found`: it is not one of this person's, and nothing was changed. */
export function revokeTrustedComputer(
  parts: RevokeTrustParts,
  performed: Performed,
  person: Person,
  id: string,
): Promise<Result<{ name: string }>> {
  return resultOf(async () => {
    const may = await permission(parts.store, performed, 'device.revoke');
    may({ person });
    const all = await listComputers(parts, person.id);
    const { name } = found(all.find((computer) => computer.id === id));
    const change = { what: 'computer-revoked', name, count: 1 };
    const messages = await revokedTold(parts, performed, person, change);
    const ended = await endTrustInOne(parts, performed, person, { id, messages });
    return { name: found(ended ? name : undefined) };
  });
}

/**
 * All but `hereId`, the computer that asks, if it is trusted; and the native apps of the person, as they
 * may be on a device that was lost (the row `other-trust-revoked`). Answers how many computers there were.
 */
export function revokeOtherTrustedComputers(
  parts: WithdrawParts,
  performed: Performed,
  person: Person,
  hereId: string | null,
): Promise<Result<{ count: number }>> {
  return resultOf(async () => {
    const may = await permission(parts.store, performed, 'device.revoke-others');
    may({ person });
    const all = await listComputers(parts, person.id);
    const others = all.filter(({ id }) => id !== hereId);
    const change = { what: 'computers-revoked', name: '', count: others.length };
    const messages = await revokedTold(parts, performed, person, change);
    const ended = await Promise.all(
      others.map(({ id }) => endTrustInOne(parts, performed, person, { id, messages })),
    );
    const apps = await signAppsOut(parts, performed, person, messages);
    const count = ended.filter(Boolean).length;
    // That it was asked for is told where there was nothing to end, too.
    if (count + apps === 0) await tellPerson(parts, person, messages);
    return { count };
  });
}

/** `false`: it is trusted no more, or is not one of this person's. */
export async function endTrustInOne(
  { store, relay }: Pick<RevokeTrustParts, 'store' | 'relay'>,
  { now }: Performed,
  person: Person,
  { id, messages }: { id: string; messages: readonly OutboxMessage[] },
): Promise<boolean> {
  const ended = await endTrust({ store }, id, { person: person.id, messages, now });
  if (ended) relay.soon(trustedComputerCollection, id);
  return ended;
}

/** Apps on other devices hold refresh tokens of their own; which device they are on is not known. */
async function signAppsOut(
  parts: WithdrawParts,
  performed: Performed,
  person: Person,
  messages: readonly OutboxMessage[],
): Promise<number> {
  if (WHAT_ENDS['other-trust-revoked'].ends.offline !== 'native') return 0;
  let count = 0;
  for (const { id } of await listApps(parts, person)) {
    const client = await getClient(parts.store, id);
    if (client?.kind !== 'native' && client?.kind !== 'device') continue;
    if (await endAccess(parts, performed, person, { client: id, messages })) count += 1;
  }
  return count;
}

function revokedTold(
  parts: RevokeTrustParts,
  performed: Performed,
  person: Person,
  { what, name, count }: { what: string; name: string; count: number },
): Promise<OutboxMessage[]> {
  return changeTold(parts, performed, person, {
    event: { type: 'computer.revoked', details: { count } },
    values: { what, name },
  });
}
