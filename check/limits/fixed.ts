/** Limits that are in the code, and no setting. One row each, with the constant itself. */
import { CODES_SHOWN_FOR } from '../../src/operations/installation/first-administrator.ts';
import { MOST_REQUESTS } from '../../src/operations/approvals/standing.ts';
import { REQUEST_LIVES } from '../../src/records/under-way/approval-request.ts';
import { DRAFT_LIFETIME } from '../../src/operations/installation/set-up-draft.ts';
import {
  MOST_FOR_NAME,
  MOST_FOR_PERSON,
  MOST_FROM_CLIENT,
} from '../../src/operations/password/forgotten-password.ts';
import { INVITATION_LIVES } from '../../src/operations/people/security/mail-password-link.ts';
import {
  ATTRIBUTES_BYTES,
  MOST_ATTRIBUTES,
} from '../../src/operations/attributes/attribute-rules.ts';
import { LONGEST_DESCRIPTION } from '../../src/operations/groups/description.ts';
import { MOST_GROUPS } from '../../src/operations/groups/person-groups.ts';
import { LONGEST_ID_TOKEN } from '../../src/policy/claims/id-token-size.ts';
import { MOST_DOMAINS } from '../../src/operations/organisations/organisation-domains.ts';
import {
  LIFETIMES,
  LONGEST_DESCRIPTION as LONGEST_SCOPE_DESCRIPTION,
  LONGEST_IDENTIFIER,
  MOST_SCOPES as MOST_RESOURCE_SCOPES,
} from '../../src/operations/resources/resource-input.ts';
import { LONGEST_ADDRESS } from '../../src/operations/people/names.ts';
import { LONGEST_QUEUE } from '../../src/throttling/hash-turns.ts';
import { LONGEST as LONGEST_PASSWORD } from '../../src/factors/password-rules.ts';
import { REFUSAL_WINDOW } from '../../src/outbox/refusal-windows.ts';
import { LONGEST_TRUST } from '../../src/operations/policy-input.ts';
import { LONGEST_EXTENSION } from '../../src/operations/rollout/extend-grace.ts';
import { MOST_REMINDED } from '../../src/operations/rollout/remind.ts';
import { FORGOTTEN_AFTER } from '../../src/devices/known-computer.ts';
import { MOST_TRUSTED_COMPUTERS } from '../../src/devices/trusted-computer.ts';
import { CAPS } from '../../src/throttling/sending-limits.ts';
import { SEND_AGAIN_AFTER } from '../../src/factors/email-code.ts';
import { VALID_FOR } from '../../src/operations/factors/enrolment-code.ts';
import { ONE_TIME_CODES, FACTORS, MOST_TEMPORARY_USES } from '../../src/policy/factors.ts';
import { FEW_CODES } from '../../src/factors/one-time-codes.ts';
import { TIMEOUT as PASSKEY_TIMEOUT } from '../../src/factors/passkey-options.ts';
import { LONGEST_ANSWER } from '../../src/factors/passkey-answer.ts';
import { DRIFT, STEP, LONGEST_ENCODED, LONGEST_NAME } from '../../src/factors/totp.ts';
import { GIVEN_UP_AFTER, KEPT_FOR as MAILS_KEPT } from '../../src/mail/queue.ts';
import { LARGEST_IMPORT, MOST_LINES } from '../../src/operations/people/import/import-file.ts';
import { MOST_IMPORTS } from '../../src/operations/people/import/import-job.ts';
import { IMPORT_LIVES } from '../../src/records/lists/import-job.ts';
import { MOST_BAD_LINES } from '../../src/records/lists/people-import.ts';
import { MOST_PARTS } from '../../src/web/upload/multipart.ts';
import { LIFETIME as CARRIED_FOR } from '../../src/oidc/authorization/session-transfer.ts';
import { LONGEST_SECRET, SHORTEST_SECRET } from '../../src/operations/clients/brought-secret.ts';
import { LONGEST_OVERLAP, OVERLAP } from '../../src/operations/clients/rotate-secret.ts';
import { MOST_SECRETS } from '../../src/oidc/clients/secrets/secrets.ts';
import {
  ANEW_AFTER,
  FAILED_FOR,
  KEYS_KEPT,
  LARGEST_KEY_SET,
  LONGEST_ASSERTION,
} from '../../src/oidc/clients/key-sets.ts';
import { LONGEST as LONGEST_URI } from '../../src/oidc/clients/client-uri.ts';
import { LARGEST as LARGEST_OUTGOING } from '../../src/oidc/outgoing-fetch.ts';
import { SIGNS_AFTER } from '../../src/policy/keys/signing-keys.ts';
import { REPORT_EVERY } from '../../src/records/keys/process.ts';
import { PATIENCE } from '../../src/oidc/adapters/refresh-adapter.ts';
import { LEEWAY } from '../../src/oidc/adapters/refresh-family.ts';
import { FIRST_LINES, LINES_WINDOW } from '../../src/oidc/authorization/refused-requests.ts';
import {
  LONGEST_PARAMETERS,
  LONGEST_STATE,
  PUSHED_FOR,
  UNTOUCHED_FOR,
} from '../../src/oidc/authorization/request-limits.ts';
import {
  MOST_TOLD_GROUPS,
  MOST_ROLES,
  MOST_SCOPES,
} from '../../src/oidc/clients/registration/client-claims.ts';
import { MOST_REFUSALS, REFUSALS_KEPT } from '../../src/oidc/clients/refusals/client-refusals.ts';
import { MOST_KEYS } from '../../src/oidc/clients/registration/client-keys.ts';
import {
  MOST_APPS,
  MOST_GROUPS_OF_APP,
} from '../../src/operations/organisations/organisation-apps.ts';
import { DEVICE_CODE_LIFETIME } from '../../src/records/under-way/device-code.ts';
import { LONGEST_OWN_CLAIMS, MOST_OWN_CLAIMS } from '../../src/policy/claims/own-claim.ts';
import { LEAST_BITS, MOST_NETWORKS, MOST_PASSCODES } from '../../src/passcodes/passcode.ts';
import { CONFIRM_AFTER, FRESH_PROOF } from '../../src/policy/fresh-proof.ts';
import { LARGEST_BODY as LARGEST_FORM } from '../../src/web/forms.ts';
import { LARGEST_UPLOAD } from '../../src/web/admin/pages/organisations/appearance.ts';
import { MOST_SCANS } from '../../src/branding/pictures/jpeg.ts';
import { LARGEST_PICTURE, LONGEST_SIDE } from '../../src/branding/pictures/picture.ts';
import {
  LONGEST_CONTACT,
  LONGEST_SENDER_NAME,
} from '../../src/operations/organisations/change-branding.ts';
import { LOGO_KEPT_FOR } from '../../src/records/branding/logo.ts';
import { LARGEST_BODY as LARGEST_MAIL_FORM } from '../../src/api/mail-passcode.ts';
import { duration, size, table } from './words.ts';

type Row = readonly [what: string, limit: string, beyond: string];

const MAILS: readonly Row[] = [
  ['codes by email to one account, in each hour of the clock', String(CAPS.account), '429'],
  ['codes by email to one address, in each hour of the clock', String(CAPS.address), '429'],
  [
    'codes by email ordered from one client address, in each hour of the clock',
    String(CAPS.client),
    '429',
  ],
  ['until “Send again” works', duration(SEND_AGAIN_AFTER), '429'],
  [
    'links for a forgotten password for one name, in each hour of the clock',
    String(MOST_FOR_NAME),
    '429, whether or not anybody has it',
  ],
  [
    'such links from one client address, in each hour of the clock',
    String(MOST_FROM_CLIENT),
    '429',
  ],
  [
    'a link that an administrator has mailed to somebody without a password',
    duration(INVITATION_LIVES * 1000),
    'a new one has to be mailed',
  ],
  [
    'such links to one person, in each hour of the clock',
    String(MOST_FOR_PERSON),
    'the same answer, and no mail',
  ],
  [
    'a mail that can’t be handed over is tried for',
    duration(GIVEN_UP_AFTER),
    'it is given up; a code or link earlier, when it expires',
  ],
  [
    'what became of a mail, without what was in it, is kept for',
    duration(MAILS_KEPT),
    'it is forgotten',
  ],
];

const TIMES: readonly Row[] = [
  [
    'a logo that was taken away or replaced can be brought back',
    duration(LOGO_KEPT_FOR),
    'it is gone',
  ],
  [
    'age of the proofs that a change of a factor, code, address or password rests on',
    duration(FRESH_PROOF),
    'they are asked for again',
  ],
  [
    'age of the password, or passkey, with which a set-up begins',
    duration(CONFIRM_AFTER),
    'it is asked for again',
  ],
  [
    'authenticator codes: step, and steps accepted either side',
    `${STEP} s, ${DRIFT}`,
    'told that the clock is wrong, and spent',
  ],
  [
    'an import that was begun in the console, with its file',
    duration(IMPORT_LIVES),
    'it is forgotten; what was done stays',
  ],
  ['a sign-in that nobody has posted to', duration(UNTOUCHED_FOR), 'it begins anew'],
  [
    'a code that a device shows, and what it polls with',
    duration(DEVICE_CODE_LIFETIME * 1000),
    '`expired_token`',
  ],
  ['a pushed authorization request', duration(PUSHED_FOR * 1000), '`invalid_request_uri`'],
  [
    'a refresh token that was rotated gives the same next one again, while that is unused, for',
    duration(LEEWAY),
    '`invalid_grant`, and the whole family ends',
  ],
  [
    'a refresh waits for the one before it with the same token',
    duration(PATIENCE),
    '503, and nothing ends',
  ],
  [
    'what was proven, on its way from an account page to a set-up',
    duration(CARRIED_FOR),
    'it is asked for again',
  ],
  ['the answer of a passkey, in the browser', duration(PASSKEY_TIMEOUT), 'it is asked for again'],
  [
    'what the form of the first administrator said',
    duration(DRAFT_LIFETIME),
    'the form is filled in again',
  ],
  [
    'refusals of one kind, about one person, at one client, from one address block',
    duration(REFUSAL_WINDOW),
    'the first is an event, the further ones are one more with their number',
  ],
  [
    'the old secrets of an app that gets another one go on for, unless told; at most',
    `${duration(OVERLAP)}; ${duration(LONGEST_OVERLAP)}`,
    '`invalid_client`',
  ],
  [
    'an app’s assertion (`private_key_jwt`) is good for',
    duration(LONGEST_ASSERTION * 1000),
    '`invalid_client`; a second time too',
  ],
  [
    'a new signing key stands in the JWKS before it signs for',
    duration(SIGNS_AFTER),
    'the JWKS may be kept for five minutes',
  ],
  [
    'a process reports which encryption keys it has every',
    duration(REPORT_EVERY),
    'keys are not rotated over its head',
  ],
  [
    'a key of an app that signs (`jwks_uri`) is good after it was taken away for',
    duration(KEYS_KEPT),
    `one that is not known has them fetched anew, every ${duration(ANEW_AFTER)} at most`,
  ],
  [
    'a key set that can’t be fetched is not asked for again for',
    duration(FAILED_FOR),
    '`invalid_client`',
  ],
  ['a refusal of an app is kept since it came last for', duration(REFUSALS_KEPT), ''],
  ['sign-ins with a code for today that was handed over', String(MOST_TEMPORARY_USES), 'wrong'],
  [
    'what waits for a second person’s approval, with one person or organisation',
    String(MOST_REQUESTS),
    'one of them has to be decided first',
  ],
  [
    'how long it waits, and an approved reset for its code to be seen',
    duration(REQUEST_LIVES),
    'it has to be asked for again',
  ],
  ['code handed over after a reset', duration(VALID_FOR), 'a new reset'],
  [
    'one-time codes of the first administrator are shown for',
    duration(CODES_SHOWN_FOR),
    'on the account page after a fresh proof',
  ],
  [
    'a computer is known since its last sign-in for',
    duration(FORGOTTEN_AFTER),
    'it is a new one, and mailed',
  ],
];

const NUMBERS: readonly Row[] = [
  ['days for which a computer can be trusted', `0 to ${LONGEST_TRUST}`, 'refused'],
  ['days from now on by which grace can be extended, once', String(LONGEST_EXTENSION), 'refused'],
  [
    'a file of people that is imported in the console; its lines; imports of one administrator that are kept',
    `${size(LARGEST_IMPORT)}; ${MOST_LINES}; ${MOST_IMPORTS}`,
    'refused',
  ],
  ['bad lines of an import that are kept', String(MOST_BAD_LINES), 'the others are counted'],
  ['parts of a form with a file', String(MOST_PARTS), '400'],
  ['people who are reminded at a time', String(MOST_REMINDED), 'the others are left for the next'],
  [
    'trusted computers of a person',
    String(MOST_TRUSTED_COMPUTERS),
    'the least recently used one goes',
  ],
  ['authenticators of a person', String(FACTORS.totp.most), 'refused'],
  ['passkeys of a person', String(FACTORS.passkey.most), 'refused'],
  ['one-time codes of a set; a new set is offered at', `${ONE_TIME_CODES}; ${FEW_CODES}`, ''],
  ['groups of a person', String(MOST_GROUPS), 'refused'],
  [
    'attributes of a person besides the standard ones; all of them together',
    `${MOST_ATTRIBUTES}; ${size(ATTRIBUTES_BYTES)}`,
    'refused',
  ],
  ['characters of a group’s description', String(LONGEST_DESCRIPTION), 'refused'],
  ['public keys that a client authenticates with', String(MOST_KEYS), 'refused'],
  [
    'scopes of a client; groups that it is told of; its roles',
    `${MOST_SCOPES}; ${MOST_TOLD_GROUPS}; ${MOST_ROLES}`,
    'refused',
  ],
  [
    'claims of its own that a client has; all of them together',
    `${MOST_OWN_CLAIMS}; ${LONGEST_OWN_CLAIMS} bytes`,
    'refused',
  ],
  [
    'apps of which an organisation says who may use them; groups of one',
    `${MOST_APPS}; ${MOST_GROUPS_OF_APP}`,
    'refused',
  ],
  [
    'refusals of an app that are kept apart',
    String(MOST_REFUSALS),
    'each reason has its share; of the largest the rarest goes, the made up and the oldest first',
  ],
  ['passcodes of a person; networks of one', `${MOST_PASSCODES}; ${MOST_NETWORKS}`, 'refused'],
  [
    'bits that count of a network of a passcode, IPv4; IPv6',
    `${LEAST_BITS.ipv4}; ${LEAST_BITS.ipv6} at least`,
    'refused',
  ],
  ['characters of a person’s mailbox address', String(LONGEST_ADDRESS), 'refused'],
  ['domains of an organisation', String(MOST_DOMAINS), 'refused'],
  ['an ID token', size(LONGEST_ID_TOKEN), 'groups, then the app’s own claims are at userinfo only'],
  ['characters of a password', String(LONGEST_PASSWORD), 'refused'],
  [
    'a name in an authenticator’s entry; percent-encoded',
    `${LONGEST_NAME}; ${LONGEST_ENCODED}`,
    'the name is cut',
  ],
  ['passwords that wait to be hashed, in one process', String(LONGEST_QUEUE), '503'],
  [
    'secrets of an app that can be used at a time; characters of one that is brought along',
    `${MOST_SECRETS}; ${SHORTEST_SECRET} to ${LONGEST_SECRET}`,
    'refused',
  ],
  ['the parameters of a request, encoded', size(LONGEST_PARAMETERS), '400; sent as a form 413'],
  ['`state` of an authorization request', size(LONGEST_STATE), '`invalid_request` to the app'],
  ['characters of an address of an app', String(LONGEST_URI), 'refused'],
  ['characters of the identifier of a resource server', String(LONGEST_IDENTIFIER), 'refused'],
  ['scopes of a resource server', String(MOST_RESOURCE_SCOPES), 'refused'],
  ['characters of the description of a scope', String(LONGEST_SCOPE_DESCRIPTION), 'refused'],
  [
    'how long an access token for a resource server is valid',
    `${duration(LIFETIMES.least * 1000)} to ${duration(LIFETIMES.opaque * 1000)}; a JWT to ${duration(LIFETIMES.jwt * 1000)}`,
    'refused',
  ],
  [
    `log lines about one client, endpoint and error, in ${duration(LINES_WINDOW)}`,
    String(FIRST_LINES),
    'a line with their number whenever it has doubled',
  ],
  ['the answer of an app that is called', size(LARGEST_OUTGOING), 'the call has failed'],
  ['the key set of an app that signs (`jwks_uri`)', size(LARGEST_KEY_SET), '`invalid_client`'],
  ['a form', size(LARGEST_FORM), '413'],
  ['a form with a logo', size(LARGEST_UPLOAD), '413'],
  ['an organisation’s logo', size(LARGEST_PICTURE), 'refused'],
  ['width and height of an organisation’s logo, pixels', String(LONGEST_SIDE), 'refused'],
  ['scans of a JPEG that is a logo', String(MOST_SCANS), 'refused'],
  ['characters of an organisation’s contact', String(LONGEST_CONTACT), 'refused'],
  ['characters of an organisation’s sender name', String(LONGEST_SENDER_NAME), 'refused'],
  ['a form at `/mail/passcode`', size(LARGEST_MAIL_FORM), '400 `invalid_request`'],
  ['the answer of a passkey', size(LONGEST_ANSWER), '400'],
];

export function fixed(): string {
  const section = (title: string, head: string, rows: readonly Row[]): string =>
    `## ${title}\n\n${table([head, 'Limit', 'Beyond it'], rows)}`;
  return [
    section('Mails', 'What', MAILS),
    section('Times', 'What', TIMES),
    section('Numbers and sizes', 'What', NUMBERS),
  ].join('\n\n');
}
