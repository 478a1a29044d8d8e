/**
 * Making a factor one of the person's: what activates it, makes their one-time codes and ends
 * everything that was issued to them is one conditional write, and what is told of it rides along.
 */
import { eventAbout, type Performed } from '../../audit/performed.ts';
import { newOneTimeCodes } from '../../factors/one-time-codes.ts';
import type { Notices } from '../../mail/notices.ts';
import { withMessages, type OutboxMessage } from '../../outbox/message.ts';
import type { Relay } from '../../outbox/relay.ts';
import type { Operation } from '../../policy/access.ts';
import { endedBy } from '../../policy/revocation/ended-fields.ts';
import { isEnrolled } from '../../policy/factors.ts';
import type { PersonCause } from '../../policy/revocation.ts';
import { Problem } from '../../problem.ts';
import type { FactorId } from '../../records/factor-id.ts';
import {
  changePerson,
  personCollection,
  type OneTimeCodeSet,
  type People,
  type Person,
} from '../../records/person.ts';
import { resultOf, type Result } from '../../result.ts';
import type { Vault } from '../../secrets/vault.ts';
import { permission } from '../permission.ts';

export interface ActivationParts {
  store: People;
  vault: Vault;
  notices: Notices;
  relay: Pick<Relay, 'soon'>;
}

export interface Activation {
  factor: FactorId;
  /** The fields that make the factor the person's, or undefined to refuse (somebody else was faster). */
  fields(person: Person): Partial<Person> | undefined;
  cause?: PersonCause;
  operation?: Operation;
  /** Addresses that are told besides the mailbox. */
  alsoTo?: readonly string[];
}

/** `epoch`: the one that a session would go on under; `newCodes`: one-time codes were made with it. */
export interface Activated {
  epoch: number;
  newCodes: boolean;
}

/** `person`: as read. Problem `changed-meanwhile` (409): they are not so any more, and nothing was changed. */
export function activateFactor(
  parts: ActivationParts,
  performed: Performed,
  person: Person,
  activation: Activation,
): Promise<Result<Activated>> {
  const { fields, cause = 'factor-added', operation = 'factor.enrol' } = activation;
  return resultOf(async () => {
    const may = await permission(parts.store, performed, operation);
    const { set: fresh } = await newOneTimeCodes(parts.vault, performed.now);
    const messages = await toldOf(parts, performed, person, activation);
    const activated = await changePerson(parts.store, person.id, (current) => {
      may({ person: current, organisation: current.organisation });
      const isAsRead = current.epoch === person.epoch && current.active;
      const factor = isAsRead ? fields(current) : undefined;
      if (!factor) throw new Problem('changed-meanwhile', { status: 409 });
      const oneTimeCodes = codesFor(current, fresh);
      const ended = endedBy(current, cause);
      const readsIn = performed.language;
      const own = { ...factor, oneTimeCodes, enrolmentCode: null, readsIn };
      const set = { ...own, ...ended, ...withMessages(current, ...messages) };
      return { set, result: { epoch: ended.epoch, newCodes: oneTimeCodes === fresh } };
    });
    parts.relay.soon(personCollection, person.id);
    return activated;
  });
}

/** Before a try is taken of a code for it, or one is spent. Throws the Problems of `permission`. */
export async function checkMayActivate(
  { store }: Pick<ActivationParts, 'store'>,
  performed: Performed,
  person: Person,
): Promise<void> {
  const may = await permission(store, performed, 'factor.enrol');
  may({ person, organisation: person.organisation });
}

/** Whoever had a factor before keeps the codes that were printed then. */
function codesFor(person: Person, fresh: OneTimeCodeSet): OneTimeCodeSet {
  return isEnrolled(person) && person.oneTimeCodes ? person.oneTimeCodes : fresh;
}

async function toldOf(
  { notices }: ActivationParts,
  performed: Performed,
  person: Person,
  { factor, alsoTo = [] }: Activation,
): Promise<OutboxMessage[]> {
  const notice = { template: 'factor-enrolled', values: { factor } } as const;
  const mails = [
    notices.about(person, performed, notice),
    ...alsoTo.map((to) => notices.about(person, performed, { ...notice, to })),
  ];
  const event = eventAbout(person, performed, { type: 'factor.enrolled', details: { factor } });
  return [event, ...(await Promise.all(mails)).flat()];
}
