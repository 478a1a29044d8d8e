/**
 * Setting up an authenticator app: a pending secret that is nothing until a code of it is shown.
 * Activation is a compare-and-swap on the pending secret's id, so that a refreshed or finished
 * set-up in another tab can't be activated twice, and a live factor is never touched before.
 */
import { FACTORS } from '../../policy/factors.ts';
import { retire } from '../../policy/retired-authenticators.ts';
import { changePerson, type Authenticator, type Person } from '../../records/person.ts';
import type { OutboxMessage } from '../../outbox/message.ts';
import { CODE_RULE, returnAttempt, takeAttempt, type NotTaken } from '../../throttling/attempts.ts';
import { activateFactor, type EnrolmentParts } from './enrolment.ts';
import { newAuthenticator, verifyTotp, type TotpVerdict } from '../../factors/totp.ts';

/**
 * The pending authenticator of a person of that epoch: the same one on every visit of that browser, a new
 * one on `refresh` and in another browser (the old one is dead then), as somebody else may have scanned
 * what another browser showed. `undefined` when the person has changed since.
 */
export async function pendingAuthenticator(
  { store, vault }: EnrolmentParts,
  who: { id: string; epoch: number; browser: string },
  refresh: boolean,
  now: number,
): Promise<Authenticator | undefined> {
  const fresh = { ...(await newAuthenticator(vault, now)), browser: who.browser };
  return changePerson(store, who.id, (person) => {
    if (person.epoch !== who.epoch) return { result: undefined };
    const pending = person.pendingAuthenticator;
    if (pending?.browser === who.browser && !refresh) return { result: pending };
    const retiredAuthenticators = retire(person.retiredAuthenticators, pending, now);
    return { set: { pendingAuthenticator: fresh, retiredAuthenticators }, result: fresh };
  });
}

export type Activation =
  | NotTaken
  | Exclude<TotpVerdict, { verdict: 'accepted' }>
  | { verdict: 'replaced' }
  | { verdict: 'accepted'; newCodes: boolean };

/**
 * Proves the pending authenticator `pendingId` with a code of it. `accepted` has activated it in the
 * place of the one that it replaces, if any, and ended everything issued to the person, in one write. `replaced`: another set-up has taken its place.
 */
export async function activateAuthenticator(
  parts: EnrolmentParts,
  who: { id: string; epoch: number; counter: string },
  proof: { pendingId: string; code: string; name?: string; replaces?: string | undefined },
  messages: readonly OutboxMessage[],
  now: number,
): Promise<Activation> {
  const person = await changePerson(parts.store, who.id, (found) => ({ result: found }));
  const pending = person.pendingAuthenticator;
  if (pending?.id !== proof.pendingId) return { verdict: 'replaced' };

  const taken = await takeAttempt(parts.store, who.counter, CODE_RULE, now);
  if (!taken.taken) return taken;
  const held = { live: [pending], retired: person.retiredAuthenticators };
  const verdict = await verifyTotp(parts, held, proof.code, now);
  if (verdict.verdict !== 'accepted') return verdict;

  const activated = await activateFactor(
    parts,
    who.id,
    (current) =>
      current.epoch === who.epoch && current.pendingAuthenticator?.id === pending.id
        ? withAuthenticator(current, proven(pending, proof.name), proof.replaces, now)
        : undefined,
    messages,
    now,
    proof.replaces === undefined ? 'factor-added' : 'factor-replaced',
  );
  if (!activated) return { verdict: 'replaced' };
  // A new authenticator proves nothing of what was guessed at before: earlier failures stay.
  await returnAttempt(parts.store, who.counter, taken.failures);
  return { verdict: 'accepted', ...activated };
}

function proven({ browser: _, ...authenticator }: Authenticator, name = ''): Authenticator {
  return { ...authenticator, name };
}

function withAuthenticator(
  { authenticators, retiredAuthenticators }: Person,
  added: Authenticator,
  replaces: string | undefined,
  now: number,
): Partial<Person> | undefined {
  const replaced = authenticators.find(({ id }) => id === replaces);
  if (!replaced && authenticators.length >= FACTORS.totp.most) return undefined;
  const kept = authenticators.filter(({ id }) => id !== replaced?.id);
  return {
    authenticators: [...kept, { ...added, name: added.name || replaced?.name || '' }],
    pendingAuthenticator: null,
    ...(replaced ? { retiredAuthenticators: retire(retiredAuthenticators, replaced, now) } : {}),
  };
}
