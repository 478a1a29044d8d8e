/**
 * What was decided when somebody wanted in as a person: the events of each of their sign-ins put together, and how
 * far it came. Of what an older version wrote, each event is a sign-in of its own. Pure.
 */
import type { AuditEvent } from './event.ts';

/** Of one sign-in. */
export interface SignInAttempt {
  /** Milliseconds since the epoch: of the last that is known of it. */
  at: number;
  /** `client_id`; null: a mail program without one, or nobody knows. */
  client: string | null;
  address: string | null;
  userAgent: string | null;
  /** `open`: it went no further, or goes on. */
  ending: 'completed' | 'refused' | 'open';
  /** In the order in which they came. */
  moments: Moment[];
  /** What policy said last, if it was asked. */
  decided: { step: string; factors: string[]; reasons: readonly string[] } | undefined;
}

export interface Moment {
  kind: 'given' | 'wrong' | 'postponed' | 'refused' | 'completed';
  /** What was given: methods; of a wrong one, what was asked for. */
  methods: string[];
  /** Why: of what it was refused, or of what was asked for next. */
  reasons: readonly string[];
  /** What was asked for next, where it is told; of a refusal, what had been asked for. */
  asked: { step: string; factors: string[] } | null;
  /** The same again and again. */
  times: number;
}

/** Of one person, in any order; those that are of no sign-in are left out. The newest first. */
export function signInAttempts(events: readonly AuditEvent[]): SignInAttempt[] {
  const signIns = new Map<string, AuditEvent[]>();
  for (const event of events) {
    if (!event.type.startsWith('sign-in.')) continue;
    const id = text(event.details['sign_in']) ?? event.id;
    signIns.set(id, [...(signIns.get(id) ?? []), event]);
  }
  return [...signIns.values()].map(attemptOf).toSorted((a, b) => b.at - a.at);
}

function attemptOf(events: readonly AuditEvent[]): SignInAttempt {
  const inOrder = events.toSorted((a, b) => a.at - b.at || rank(a) - rank(b));
  const last = inOrder.at(-1);
  if (!last) throw new Error('A sign-in of no events.');
  const { client, address } = last;
  const userAgent = inOrder.findLast((event) => event.userAgent !== null)?.userAgent ?? null;
  const moments = inOrder.map(momentOf).reduce<Moment[]>(together, []);
  const decided = inOrder.map(decisionOf).findLast((decision) => decision !== undefined);
  return { at: last.at, client, address, userAgent, ending: endingOf(inOrder), moments, decided };
}

/** A proof and the end of the sign-in are one write, and of one moment. */
function rank({ type }: AuditEvent): number {
  return type === 'sign-in.completed' || type === 'sign-in.refused' ? 1 : 0;
}

function endingOf(events: readonly AuditEvent[]): SignInAttempt['ending'] {
  if (events.some(({ type }) => type === 'sign-in.completed')) return 'completed';
  return events.at(-1)?.outcome === 'refused' ? 'refused' : 'open';
}

function momentOf(event: AuditEvent): Moment {
  const { further, computer } = event.details;
  const kind = kindOf(event);
  const trusted = computer === 'trusted' ? ['trusted-computer'] : [];
  return {
    kind,
    methods: [...methodsOf(event, kind), ...trusted],
    reasons: event.reasons,
    asked: askedIn(event),
    times: typeof further === 'number' ? further : 1,
  };
}

function kindOf({ type, outcome }: AuditEvent): Moment['kind'] {
  if (type === 'sign-in.completed') return 'completed';
  if (type === 'sign-in.refused') return 'refused';
  if (type === 'sign-in.postponed') return 'postponed';
  return outcome === 'refused' ? 'wrong' : 'given';
}

function methodsOf({ type, details }: AuditEvent, kind: Moment['kind']): string[] {
  if (type === 'sign-in.password') return ['password'];
  if (kind === 'completed') return completedBy(details);
  const method = text(details['factor']) ?? text(details['asked']);
  return method === undefined ? [] : [method];
}

/** As an older version wrote it: what stood beside the password. */
function completedBy({ proofs, factor }: AuditEvent['details']): string[] {
  const own = text(proofs);
  if (own !== undefined) return words(own);
  return factor === undefined || factor === 'none' ? ['password'] : ['password', String(factor)];
}

function askedIn({ details }: AuditEvent): Moment['asked'] {
  const step = text(details['next']);
  return step === undefined ? null : { step, factors: words(text(details['next_factors']) ?? '') };
}

function decisionOf(event: AuditEvent): SignInAttempt['decided'] {
  const { type, reasons } = event;
  if (type === 'sign-in.completed') return { step: 'done', factors: [], reasons };
  const asked = askedIn(event);
  // What was wrong with a factor comes before why it was asked for.
  const isWrong = kindOf(event) === 'wrong';
  if (asked) return { ...asked, reasons: isWrong ? reasons.slice(1) : reasons };
  const isNever = type === 'sign-in.refused' || reasons.some((reason) => NEVER.test(reason));
  return event.outcome === 'refused' && isNever
    ? { step: 'refuse', factors: [], reasons }
    : undefined;
}

/** Whatever had been typed: policy/explain.ts. */
const NEVER = /^the (?:person is|date is over) /u;

/** One after the other that say the same are one, as often as they came. */
function together(before: Moment[], moment: Moment): Moment[] {
  const last = before.at(-1);
  if (last?.kind !== 'wrong' || !isSame(last, moment)) return [...before, moment];
  return [...before.slice(0, -1), { ...last, times: last.times + moment.times }];
}

function isSame({ times: _, ...one }: Moment, { times: _times, ...other }: Moment): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

const words = (value: string): string[] => value.split(' ').filter((word) => word !== '');
