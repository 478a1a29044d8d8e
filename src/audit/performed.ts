/** Who does something to the installation, from where and when: what an operation is told, and its event tells. */
import type { Config } from '../config/schema.ts';
import { OPERATOR_ORIGIN, type RequestOrigin } from '../net/request-origin.ts';
import type { Locale } from '../text/languages.ts';
import { OPERATOR, type Actor } from './actor.ts';
import { newEvent, type AuditEvent, type NewEvent } from './event.ts';

export interface Performed {
  actor: Actor;
  origin: RequestOrigin;
  /** Of the page, or the installation's where there is none; the person's own comes before it. */
  language: Locale;
  /** Has the actor just proven their strongest factor (policy/fresh-proof.ts)? */
  fresh: boolean;
  /** Milliseconds since the epoch. */
  now: number;
  /**
   * Of the actor's session, or when they asked for what is done later: whatever has ended their sessions since has
   * ended that too. Absent: by nobody's session.
   */
  epoch?: number;
}

/** Of the operator: every command, and whoever seeds a store. `now`: milliseconds since the epoch. */
export function operatorPerformed(
  { default_language: language }: Pick<Config, 'default_language'>,
  now: number,
): Performed {
  return { actor: OPERATOR, origin: OPERATOR_ORIGIN, language, fresh: true, now };
}

export type EventContent = Omit<NewEvent, 'at' | 'origin' | 'person' | 'actor'>;

/** The event as a message for the write that it tells of. `person`: whom it is about, if anybody. */
export function eventAbout(
  person: NewEvent['person'],
  { actor, origin, now }: Performed,
  content: EventContent,
): { event: AuditEvent } {
  return { event: newEvent({ ...content, at: now, origin, person, actor }) };
}
