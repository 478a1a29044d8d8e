/**
 * The one way that a proof gets into a sign-in: with its event, in one conditional write of the record, which ends
 * the sign-in too where the proof is the last that it needs.
 * What says by itself who somebody is (the password, a passkey alone) begins anew for somebody else;
 * a second factor of somebody else is no proof here.
 */
import { isDeepStrictEqual } from 'node:util';
import type { AuditEvent } from '../../src/audit/event.ts';
import type { KnownComputer } from '../../src/devices/known-computer.ts';
import { liftBar } from '../../src/operations/factors/email-codes.ts';
import type { OutboxMessage } from '../../src/outbox/message.ts';
import type { Decision } from '../../src/policy/authentication-context.ts';
import { strongestHeld } from '../../src/policy/assurance.ts';
import { FACTORS } from '../../src/policy/factors.ts';
import { isFactor } from '../../src/policy/fresh-proof.ts';
import { FEW_CODES } from '../../src/factors/one-time-codes.ts';
import type { SpendInSignIn } from '../../src/factors/spend-email-code.ts';
import type { Person } from '../../src/records/person.ts';
import type { Method, Proof } from '../../src/records/proof.ts';
import type { Settle } from '../../src/throttling/attempt.ts';
import {
  changeSignIn,
  NOTHING_PROVEN,
  signInCollection,
  type SignInRecord,
} from '../../src/records/sign-in.ts';
import { endingOf, type Ending } from '../finish.ts';
import { nextStep } from '../next-step.ts';
import { goOnWith } from '../visit.ts';
import { daysOfTrust } from './computer.ts';
import { askedFor, eventOf, postPerson } from './report.ts';
import type { Visit } from '../step.ts';

export interface NewProof {
  method: Method;
  key?: Proof['key'];
  temporary?: Proof['temporary'];
  /** That came with it: of the computer. */
  also?: readonly Proof[];
  /** "Trust this computer" was chosen with it. */
  trust?: boolean;
  /** What it is, where that is kept in the sign-in, is spent in the same write; nothing is proven where it can't be. */
  spend?: SpendInSignIn;
  /** Of one of several: how many are left. */
  left?: number;
  /** The computer as it was known a moment ago; null: not at all. */
  computer?: KnownComputer | null | undefined;
}

/** What has become of the sign-in. */
export interface Proven {
  /** Afterwards; undefined: it is no longer open. */
  record: SignInRecord | undefined;
  /** The visit as it goes on; undefined: it is to be looked at anew. */
  next: Visit | undefined;
}

/** `settle` is done together with the write. */
export async function addProof(
  visit: Visit,
  person: Person,
  proof: NewProof,
  settle?: Settle,
): Promise<Proven> {
  const { parts, id } = visit;
  const { spend = unspent, method } = proof;
  const ahead = await lookAhead(visit, person, proof);
  let isProven = false;
  let isExpected = false;
  const change = (record: SignInRecord): SignInRecord => {
    const spent = spend(record);
    isProven = spent !== undefined;
    isExpected = isProven && ahead !== undefined && isAsSeen(record, visit.record);
    if (!spent) return record;
    const proven = withProof(visit, spent, person, proof);
    return isExpected && ahead?.ending ? ahead.ending.finished(proven) : proven;
  };
  const event = eventOf(visit, ...eventFor(visit, person, proof));
  const messages = ({ state }: SignInRecord): OutboxMessage[] =>
    state === 'finished'
      ? [{ event }, ...(ahead?.ending?.messages ?? [])]
      : [{ event: isExpected && ahead ? withNext(event, ahead.next.decision) : event }];
  const [record] = await Promise.all([
    changeSignIn(parts.store, id, change, messages, parts.config.lifetimes.sign_in),
    settle?.(),
  ]);
  if (isProven && record) parts.relay.soon(signInCollection, id);
  // What is told of a code that was used rides in the person's document.
  if (proof.left !== undefined || proof.temporary) postPerson(visit, person.id);
  if (isProven && isFactor(method) && !proof.temporary) await liftBar(parts.store, person, method);
  if (record?.state === 'finished') await ahead?.ending?.follow();
  return { record, next: record && isExpected && ahead ? { ...ahead.next, record } : undefined };
}

const unspent: SpendInSignIn = (record) => record;

interface Ahead {
  next: Visit;
  /** Of a sign-in that needs nothing more. */
  ending: Ending | undefined;
}

/**
 * How the sign-in goes on with this proof, if nobody changes it meanwhile: what ends it is then one write. Not for
 * what changes the person too: they are to be read anew.
 */
async function lookAhead(
  visit: Visit,
  person: Person,
  proof: NewProof,
): Promise<Ahead | undefined> {
  const { spend = unspent, left, temporary, computer, method } = proof;
  const liftsBar = person.emailBarredSince !== null && isFactor(method);
  if (left !== undefined || temporary || liftsBar) return undefined;
  const spent = spend(visit.record);
  const proven = spent && withProof(visit, spent, person, proof);
  if (!proven || proven === spent) return undefined;
  const next = await goOnWith(visit, proven, person);
  const { decision, record } = next;
  const isEnd = decision.next === 'done' && nextStep(record, decision) === 'finish';
  const ending = isEnd ? await endingOf(next, decision.authentication, computer) : undefined;
  return { next, ending };
}

/** Whoever goes no further has been asked for this: no other event tells it. */
function withNext(event: AuditEvent, decision: Decision): AuditEvent {
  const details = { ...event.details, ...askedFor(decision) };
  return { ...event, reasons: decision.reasons, details };
}

/** But for what is on its way out of it, and that somebody has posted to it. */
function isAsSeen(record: SignInRecord, seen: SignInRecord): boolean {
  const bare = ({ postings: _, posted: _posted, ...rest }: SignInRecord) => rest;
  return isDeepStrictEqual(bare(record), bare(seen));
}

function eventFor(
  visit: Visit,
  person: Person,
  { method, also = [] }: NewProof,
): Parameters<typeof eventOf> extends [Visit, ...infer Rest] ? Rest : never {
  if (!isFactor(method)) {
    const details = also.length > 0 ? { computer: 'trusted' } : {};
    return ['sign-in.password', { person, details }];
  }
  const alone = FACTORS[method].multiFactor ? { alone: identifies(visit, method) } : {};
  return ['sign-in.factor', { person, details: { factor: method, ...alone } }];
}

/** Does it say who this is? A factor that the policy asks for after the password does not. */
function identifies({ decision }: Visit, method: Method): boolean {
  if (!isFactor(method)) return method === 'password';
  return FACTORS[method].multiFactor && decision.next !== 'factor';
}

function withProof(
  visit: Visit,
  record: SignInRecord,
  person: Person,
  { method, key, temporary, also = [], trust = false, left }: NewProof,
): SignInRecord {
  const alone = identifies(visit, method);
  if (!alone && isSomebodyElses(record, person)) return record;
  const before = isOf(visit, record, person)
    ? record
    : { ...record, ...structuredClone(NOTHING_PROVEN) };
  const mayTrust =
    trust && !alone && isFactor(method) && FACTORS[method].mayTrust && daysOfTrust(visit) > 0;
  const proof: Proof = {
    method,
    at: visit.now,
    ...(key ? { key } : {}),
    ...(temporary ? { temporary } : {}),
  };
  return {
    ...before,
    person: { id: person.id, epoch: person.epoch },
    proofs: [...before.proofs, proof, ...also],
    trust: mayTrust ? method : before.trust,
    stage: 'sign-in',
    ...(areFew(person, method, left) ? { newCodes: 'due' } : {}),
  };
}

/** Another tab went on meanwhile: somebody gave another password, or a set-up has its last page to show. */
function isSomebodyElses({ person, stage }: SignInRecord, { id }: Person): boolean {
  return stage === 'enrolled' || (person !== null && person.id !== id);
}

/** What was proven for somebody else, or under an older epoch, is void. */
function isOf({ person: here }: Visit, { person }: SignInRecord, { id, epoch }: Person): boolean {
  const begunBy = person ?? (here?.id === id ? here : undefined);
  return begunBy?.id === id && begunBy.epoch === epoch;
}

/** A new set is a change of a factor: the code must be as strong a proof as any that the person has. */
function areFew(person: Person, method: Method, left: number | undefined): boolean {
  if (left === undefined || left > FEW_CODES || !isFactor(method)) return false;
  return strongestHeld(person).includes(method);
}
