/** What a sign-in tells of itself: events and mails that ride in its record, or are recorded at once. */
import type { Decision } from '../../src/policy/authentication-context.ts';
import type { Performed } from '../../src/audit/performed.ts';
import { newEvent, type AuditEvent, type NewEvent } from '../../src/audit/event.ts';
import type { OutboxMessage } from '../../src/outbox/message.ts';
import { personCollection, type Person } from '../../src/records/person.ts';
import { browserName } from '../../src/text/browser-name.ts';
import type { MailTemplate } from '../../src/mail/mail.ts';
import { changeSignIn, signInCollection, type SignInRecord } from '../../src/records/sign-in.ts';
import { languageOf } from '../../src/web/pages.ts';
import type { Visit } from '../step.ts';

/** What is done in this visit, as an operation is told it: by the person themselves. */
export function performedIn(visit: Visit, person: Pick<Person, 'id'>): Performed {
  const { parts, ctx, origin, missing, now } = visit;
  return {
    actor: { kind: 'self', id: person.id },
    origin,
    language: languageOf(ctx, parts.config.default_language),
    fresh: missing === undefined,
    now,
  };
}

type About = Omit<NewEvent, 'type' | 'at' | 'origin'>;

/**
 * An event of this visit; of its person unless told. Those of the sign-in itself say which one it is
 * (audit/sign-in-attempts.ts).
 */
export function eventOf(visit: Visit, type: AuditEvent['type'], about: About = {}): AuditEvent {
  const { now: at, origin, person, id } = visit;
  const which = type.startsWith('sign-in.') ? { sign_in: id.slice(0, SHORT_ID) } : {};
  return newEvent({ type, at, origin, person, ...about, details: { ...about.details, ...which } });
}

/** Of the hash that the record is kept under: enough to tell the sign-ins of one person apart. */
const SHORT_ID = 12;

/** What the policy asks for, as an event tells it beside the reasons. */
export function askedFor(decision: Decision): { next: string; next_factors?: string } {
  const factors = 'factors' in decision ? decision.factors : [];
  return {
    next: decision.next,
    ...(factors.length > 0 ? { next_factors: factors.join(' ') } : {}),
  };
}

/** Records what changes nothing: a refusal, which can be caused as often as one likes. */
export async function recordRefusal(
  visit: Visit,
  type: AuditEvent['type'],
  reasons: readonly string[],
  about: About = {},
): Promise<void> {
  await visit.parts.relay.refuse(eventOf(visit, type, { outcome: 'refused', reasons, ...about }));
}

/** Changes the sign-in's record; what is told of it is in the same write. */
export async function changeVisit(
  visit: Visit,
  change: (record: SignInRecord) => SignInRecord,
  messages: readonly OutboxMessage[] = [],
): Promise<SignInRecord | undefined> {
  const { parts, id } = visit;
  const changed = await changeSignIn(parts.store, id, change, messages);
  if (messages.length > 0) parts.relay.soon(signInCollection, id);
  return changed;
}

/** The person's document has messages now. */
export function postPerson({ parts }: Visit, id: string): void {
  parts.relay.soon(personCollection, id);
}

/**
 * A mail to the visit's person, in the language of the page unless they have one of their own. `to`:
 * another address than their mailbox.
 */
export async function noticeOf(
  visit: Visit,
  template: MailTemplate,
  values: Readonly<Record<string, string | number>> = {},
  to?: string,
): Promise<OutboxMessage[]> {
  const { parts, who, now, ctx, origin, client } = visit;
  if (!who) return [];
  const language = languageOf(ctx, parts.config.default_language);
  const known = {
    organisation: who.organisation.name,
    client: await parts.clientLabel(client),
    at: now,
    browser: browserName(origin.userAgent ?? undefined),
    address: origin.address ?? '',
  };
  const person = to === undefined ? who.person : { ...who.person, email: to };
  return parts.notices.to(person, template, { ...known, ...values }, { now, language });
}
