/**
 * What is recorded: every step of a sign-in, every change of a factor or of policy, every code sent,
 * every refusal. This folder owns the names and the shape of it. No secret is in any event: no code,
 * token, password or link, and no whole mail address of a person's own.
 */
import { randomBytes } from 'node:crypto';
import type { Actor } from './actor.ts';
import type { RequestOrigin } from '../net/request-origin.ts';
import { placeAt } from '../storage/place-at.ts';
import { collection } from '../storage/store.ts';

export const EVENT_TYPES = [
  'sign-in.password',
  'sign-in.factor',
  'sign-in.completed',
  'sign-in.refused',
  'sign-in.postponed',
  'sign-out',
  'session.ended',
  'access.allowed',
  'access.withdrawn',
  'device.allowed',
  'logout.failed',
  'code.sent',
  'code.refused',
  'factor.enrolled',
  'factor.renamed',
  'factor.removed',
  'mfa.disabled',
  'factors.reset',
  'temporary-code.made',
  'temporary-code.used',
  'one-time-codes.made',
  'one-time-codes.viewed',
  'one-time-code.used',
  'computer.trusted',
  'computer.renamed',
  'computer.revoked',
  'computer.theft',
  'computer.new',
  'attempts.suspended',
  'attempts.unlocked',
  'attempts.spray',
  'passcode.made',
  'passcode.revoked',
  'passcode.refused',
  'passcode.shared',
  'password.set',
  'password.changed',
  'password.link',
  'address.verified',
  'address.removed',
  'person.added',
  'person.changed',
  'person.disabled',
  'person.locked-down',
  'person.grace-extended',
  'person.reminded',
  'person.deletion-ordered',
  'person.removed',
  'approval.asked',
  'approval.given',
  'approval.refused',
  'approval.code-seen',
  'organisation.added',
  'organisation.changed',
  'organisation.removed',
  'group.added',
  'group.changed',
  'group.removed',
  'client.added',
  'client.changed',
  'client.removed',
  'client.secret-rotated',
  'client.secret-removed',
  'resource.added',
  'resource.changed',
  'resource.removed',
  'mail.tested',
  'key.rotated',
  'key.retired',
  'key.resealed',
  'store.restored',
  'everything.revoked',
  'everything.ended',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

export interface AuditEvent extends RequestOrigin {
  id: string;
  /** Milliseconds since the epoch. */
  at: number;
  /** When it came into the log (milliseconds since the epoch); absent: an older version wrote it. */
  recordedAt?: number;
  type: EventType;
  outcome: 'success' | 'refused';
  /** Who did it: the person in a browser, the operator at the command line, or somebody with a role. */
  actor: 'person' | 'operator' | 'administrator' | 'api-client';
  /** Of an administrator or API client: subject identifier or `client_id`. */
  actorId?: string;
  /** Subject identifier of the person whom it is about. */
  person: string | null;
  organisation: string | null;
  /** Why: stable words of ours, such as the policy's reasons or the code of a problem. */
  reasons: readonly string[];
  /** What else is worth knowing (factor, acr, reference, counts). */
  details: Readonly<Record<string, string | number | boolean>>;
}

export const auditCollection = collection<AuditEvent>('audit_event', {
  indexes: {
    at: (event) => event.at,
    recordedAt: ({ recordedAt, at }) => recordedAt ?? at,
    personAt: ({ person, at }) => (person === null ? undefined : placeAt(person, at)),
    organisationAt: ({ organisation, at }) =>
      organisation === null ? undefined : placeAt(organisation, at),
    actorAt: (event) => placeAt(actorOf(event), event.at),
  },
  fields: {
    text: ['id', 'type', 'outcome', 'actor', 'actorId', 'person', 'organisation'],
    number: ['at', 'recordedAt'],
    list: ['reasons'],
    object: ['details'],
  },
});

/** By that index, those about a person. */
export function eventsAbout(person: string) {
  return { index: 'personAt', from: placeAt(person, 0), below: placeAt(person, Infinity) } as const;
}

/** Who did it: a subject identifier or `client_id`; without one, what kind of actor it was. */
export function actorOf({
  actor,
  actorId,
  person,
}: Pick<AuditEvent, 'actor' | 'actorId' | 'person'>): string {
  return actorId ?? (actor === 'person' ? person : undefined) ?? actor;
}

export interface NewEvent {
  type: EventType;
  at: number;
  origin: RequestOrigin;
  person?: { id: string; organisation: string } | undefined;
  /** Of what is about no person. */
  organisation?: string | undefined;
  outcome?: AuditEvent['outcome'];
  /** The person themselves unless told. */
  actor?: Actor;
  reasons?: readonly string[];
  details?: AuditEvent['details'];
}

/** A complete event with an id of its own: 128 random bits. */
export function newEvent({ type, at, origin, person, ...rest }: NewEvent): AuditEvent {
  return {
    id: randomBytes(16).toString('base64url'),
    at,
    type,
    outcome: rest.outcome ?? 'success',
    ...kindAndId(rest.actor),
    person: person?.id ?? null,
    organisation: person?.organisation ?? rest.organisation ?? null,
    ...origin,
    reasons: rest.reasons ?? [],
    details: rest.details ?? {},
  };
}

function kindAndId(
  { kind, id }: Actor = { kind: 'self', id: null },
): Pick<AuditEvent, 'actor' | 'actorId'> {
  if (kind === 'self') return { actor: 'person' };
  return kind === 'operator' || id === null ? { actor: kind } : { actor: kind, actorId: id };
}
