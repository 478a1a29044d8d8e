/** The code of a reset that was approved: shown once, to who asked for it. */
import { eventAbout, type Performed } from '../../audit/performed.ts';
import { keptRequests, standingRequests, setRequests } from './standing.ts';
import { Problem } from '../../problem.ts';
import { resultOf, type Result } from '../../result.ts';
import type { Vault } from '../../secrets/vault.ts';
import { newEnrolmentCode, VALID_FOR } from '../factors/enrolment-code.ts';
import { administerIf, type AdministerParts } from '../people/administer.ts';
import type { HandOver } from '../people/reset-factors.ts';
import { permission } from '../permission.ts';
import { targetOf } from './ask.ts';

/**
 * Made in the write that takes the request away, so that nobody has it before and nobody twice. Whoever asked
 * has to be allowed to reset them still. `id`: subject identifier. Problems: `approval-gone` (409), and those of who may.
 */
export function seeApprovedCode(
  parts: AdministerParts & { vault: Vault },
  performed: Performed,
  id: string,
  request: string,
): Promise<Result<HandOver>> {
  return resultOf(async () => {
    const { actor, now } = performed;
    const { code, kept } = newEnrolmentCode(parts.vault, id, now);
    const seen = await permission(parts.store, performed, 'approval.see-code');
    const reset = await permission(parts.store, performed, 'person.reset-factors');
    await administerIf(parts, performed, id, (person) => {
      const target = targetOf(person, { what: 'factors-reset' });
      seen(target);
      reset(target);
      const open = standingRequests(person, now);
      const own = open.find((one) => one.id === request && one.approved && one.by === actor.id);
      // Whoever has been given a code meanwhile, by the operator, needs no other.
      if (!own || !person.enrolmentCode) throw new Problem('approval-gone', { status: 409 });
      const event = eventAbout(person, performed, { type: 'approval.code-seen' });
      // What was taken back stays as that, so that nobody floods others by asking anew.
      const requests = keptRequests(person, now).filter((one) => one.id !== request);
      const set = { ...setRequests(person, requests, event), enrolmentCode: kept };
      return { set, result: undefined };
    });
    return { code, validFor: VALID_FOR / 1000 };
  });
}
