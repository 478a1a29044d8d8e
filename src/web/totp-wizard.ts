/** The pages of the authenticator set-up, shared by the sign-in and the making of the first administrator. */
import type { Authenticator } from '../records/person.ts';
import { entryNames, keyUri, openSecret, secondOfStep, type EntryNames } from '../factors/totp.ts';
import type { Vault } from '../secrets/vault.ts';
import { inGroups } from '../text/typed-code.ts';
import type { Notice } from './pages.ts';

/** Path segments of the wizard, in order; the first one is the step's own path. */
const PAGES = ['', 'install', 'scan', 'code'] as const;

const TEMPLATES: Readonly<Record<string, string>> = {
  '': 'interactions/totp-enrol-begin',
  install: 'interactions/totp-enrol-install',
};

export interface WizardPage {
  show: string;
  context: Readonly<Record<string, unknown>>;
}

/** Where "Next" and "Previous" lead from a page; anything else stays. */
export function turnPage(from: string, go: string): string {
  const at = Math.max(
    0,
    PAGES.findIndex((page) => page === from),
  );
  const step = go === 'next' ? 1 : go === 'previous' ? -1 : 0;
  return PAGES[Math.min(Math.max(0, at + step), PAGES.length - 1)] ?? '';
}

/**
 * What the sign-in adds to the pages: other factors to set up instead, days left to postpone (0: none),
 * whether the new authenticator is given a name (`null`: it isn't), whether there are factors already,
 * whether its person has asked for it, and what "Previous" on the first page sends.
 */
export interface Alternatives {
  others: readonly { factor: string; href: string }[];
  postpone: number;
  named: string | null;
  /** Beside what the person has, or in the place of one of that; `''`: it is the first factor. */
  adding: '' | 'another' | 'replacement';
  voluntary: boolean;
  previous: string;
}
const NONE: Alternatives = {
  others: [],
  postpone: 0,
  named: null,
  adding: '',
  voluntary: false,
  previous: 'cancel',
};

/** A page that needs no secret: `''` or `install`; an unknown name is the first one. */
export function plainPage(
  name: string,
  purpose: 'sign-in' | 'set-up',
  alternatives: Alternatives = NONE,
): WizardPage {
  const show = TEMPLATES[name] ?? 'interactions/totp-enrol-begin';
  return { show, context: { purpose, ...alternatives } };
}

/** QR code, its address for the app on the same device, and secret; and the names of the entry as the app will show them. */
export async function scanPage(
  vault: Vault,
  pending: Authenticator,
  given: EntryNames,
  purpose: 'sign-in' | 'set-up',
  alternatives: Alternatives = NONE,
): Promise<WizardPage> {
  const secret = await openSecret(vault, pending);
  const names = entryNames(given);
  const uri = keyUri(names, secret);
  const { default: QRCode } = await import('qrcode');
  const qr = await QRCode.toString(uri, {
    type: 'svg',
    margin: 2,
    errorCorrectionLevel: 'M',
  });
  const context = {
    purpose,
    ...alternatives,
    qr,
    uri,
    secret: inGroups(secret, 4, ' '),
    pendingId: pending.id,
    account: names.account,
    issuerName: names.issuer,
  };
  return { show: 'interactions/totp-enrol-scan', context };
}

/** Of what was submitted, as a whole and at its fields. */
export interface Said {
  problem: Notice | null;
  errors: Readonly<Record<string, string>>;
}

export function codePage(
  pendingId: string,
  said: Said,
  purpose: 'sign-in' | 'set-up',
  now: number,
  alternatives: Alternatives = NONE,
): WizardPage {
  const second = secondOfStep(now);
  const context = { purpose, pendingId, ...said, second, ...alternatives };
  return { show: 'interactions/totp-enrol-code', context };
}
