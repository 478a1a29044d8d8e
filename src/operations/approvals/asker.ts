/** Whoever has asked for a second person: what they may still, as they are now, and what they are mailed. */
import type { Performed } from '../../audit/performed.ts';
import type { Notices } from '../../mail/notices.ts';
import type { OutboxMessage } from '../../outbox/message.ts';
import type { Operation, Target } from '../../policy/access.ts';
import { Problem } from '../../problem.ts';
import { getPerson, type People } from '../../records/person.ts';
import type { ApprovalRequest } from '../../records/under-way/approval-request.ts';
import { resultOf } from '../../result.ts';
import { permission } from '../permission.ts';
import { given } from '../input.ts';
import { tell, type Told } from './concerned.ts';

/**
 * Demoted, reset, disabled or locked down meanwhile, what they have asked for is nothing any more. Reads them once;
 * what it gives is asked inside the conditional write. `by`: subject identifier.
 */
export async function askerMay(
  store: Pick<People, 'get'>,
  performed: Performed,
  { by, byEpoch }: Pick<ApprovalRequest<unknown>, 'by' | 'byEpoch'>,
  operation: Operation,
): Promise<(target: Target) => boolean> {
  const actor = { kind: 'administrator', id: by } as const;
  const asker = { ...performed, actor, fresh: true, ...given({ epoch: byEpoch }) };
  const may = await resultOf(() => permission(store, asker, operation));
  return (target) => {
    if (!may.ok) return false;
    try {
      may.value(target);
      return true;
    } catch (error) {
      if (error instanceof Problem) return false;
      throw error;
    }
  };
}

/** That somebody has approved or refused it; to nobody where they are gone. */
export async function mailsToAsker(
  { store, notices }: { store: Pick<People, 'get'>; notices: Notices },
  performed: Performed,
  by: string,
  told: Omit<Told, 'who'>,
): Promise<OutboxMessage[]> {
  const asker = await getPerson(store, by);
  if (!asker) return [];
  return tell(notices, performed, [asker], {
    ...told,
    who: await nameOf(store, performed.actor.id),
  });
}

export async function nameOf(store: Pick<People, 'get'>, id: string | null): Promise<string> {
  return (await getPerson(store, id ?? ''))?.name ?? '';
}
