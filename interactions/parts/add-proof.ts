/**
 * The one way that a proof gets into a sign-in: with its event, in one conditional write of the record.
 * What says by itself who somebody is (the password, a passkey alone) begins anew for somebody else;
 * a second factor of somebody else is no proof here.
 */
import { liftBar } from '../../src/operations/factors/email-codes.ts';
import { strongestHeld } from '../../src/policy/assurance.ts';
import { FACTORS } from '../../src/policy/factors.ts';
import { isFactor } from '../../src/policy/fresh-proof.ts';
import { FEW_CODES } from '../../src/factors/one-time-codes.ts';
import type { SpendInSignIn } from '../../src/factors/spend-email-code.ts';
import type { Person } from '../../src/records/person.ts';
import type { Method, Proof } from '../../src/records/proof.ts';
import {
  changeSignIn,
  NOTHING_PROVEN,
  signInCollection,
  type SignInRecord,
} from '../../src/records/sign-in.ts';
import { daysOfTrust } from './computer.ts';
import { eventOf, postPerson } from './report.ts';
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
}

/** The record afterwards; undefined: the sign-in is no longer open. */
export async function addProof(
  visit: Visit,
  person: Person,
  proof: NewProof,
): Promise<SignInRecord | undefined> {
  const { parts, id } = visit;
  const { spend = (record: SignInRecord) => record, method } = proof;
  let isProven = false;
  const change = (record: SignInRecord): SignInRecord => {
    const spent = spend(record);
    isProven = spent !== undefined;
    return spent ? withProof(visit, spent, person, proof) : record;
  };
  const changed = await changeSignIn(parts.store, id, change, [
    { event: eventOf(visit, ...eventFor(visit, person, proof)) },
  ]);
  if (isProven && changed) parts.relay.soon(signInCollection, id);
  // What is told of a code that was used rides in the person's document.
  if (proof.left !== undefined || proof.temporary) postPerson(visit, person.id);
  if (isProven && isFactor(method) && !proof.temporary) await liftBar(parts.store, person, method);
  return changed;
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
