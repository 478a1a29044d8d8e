/** Setting up codes by mail inside a sign-in: the code that was mailed verifies the address and switches them on. */
import type { Performed } from '../../audit/performed.ts';
import { compareEmailCode, type EmailCodeVerdict } from '../../factors/email-code.ts';
import { spendEmailCode } from '../../factors/spend-email-code.ts';
import type { Person } from '../../records/person.ts';
import type { Attempted } from '../../throttling/attempt.ts';
import type { Counted } from '../../throttling/attempts.ts';
import {
  activateFactor,
  checkMayActivate,
  type Activated,
  type ActivationParts,
} from './activate-factor.ts';
import { trySetUpCode, type SetUpTryParts } from './try-set-up-code.ts';

export type EmailCodesTry =
  | { verdict: 'accepted'; /** Absent: the account was changed meanwhile. */ activated?: Activated }
  | Exclude<EmailCodeVerdict, { verdict: 'accepted' }>;

/**
 * `signIn`: id of the one in the store that the code was sent for; `code`: six digits. Throws the Problems
 * of `permission`.
 */
export async function activateEmailCodes(
  parts: ActivationParts & SetUpTryParts,
  performed: Performed,
  { person, counted }: { person: Person; counted: Counted },
  { signIn, code }: { signIn: string; code: string },
): Promise<Attempted<EmailCodesTry>> {
  await checkMayActivate(parts, performed, person);
  const isCode = compareEmailCode(parts.vault, signIn, code);
  const compare = async (): Promise<EmailCodesTry> => {
    const verdict = await spendEmailCode(parts.store, signIn, { isCode, now: performed.now });
    if (verdict.verdict !== 'accepted') return verdict;
    const activated = await activate(parts, performed, person, verdict.address);
    return { verdict: 'accepted', ...(activated.ok ? { activated: activated.value } : {}) };
  };
  return trySetUpCode(parts, performed, person, { factor: 'email-code', counted, compare });
}

/** A verified address that is replaced is told as well, and so is the one that replaces it. */
function activate(
  parts: ActivationParts,
  performed: Performed,
  person: Person,
  address: string,
): ReturnType<typeof activateFactor> {
  const before = person.secondaryEmail?.verifiedAt ? person.secondaryEmail.address : address;
  const { now } = performed;
  return activateFactor(parts, performed, person, {
    factor: 'email-code',
    fields: () => ({ secondaryEmail: { address, verifiedAt: now }, emailMfaSince: now }),
    alsoTo: before === address ? [] : [before, address],
  });
}
