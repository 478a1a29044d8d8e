/** The day from which a second factor is required of somebody is put off for them: once, with a reason. */
import { z } from 'zod';
import { eventAbout, type Performed } from '../../audit/performed.ts';
import { withMessages } from '../../outbox/message.ts';
import { hasDuties, requiredFrom } from '../../policy/assurance.ts';
import { isEnrolled } from '../../policy/factors.ts';
import { Problem } from '../../problem.ts';
import { getOrganisation } from '../../records/organisation.ts';
import type { Person } from '../../records/person.ts';
import { resultOf, type Result } from '../../result.ts';
import { dayOf } from '../../text/day-of.ts';
import { boundedText } from '../input.ts';
import { checkGrace } from '../policy-input.ts';
import { administer, noticeTo, readAdministered, type NoticeParts } from '../people/administer.ts';

/** Days from now on, at most. */
export const LONGEST_EXTENSION = 30;
/** Characters. */
export const LONGEST_REASON = 200;
const DAY = 86_400_000;

export const extendGraceInput = z.strictObject({
  /** Milliseconds since the epoch. */
  until: z.int(),
  reason: boundedText.transform((reason) => reason.trim()),
});
export type GraceExtension = z.output<typeof extendGraceInput>;

/**
 * They are mailed. `id`: subject identifier. Problems: `reason-missing`, `grace-past`, `grace-long`,
 * `grace-nothing` (409): nothing is required of them, or they have what is; `grace-duties` (409), `grace-extended`
 * (409): it was before; `grace-earlier` (409): that is no later day; and those of who may.
 */
export function extendGrace(
  parts: NoticeParts,
  performed: Performed,
  id: string,
  input: GraceExtension,
): Promise<Result<void>> {
  return resultOf(async () => {
    const { until, reason } = checked(input, performed.now);
    const read = await readAdministered(parts.store, performed, 'person.extend-grace', id);
    const organisation = await getOrganisation(parts.store, read.organisation);
    const values = { from: until, reason };
    const mails = await noticeTo(parts, performed, id, 'grace-extended', values);
    await administer(parts, performed, 'person.extend-grace', id, (person) => {
      if (person.organisation !== organisation?.id)
        throw new Problem('changed-meanwhile', { status: 409 });
      checkPerson(person, requiredFrom({ person, organisation }), until);
      const details = { grace_until: `- → ${dayOf(until)}`, reason };
      const event = eventAbout(person, performed, { type: 'person.grace-extended', details });
      const graceExtension = { until, at: performed.now, reason };
      const messages = withMessages(person, event, ...mails(person));
      return { set: { graceExtension, ...messages }, result: undefined };
    });
  });
}

function checked({ until, reason }: GraceExtension, now: number): GraceExtension {
  if (reason === '') throw new Problem('reason-missing');
  if (reason.length > LONGEST_REASON || /\p{Cc}/u.test(reason))
    throw new Problem('reason-format', { values: { most: LONGEST_REASON } });
  checkGrace(until, now);
  if (until > now + LONGEST_EXTENSION * DAY)
    throw new Problem('grace-long', { values: { days: LONGEST_EXTENSION } });
  return { until, reason };
}

function checkPerson(person: Person, from: number | undefined, until: number): void {
  const refuse = (code: 'grace-duties' | 'grace-extended' | 'grace-nothing' | 'grace-earlier') =>
    new Problem(code, { status: 409 });
  if (hasDuties(person)) throw refuse('grace-duties');
  if (person.graceExtension) throw refuse('grace-extended');
  if (from === undefined || isEnrolled(person)) throw refuse('grace-nothing');
  if (until <= from) throw refuse('grace-earlier');
}

/** Could it be put off for them? For a page that offers it. */
export function mayBeExtended(person: Person, from: number | null): boolean {
  return from !== null && !hasDuties(person) && !person.graceExtension && !isEnrolled(person);
}
