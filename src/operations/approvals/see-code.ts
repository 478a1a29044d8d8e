/** The code of a reset, or for today, that was approved: shown once, to who asked for it. */
import { eventAbout, type Performed } from '../../audit/performed.ts';
import type { OutboxMessage } from '../../outbox/message.ts';
import { keptRequests, setRequests, standingRequests } from './standing.ts';
import { Problem } from '../../problem.ts';
import type { Person } from '../../records/person.ts';
import { resultOf, type Result } from '../../result.ts';
import type { Vault } from '../../secrets/vault.ts';
import { newEnrolmentCode, VALID_FOR } from '../factors/enrolment-code.ts';
import { administerIf, readAdministered, type AdministerParts } from '../people/administer.ts';
import type { HandOver } from '../people/reset-factors.ts';
import {
  codeForToday,
  type CodeForToday,
  type TemporaryCodeParts,
} from '../people/security/give-temporary-code.ts';
import { permissions } from '../permission.ts';
import { targetOf } from './ask.ts';
import { OPERATION_OF } from './rule.ts';

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
    const { code, kept } = newEnrolmentCode(parts.vault, id, performed.now);
    await takeApproved(parts, performed, { id, request, what: 'factors-reset' }, (person) => {
      // Whoever has been given a code meanwhile, by the operator, needs no other.
      if (!person.enrolmentCode) throw gone();
      return { set: { enrolmentCode: kept }, told: [] };
    });
    return { code, validFor: VALID_FOR / 1000 };
  });
}

/** The same of a code for today. Problems as of `giveTemporaryCode` too. */
export function seeApprovedTemporaryCode(
  parts: TemporaryCodeParts,
  performed: Performed,
  id: string,
  request: string,
): Promise<Result<CodeForToday>> {
  return resultOf(async () => {
    const read = await readAdministered(parts.store, performed, 'approval.see-code', id);
    const made = await codeForToday(parts, performed, read);
    await takeApproved(parts, performed, { id, request, what: 'temporary-code' }, (person) => {
      const { temporaryCode, told } = made.of(person);
      return { set: { temporaryCode }, told };
    });
    return made.code;
  });
}

async function takeApproved(
  parts: AdministerParts,
  performed: Performed,
  { id, request, what }: { id: string; request: string; what: 'factors-reset' | 'temporary-code' },
  made: (person: Person) => { set: Partial<Person>; told: readonly OutboxMessage[] },
): Promise<void> {
  const { actor, now } = performed;
  const may = await permissions(parts.store, performed);
  await administerIf(parts, performed, id, (person) => {
    const target = targetOf(person, { what });
    may('approval.see-code')(target);
    may(OPERATION_OF[what])(target);
    const own = standingRequests(person, now).some(
      (one) => one.id === request && one.approved && one.by === actor.id && one.act.what === what,
    );
    if (!own) throw gone();
    const { set, told } = made(person);
    const event = eventAbout(person, performed, { type: 'approval.code-seen' });
    // What was taken back stays as that, so that nobody floods others by asking anew.
    const requests = keptRequests(person, now).filter((one) => one.id !== request);
    return { set: { ...set, ...setRequests(person, requests, event, ...told) }, result: undefined };
  });
}

const gone = (): Problem => new Problem('approval-gone', { status: 409 });
