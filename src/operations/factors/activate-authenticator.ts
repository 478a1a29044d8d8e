/**
 * Setting up an authenticator app: a pending secret that is nothing until a code of it is shown.
 * Activation is a compare-and-swap on the pending secret's id, so that a refreshed or finished
 * set-up in another tab can't be activated twice, and a live factor is never touched before.
 */
import { FACTORS } from '../../policy/factors.ts';
import { retire } from '../../policy/retired-authenticators.ts';
import { changePerson, type Authenticator, type Person } from '../../records/person.ts';
import type { Attempted } from '../../throttling/attempt.ts';
import type { Counted } from '../../throttling/attempts.ts';
import type { Performed } from '../../audit/performed.ts';
import { activateFactor, checkMayActivate, type ActivationParts } from './activate-factor.ts';
import { recordRefusedCode, trySetUpCode, type SetUpTryParts } from './try-set-up-code.ts';
import { newAuthenticator, verifyTotp, type TotpVerdict } from '../../factors/totp.ts';

/**
 * The pending authenticator of a person of that epoch: the same one on every visit of that browser, a new
 * one on `refresh` and in another browser (the old one is dead then), as somebody else may have scanned
 * what another browser showed. `undefined` when the person has changed since.
 */
export async function pendingAuthenticator(
  { store, vault }: Pick<ActivationParts, 'store' | 'vault'>,
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

export type AuthenticatorTry =
  | { verdict: 'accepted'; newCodes: boolean }
  | Exclude<TotpVerdict, { verdict: 'accepted' }>
  /** Another set-up has taken its place, or the person was changed. */
  | { verdict: 'replaced' };

/**
 * Proves the pending authenticator `pendingId` with a code of it. `accepted` has activated it in the
 * place of the one that it replaces, if any, and ended everything issued to the person, in one write.
 * `person`: as read, of the epoch that the set-up belongs to. Throws the Problems of `permission`.
 */
export async function activateAuthenticator(
  parts: ActivationParts & SetUpTryParts,
  performed: Performed,
  { person, counted }: { person: Person; counted: Counted },
  given: { pendingId: string; code: string; name?: string; replaces?: string | undefined },
): Promise<Attempted<AuthenticatorTry>> {
  await checkMayActivate(parts, performed, person);
  const { pendingAuthenticator: pending, retiredAuthenticators: retired } = await changePerson(
    parts.store,
    person.id,
    (found) => ({ result: found }),
  );
  if (pending?.id !== given.pendingId) {
    await recordRefusedCode(parts, performed, person, { factor: 'totp', reason: 'code-replaced' });
    return { refused: [{ verdict: 'replaced' }] };
  }
  const compare = async (): Promise<AuthenticatorTry> => {
    const held = { live: [pending], retired };
    const verdict = await verifyTotp(parts, held, given.code, performed.now);
    if (verdict.verdict !== 'accepted') return verdict;
    const activated = await activate(parts, performed, person, pending, given);
    return activated.ok
      ? { verdict: 'accepted', newCodes: activated.value.newCodes }
      : { verdict: 'replaced' };
  };
  return trySetUpCode(parts, performed, person, { factor: 'totp', counted, compare });
}

function activate(
  parts: ActivationParts,
  performed: Performed,
  person: Person,
  pending: Authenticator,
  { name, replaces }: { name?: string; replaces?: string | undefined },
): ReturnType<typeof activateFactor> {
  const added = proven(pending, name);
  return activateFactor(parts, performed, person, {
    factor: 'totp',
    fields: (current) =>
      current.pendingAuthenticator?.id === pending.id
        ? withAuthenticator(current, added, replaces, performed.now)
        : undefined,
    cause: replaces === undefined ? 'factor-added' : 'factor-replaced',
  });
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
