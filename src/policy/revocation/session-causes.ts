/** Rows of the table of what ends when: causes that reach sessions, trusted computers or passcodes, not the person's document. */
import { row, type Row } from './what-can-end.ts';

/** What ends a session, and what an app holds through one. */
export const SESSION_CAUSES = {
  'session-ended': row(
    'a session is signed out on the account page',
    ['own', 'own', 'own', '–', '–', '–', 'own', '–'],
    'Whoever signs a lost computer out means all of it, offline access included.',
  ),
  'other-sessions-ended': row(
    'all other sessions are signed out on the account page',
    ['others', 'others', 'others', '–', '–', '–', 'others', '–'],
    'The same, for each of them.',
  ),
  'signed-out': row(
    'somebody signs out, or somebody else signs in at the browser',
    ['own', 'own', '–', '–', '–', '–', 'own', '–'],
    'Offline access is asked for to outlive the session (OpenID Connect Core §11); it is taken away on the account page.',
  ),
  'app-left': row(
    'somebody signs out of one app only, and stays signed in here',
    ['–', 'app', '–', '–', '–', '–', 'app', '–'],
    'As if signed out, for that app in that session.',
  ),
  idle: row(
    'a session has not been used for too long',
    ['own', 'own', '–', '–', '–', '–', 'own', '–'],
    'As when somebody signs out.',
  ),
  'too-old': row(
    'a session has lasted for too long, however much it is used',
    ['own', 'own', '–', '–', '–', '–', 'own', '–'],
    'As when somebody signs out.',
  ),
  'consent-withdrawn': row(
    'an app’s access is withdrawn on the account page',
    ['–', 'app', 'app', 'app', '–', '–', 'app', '–'],
    'In every session of the person, and beyond them.',
  ),
} as const satisfies Record<string, Row>;

/** What ends the trust in a computer, or one passcode, and nothing else of the person’s. */
export const DEVICE_CAUSES = {
  'trust-revoked': row(
    'the trust in one computer is revoked',
    ['resting', 'resting', 'resting', '–', 'own', '–', 'resting', '–'],
    'Tokens are as good as the trust that they rest on. Sessions there ask for the factor.',
  ),
  'other-trust-revoked': row(
    'the trust in all other computers is revoked',
    ['resting', 'native', 'native', '–', 'others', '–', 'native', '–'],
    'Somebody has lost a device: what is on it may be an app.',
  ),
  'trust-expired': row(
    'the days of trust are over',
    ['resting', 'resting', 'resting', '–', 'own', '–', 'resting', '–'],
    'Trust was given for so long and no longer.',
  ),
  'trust-stolen': row(
    'a computer’s old token comes again',
    ['resting', 'resting', 'resting', '–', 'own', '–', 'resting', '–'],
    'Two have it, and one of them has stolen it.',
  ),
  'passcode-revoked': row(
    'a passcode is revoked',
    ['–', '–', '–', '–', '–', 'own', '–', '–'],
    'Each mail program has its own.',
  ),
} as const satisfies Record<string, Row>;

export type SessionCause = keyof typeof SESSION_CAUSES;
export type DeviceCause = keyof typeof DEVICE_CAUSES;
