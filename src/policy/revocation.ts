/**
 * THE TABLE of what ends when: cause × what ends. Whatever ends something asks it, and
 * `docs/what-ends.md` is made from it. Pure: who does the ending is in ended-fields.ts (people
 * and organisations), oidc/logout/session-ending.ts (sessions) and operations/clients/update-client.ts (clients).
 */
import { row, type Cells, type Column, type Reach, type Row } from './revocation/what-can-end.ts';
import { DEVICE_CAUSES, SESSION_CAUSES } from './revocation/session-causes.ts';

const EVERYTHING: Cells = ['all', 'all', 'all', 'all', 'all', 'all', 'all', 'all'];
const NOTHING: Cells = ['–', '–', '–', '–', '–', '–', '–', '–'];
const ALL_BUT_HERE: Cells = ['others', 'all', 'all', 'all', 'all', 'all', 'all', 'all'];
/** Consents stay: they open nothing, and another secret of the same owner is no reason to ask again. */
const SECRET_CHANGED: Cells = ['all', 'all', 'all', '–', 'all', 'all', 'all', 'all'];
const SECRET_CHANGED_HERE: Cells = ['others', 'all', 'all', '–', 'all', 'all', 'all', 'all'];
/** Passcodes stay: a mail program holds no factor, and its owner sees every passcode in the list. */
const FACTOR_CHANGED: Cells = ['all', 'all', 'all', '–', 'all', '–', 'all', 'all'];
const FACTOR_CHANGED_HERE: Cells = ['others', 'all', 'all', '–', 'all', '–', 'all', 'all'];
const TRUST_ENDED: Cells = ['resting', 'resting', 'resting', '–', 'all', '–', 'resting', '–'];

/** What is changed in a person’s own document: everything that it ends goes in that one write. */
export const PERSON_CAUSES = {
  'password-changed': row(
    'the password is changed by its owner',
    SECRET_CHANGED_HERE,
    'Whoever knew the old one may have made any of it; the owner stays where they are.',
  ),
  'password-reset': row(
    'the password is set by a link that was mailed to somebody who had forgotten it',
    SECRET_CHANGED,
    'A reset signs nobody in, and whoever reads the mailbox may not be the owner.',
  ),
  'password-set': row(
    'the password is set by a link that the operator handed over',
    SECRET_CHANGED,
    'As with any other reset.',
  ),
  'factor-added': row(
    'a factor is set up',
    FACTOR_CHANGED,
    'From then on a password alone opens nothing, older sessions included; the sign-in goes on with the new factor. Mail programs keep their passcodes.',
  ),
  'factor-replaced': row(
    'an authenticator is replaced',
    FACTOR_CHANGED,
    'What was proven with the old one was perhaps proven by whoever has the old phone.',
  ),
  'factor-removed': row(
    'a factor is removed',
    FACTOR_CHANGED_HERE,
    'What rested on it ends; the owner stays where they are, with proofs that are fresh.',
  ),
  'factors-reset': row(
    'an administrator resets the factors',
    EVERYTHING,
    'Everything was lost, so anything may be in the wrong hands.',
  ),
  'signed-out-everywhere': row(
    'an administrator signs the person out',
    FACTOR_CHANGED,
    'A computer or phone was lost: whoever has it is to have nothing of what is open there.',
  ),
  'email-codes-on': row(
    'codes by email are switched on',
    FACTOR_CHANGED_HERE,
    'A factor is added, from a browser that has just proven the ones before.',
  ),
  'email-codes-off': row(
    'codes by email are switched off',
    FACTOR_CHANGED_HERE,
    'A factor is removed.',
  ),
  'one-time-codes-made': row(
    'new one-time codes are made',
    TRUST_ENDED,
    'The old set may have been seen. Sessions were not opened with it: a use of one is told at once.',
  ),
  'one-time-code-used': row(
    'a one-time code is used',
    TRUST_ENDED,
    'Whoever has to use one has lost something, perhaps the trusted computer.',
  ),
  'address-added': row(
    'a first secondary address is verified',
    NOTHING,
    'Nothing rested on it; it proves nothing before codes by email are switched on.',
  ),
  'address-replaced': row(
    'another secondary address takes the place of a verified one',
    FACTOR_CHANGED_HERE,
    'Codes and links that went to the old one die with it, and what was proven by them.',
  ),
  'address-removed': row(
    'the secondary address is removed',
    FACTOR_CHANGED_HERE,
    'As when another one takes its place.',
  ),
  'mfa-disabled': row(
    'two-step authentication is switched off by its owner',
    FACTOR_CHANGED_HERE,
    'Every factor is removed. Passcodes are no weaker than the password that mail accepts from then on.',
  ),
  'person-tightened': row(
    'more is asked of the person, or a factor or days of trust are taken away',
    TRUST_ENDED,
    'Computers earn their trust anew. A session is judged at every request and a refresh token at every refresh: one that is too weak now is refused.',
  ),
  'person-mfa-off': row(
    'what is asked of the person is the organisation’s to say again',
    TRUST_ENDED,
    'That may be nothing: with no second factor there is nothing to stand in for.',
  ),
  'role-changed': row(
    'the person gets another role',
    EVERYTHING,
    'More rights are not for a session that was opened with less, nor the other way round. A code handed over after a reset ends too.',
  ),
  'locked-down': row(
    'an administrator locks the account down',
    EVERYTHING,
    'Somebody else may be in it. The password goes too; a code handed over after a reset ends as well.',
  ),
  disabled: row(
    'the person is disabled',
    EVERYTHING,
    'Enabling the person again brings nothing of it back. A code handed over after a reset ends too.',
  ),
  enabled: row(
    'the person is enabled again',
    ['–', '–', '–', '–', '–', 'all', '–', '–'],
    'All else ended before. Passcodes have no epoch, and an older version kept those of disabled people.',
  ),
  removed: row('the person is removed', EVERYTHING, 'The subject identifier is never used again.'),
  moved: row(
    'the person is moved to another organisation',
    EVERYTHING,
    'Another organisation says what is asked, and other apps are open to it. A code handed over after a reset ends too.',
  ),
  'group-left': row(
    'the person is taken out of a group that an app is open to',
    ['–', 'shut out', 'shut out', 'shut out', '–', '–', 'shut out', '–'],
    'Put back into it, or into another one that the app is open to, the person gets new ones only. Whoever is in another of those groups, and was all the time, loses nothing.',
  ),
  'mailbox-changed': row(
    'the person gets another mailbox address',
    FACTOR_CHANGED,
    'Links that were mailed to the old one must open nothing, and apps learn the new one by a new sign-in. Mail programs keep their passcodes.',
  ),
  renamed: row(
    'the person gets another login name',
    NOTHING,
    'Nothing rests on it: the subject identifier stays. The old name is nobody’s for 90 days; a mail program that signs in by it has to be told the new one.',
  ),
  'not-me': row(
    'the owner says “This wasn’t me”',
    ALL_BUT_HERE,
    'Whatever somebody else may have made is gone; the owner changes the password next.',
  ),
  restored: row(
    'everything is revoked, as after a restore',
    EVERYTHING,
    'What had ended since the backup is there again, and nobody can tell which. One-time codes, codes after a reset and apps’ own tokens end too.',
  ),
} as const satisfies Record<string, Row>;

/** What is changed in an organisation’s document, for all of its people. */
export const ORGANISATION_CAUSES = {
  'organisation-tightened': row(
    'the organisation asks for more, or takes a factor or days of trust away',
    TRUST_ENDED,
    'As when more is asked of one person.',
  ),
  'organisation-mfa-off': row(
    'the organisation switches two-step authentication off',
    TRUST_ENDED,
    'With no second factor there is nothing to stand in for.',
  ),
  'organisation-narrowed': row(
    'the organisation closes an app to some of its people',
    ['–', 'shut out', 'shut out', 'shut out', '–', '–', 'shut out', '–'],
    'Opened again, it gets new ones only: what was taken away does not come back.',
  ),
} as const satisfies Record<string, Row>;

/** What is changed in a client’s document. */
export const CLIENT_CAUSES = {
  'client-tightened': row(
    'an app asks for more, or accepts trusted computers no longer',
    ['–', 'weaker', 'weaker', '–', '–', '–', 'weaker', '–'],
    'It is that app’s own affair: a session is asked for more there, and computers stay trusted for all others.',
  ),
  'client-narrowed': row(
    'an app is closed to organisations',
    ['–', 'shut out', 'shut out', 'shut out', '–', '–', 'shut out', '–'],
    'Opened again, it gets new ones only: what was taken away does not come back.',
  ),
  'client-distrusted': row(
    'an app becomes a third party’s, loses offline access, or its tokens are to be bound to keys',
    ['–', 'app', 'app', 'app', '–', '–', 'app', '–'],
    'What it holds was given without asking anybody, outlives the session, or opens doors whoever holds it. Its next sign-in gets new ones.',
  ),
  'client-removed': row(
    'an app is removed',
    ['–', 'app', 'app', 'app', '–', '–', 'app', '–'],
    'One that is registered under the same id later is another app.',
  ),
  'client-secret-rotated': row(
    'an app gets another secret',
    NOTHING,
    'The old secret goes on for as long as was said, so that the app can be told; nobody but the app had it.',
  ),
  'client-secret-leaked': row(
    'an app’s secret or key is reported leaked',
    ['–', 'app', 'app', 'app', '–', '–', 'app', '–'],
    'Whoever had it may have had tokens for it, the app’s own included.',
  ),
} as const satisfies Record<string, Row>;

/** What is changed in a resource server’s document. */
export const RESOURCE_CAUSES = {
  'resource-removed': row(
    'a resource server is removed',
    ['–', 'resource', 'resource', '–', '–', '–', '–', '–'],
    'Only one that no app may ask for any more is removed. What was allowed of it is asked for anew, should another one have a scope of that name.',
  ),
} as const satisfies Record<string, Row>;

export const WHAT_ENDS = {
  ...PERSON_CAUSES,
  ...ORGANISATION_CAUSES,
  ...CLIENT_CAUSES,
  ...RESOURCE_CAUSES,
  ...SESSION_CAUSES,
  ...DEVICE_CAUSES,
} as const;

export type Cause = keyof typeof WHAT_ENDS;
export type PersonCause = keyof typeof PERSON_CAUSES;
export type OrganisationCause = keyof typeof ORGANISATION_CAUSES;
export type ClientCause = keyof typeof CLIENT_CAUSES;
export type ResourceCause = keyof typeof RESOURCE_CAUSES;

/** Does the cause end it at all, however far it reaches? */
export function ends(cause: Cause, column: Column): boolean {
  return WHAT_ENDS[cause].ends[column] !== '–';
}

/** Does it end for everybody who has let the app in? */
export function endsForApp(cause: ClientCause, column: Column): boolean {
  const reaches: Reach = WHAT_ENDS[cause].ends[column];
  return reaches === 'app';
}
