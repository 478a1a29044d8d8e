/**
 * TOTP (RFC 6238): SHA-1, six digits, steps of 30 s, one step of drift either side (§5.2), 160-bit
 * secrets. A step is accepted once for each authenticator, and accepting it refuses all before it.
 */
import { randomBytes } from 'node:crypto';
import { generateSecret, generateSync, generateURI } from 'otplib';
import type { Authenticator, RetiredAuthenticator } from '../records/person.ts';
import { constantTimeEqual } from '../secrets/constant-time-equal.ts';
import type { Vault } from '../secrets/vault.ts';
import { totpStepsCollection, type TotpSteps } from '../records/factors/totp-steps.ts';
import { DamagedDocument, type Change, type Store } from '../storage/store.ts';
import { typedCode } from '../text/typed-code.ts';

/** Seconds. */
export const STEP = 30;
/** Steps either side that are accepted. */
export const DRIFT = 1;
/** Steps either side that are recognised, to say that a phone's clock is wrong: five minutes. */
const RECOGNISED = 10;
/** Accepted steps that are remembered, should it turn out that the clock was ahead. */
const REMEMBERED = 10;

export type TotpVerdict =
  | { verdict: 'accepted'; authenticator: string }
  | { verdict: 'used' }
  /** `seconds`: how far the phone's clock is off, about. */
  | { verdict: 'slow' | 'fast'; seconds: number }
  /** A code of an entry that no longer counts, added at `createdAt` (milliseconds). */
  | { verdict: 'old-entry'; createdAt: number }
  | { verdict: 'wrong' };

/** A new secret, sealed; the plain one is read back with `openSecret` while the set-up shows it. */
export async function newAuthenticator(vault: Vault, now: number): Promise<Authenticator> {
  const id = randomBytes(12).toString('base64url');
  const secret = generateSecret({ length: 20 });
  return { id, secret: await vault.seal('totp', id, secret), createdAt: now };
}

/** The base32 secret of an authenticator. */
export async function openSecret(vault: Vault, authenticator: Authenticator): Promise<string> {
  return vault.open('totp', authenticator.id, authenticator.secret);
}

/** None of one whose seal is broken: no code is right there, and the others count. The vault has told of it. */
async function secretOf(vault: Vault, authenticator: Authenticator): Promise<string | undefined> {
  try {
    return await openSecret(vault, authenticator);
  } catch (error) {
    if (error instanceof DamagedDocument) return undefined;
    throw error;
  }
}

/** How the entry is called in the app; `issuer`: whose account it is. */
export interface EntryNames {
  issuer: string;
  account: string;
}

/** Characters of a name in the QR code: a longer one makes a code that cameras can't read. */
export const LONGEST_NAME = 64;
/** The same as the address has it, percent-encoded: a Chinese character takes nine, an emoji twelve. */
export const LONGEST_ENCODED = 144;

/**
 * The names as apps can take them. In the label a colon stands between the two (Key URI Format); some
 * apps decode first and split at the first or last one, so none may be in a name, encoded or not.
 */
export function entryNames({ issuer, account }: EntryNames): EntryNames {
  return { issuer: entryName(issuer), account: entryName(account) };
}

function entryName(name: string): string {
  const plain = name
    .replaceAll(/\s*:(?=\s)/gu, ' -')
    .replaceAll(':', '-')
    .trim();
  if (fits(plain)) return plain;
  const characters = [...plain].slice(0, LONGEST_NAME - 1);
  while (!fits(`${characters.join('')}…`)) characters.pop();
  return `${characters.join('')}…`;
}

function fits(name: string): boolean {
  return [...name].length <= LONGEST_NAME && encodeURIComponent(name).length <= LONGEST_ENCODED;
}

/** The `otpauth:` address that the QR code carries; of names out of `entryNames`. */
export function keyUri({ issuer, account }: EntryNames, secret: string): string {
  return generateURI({ issuer, label: account, secret });
}

/** What was typed, if it can be a code of six digits. */
export function sixDigits(text: string): string | undefined {
  const digits = typedCode(text);
  return /^[0-9]{6}$/u.test(digits) ? digits : undefined;
}

/** Seconds into the present step, 0 to 29. */
export function secondOfStep(now: number): number {
  return Math.floor(now / 1000) % STEP;
}

/**
 * Checks a code against the person's authenticators and spends what it recognises, in one
 * conditional write for each authenticator: of two uses of one code, one is accepted.
 */
export async function verifyTotp(
  parts: { store: Pick<Store, 'update'>; vault: Vault },
  held: { live: readonly Authenticator[]; retired: readonly RetiredAuthenticator[] },
  code: string,
  now: number,
): Promise<TotpVerdict> {
  const present = Math.floor(now / 1000 / STEP);
  for (const authenticator of held.live) {
    const step = findStep(await secretOf(parts.vault, authenticator), code, present);
    if (step !== undefined) return spend(parts.store, authenticator, step, present);
  }
  for (const authenticator of held.retired) {
    const step = findStep(await secretOf(parts.vault, authenticator), code, present);
    if (step !== undefined) return { verdict: 'old-entry', createdAt: authenticator.createdAt };
  }
  return { verdict: 'wrong' };
}

/** The step whose code this is, nearest to the present first; the scan does not end early on a match's digits. */
function findStep(secret: string | undefined, code: string, present: number): number | undefined {
  if (secret === undefined) return undefined;
  for (let distance = 0; distance <= RECOGNISED; distance += 1) {
    for (const step of new Set([present - distance, present + distance])) {
      if (constantTimeEqual(codeAt(secret, step), code)) return step;
    }
  }
  return undefined;
}

function codeAt(secret: string, step: number): string {
  return generateSync({ secret, epoch: step * STEP });
}

async function spend(
  store: Pick<Store, 'update'>,
  authenticator: Authenticator,
  step: number,
  present: number,
): Promise<TotpVerdict> {
  const inWindow = Math.abs(step - present) <= DRIFT;
  return store.update(
    totpStepsCollection,
    authenticator.id,
    (current): Change<TotpSteps, TotpVerdict> => {
      const { last, burned, before } = asOf(current, present);
      if (step <= last || burned.includes(step)) return { result: { verdict: 'used' } };
      if (inWindow) {
        const later = burned.filter((other) => other > step);
        const accepted: TotpVerdict = { verdict: 'accepted', authenticator: authenticator.id };
        const newest = last === -Infinity ? before : [...before, last].slice(-REMEMBERED);
        return { put: { last: step, burned: later, before: newest }, result: accepted };
      }
      // Naming a code that is too early must not hand out one that will be valid soon.
      const drift = (step - present) * STEP;
      const verdict = drift < 0 ? 'slow' : 'fast';
      const spent = [...burned, step].slice(-4 * RECOGNISED);
      return {
        put: { last: Math.max(last, 0), burned: spent, before },
        result: { verdict, seconds: Math.abs(drift) },
      };
    },
  );
}

/**
 * What was accepted, as far as it can have been by now. A clock that was ahead has left steps that are still to
 * come: they are spent, and must not lock their owner out until then.
 */
function asOf(current: TotpSteps | undefined, present: number): Required<TotpSteps> {
  const { last, burned, before } = current ?? { last: -Infinity, burned: [], before: [] };
  if (!before || last <= present + DRIFT) return { last, burned, before: before ?? [] };
  const accepted = [...before, last];
  const past = accepted.filter((step) => step <= present + DRIFT);
  const toCome = accepted.filter((step) => step > present + DRIFT);
  return {
    last: past.at(-1) ?? -Infinity,
    burned: [...burned, ...toCome],
    before: past.slice(0, -1),
  };
}
