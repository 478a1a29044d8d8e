/**
 * The end of a sign-in, once: the result is written into its record in one conditional write, and the
 * browser goes back to the authorization request, which is judged again with it.
 */
import type { InteractionResults } from 'oidc-provider';
import type { OutboxMessage } from '../src/outbox/message.ts';
import type { KnownComputer } from '../src/devices/known-computer.ts';
import type { Proof } from '../src/records/proof.ts';
import { SELECT_ACCOUNT } from '../src/oidc/authorization/select-account.ts';
import type { SignInRecord, SignInResult } from '../src/records/sign-in.ts';
import type { Authentication } from '../src/policy/amr.ts';
import { withClient } from '../src/oidc/authorization/interaction-path.ts';
import { newComputerMessages, rememberComputer, trustThisComputer } from './parts/computer.ts';
import { askedFor, changeVisit, eventOf } from './parts/report.ts';
import type { Visit } from './step.ts';

/** Everything required is proven. */
export async function finishSignIn(visit: Visit, stated: Authentication): Promise<string> {
  const { record } = visit;
  // The session's own account was chosen, and nothing was asked of it: it stays as it is.
  if (record.payload.prompt?.name === SELECT_ACCOUNT && !record.person)
    return finish(visit, chosenIn(record));
  const ending = await endingOf(visit, stated);
  const first = (await changeVisit(visit, ending.finished, ending.messages)) !== undefined;
  if (first) await ending.follow();
  return resumePath(visit);
}

/** How a sign-in ends in which everything required is proven; the write that does it may prove the last of it too. */
export interface Ending {
  finished(record: SignInRecord): SignInRecord;
  messages: OutboxMessage[];
  /** What follows once it is written. */
  follow(): Promise<void>;
}

/** `before`: the computer as it was known a moment ago, null for not at all; absent: it is looked up. */
export async function endingOf(
  visit: Visit,
  stated: Authentication,
  before?: KnownComputer | null,
): Promise<Ending> {
  const { record, who, decision } = visit;
  if (!who) throw new Error('A sign-in without a person cannot be finished.');
  const { person } = who;
  const signIn: SignInResult = {
    startedAt: record.startedAt,
    epoch: person.epoch,
    proofs: record.person ? record.proofs : [],
    ...(record.setUp ? { setUp: record.setUp } : {}),
  };
  const { acr, amr, authTime } = stated;
  const { reasons } = decision;
  const proofs = signIn.proofs.map(({ method }) => method).join(' ');
  const details = { acr, amr: amr.join(' '), factor: factorShown(signIn.proofs), proofs };
  const messages = [
    { event: eventOf(visit, 'sign-in.completed', { reasons, details }) },
    ...(record.person ? await newComputerMessages(visit, person, before) : []),
  ];
  const login = { accountId: person.id, acr, amr, ts: authTime };
  const result = { login, signIn, ...chosenIn(record) };
  return {
    finished: (current) => withResult(current, result),
    messages,
    async follow() {
      if (record.person) rememberComputer(visit, person, before);
      if (record.trust) await trustThisComputer(visit, who, record.trust);
    },
  };
}

function chosenIn({ payload }: SignInRecord): InteractionResults {
  return payload.prompt?.name === SELECT_ACCOUNT ? { [SELECT_ACCOUNT]: {} } : {};
}

/** What stood beside the password: a factor, `trusted-computer`, or `none`. */
function factorShown(proofs: readonly Proof[]): string {
  const factor = proofs.findLast(({ method }) => method !== 'password');
  if (factor) return factor.method;
  return proofs.some(({ computer }) => computer !== undefined) ? 'trusted-computer' : 'none';
}

/** Ends the authorization request with an OAuth error (RFC 6749 §4.1.2.1). */
export async function finishWithError(
  visit: Visit,
  error: string,
  description: string,
): Promise<string> {
  const reasons = [description, ...visit.decision.reasons];
  const details = askedFor(visit.decision);
  const event = eventOf(visit, 'sign-in.refused', { outcome: 'refused', reasons, details });
  const { path, first } = await end(visit, { error, error_description: description }, []);
  // Whoever opens a sign-in can cancel it, as often as they like.
  if (first) await visit.parts.relay.refuse(event);
  return path;
}

/** Ends a prompt of the library other than `login`. */
export async function finish(visit: Visit, result: InteractionResults): Promise<string> {
  const { path } = await end(visit, result, []);
  return path;
}

/**
 * Answers where the browser goes now. A sign-in that was finished in another tab meanwhile leads to
 * the same place: whichever tab arrives first takes the result.
 */
async function end(
  visit: Visit,
  result: InteractionResults,
  messages: readonly OutboxMessage[],
): Promise<{ path: string; first: boolean }> {
  const finished = (record: SignInRecord): SignInRecord => withResult(record, result);
  const first = (await changeVisit(visit, finished, messages)) !== undefined;
  return { path: resumePath(visit), first };
}

function withResult(record: SignInRecord, result: InteractionResults): SignInRecord {
  const before = 'error' in result ? {} : record.payload.lastSubmission;
  const payload = { ...record.payload, result: { ...before, ...result } };
  return { ...record, state: 'finished', payload };
}

/** Where the authorization request goes on. */
export function resumePath({ parts, uid, client, record }: Visit): string {
  const route = record.payload['deviceCode'] === undefined ? 'resume' : 'device_resume';
  return withClient(parts.provider.pathFor(route, { uid }), client.id);
}
