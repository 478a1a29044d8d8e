/** `docs/audit-events.md`: what is recorded (src/audit/event.ts). */
import { EVENT_TYPES, type EventType } from '../../src/audit/event.ts';

/** One sentence each; a type that is missing here fails the check of types. */
const WHAT: Readonly<Record<EventType, string>> = {
  'sign-in.password': 'A password was entered.',
  'sign-in.factor':
    'A second factor was entered; `factor` says which, `asked` of a wrong one on whose page; why one was asked for comes after what was wrong.',
  'sign-in.completed': 'Somebody was signed in to an app; `acr` and `client` say how and to which.',
  'sign-in.refused': 'A sign-in could not go on; the reason says why.',
  'sign-in.postponed': 'The set-up of a second factor was put off until the grace date.',
  'sign-out': 'Somebody signed out.',
  'session.ended': 'A session was ended from the account page.',
  'access.allowed': 'Somebody let an app know what it had asked for.',
  'access.withdrawn': 'Somebody took that back.',
  'device.allowed':
    'Somebody signed in for a device; `client` says to which app, `device_address` where the device had asked from.',
  'logout.failed': 'An app could not be told that a session has ended.',
  'code.sent': 'A code was mailed; `reference` is on the page and in the mail.',
  'code.refused': 'A code was not mailed, as too many were.',
  'factor.enrolled': 'A second factor was set up.',
  'factor.renamed': 'A second factor got another name.',
  'factor.removed': 'A second factor was removed by its owner.',
  'mfa.disabled': 'Two-step authentication was switched off by its owner.',
  'factors.reset':
    'An administrator took all second factors away and handed over a code to enrol anew.',
  'temporary-code.made':
    'Somebody who looks after them handed over a code that signs in today; `until` says until when (milliseconds).',
  'temporary-code.used': 'It was used to sign in.',
  'one-time-codes.made': 'New one-time codes were made; the old ones ended.',
  'one-time-codes.viewed': 'The one-time codes were looked at.',
  'one-time-code.used': 'A one-time code was used; `left` says how many are left.',
  'computer.trusted': 'A computer is trusted from now on.',
  'computer.renamed': 'A trusted computer was given a name.',
  'computer.revoked': 'The trust in one or all computers was taken back.',
  'computer.theft':
    'A trusted computer’s cookie was presented that had been replaced: the trust ended.',
  'computer.new': 'Somebody signed in from a computer that was not known; they were mailed.',
  'attempts.suspended': 'Six-digit codes are suspended after too many wrong ones.',
  'attempts.unlocked': 'An administrator lifted the delays and the suspension.',
  'attempts.spray': 'Many wrong passwords or secrets came from one address.',
  'passcode.made': 'An application code was made for a mail program.',
  'passcode.revoked': 'An application code was revoked.',
  'passcode.refused': 'The mail server was told no for a code.',
  'passcode.shared':
    'One application code was in use by two different programs at once; its owner was mailed.',
  'password.set': 'A password was set by a link.',
  'password.changed': 'A password was changed by its owner.',
  'password.link': 'A link to set a password was made or mailed.',
  'address.verified': 'A second address was verified.',
  'address.removed': 'A second address was removed.',
  'person.added': 'A person was added.',
  'person.changed':
    'A person, or what is asked of them, was changed; old and new values are in the details.',
  'person.grace-extended':
    'The day was put off from which a second factor is required of a person, with the reason.',
  'person.reminded': 'A person was mailed to set up a second factor.',
  'person.disabled': 'A person was disabled: everything ended at once.',
  'person.locked-down':
    'An account was locked down: everything ended at once, and the password is gone; `active`: it is not disabled.',
  'person.deletion-ordered': 'A person was shut out, to be removed in seven days.',
  'person.removed': 'A person was removed for good.',
  'approval.asked':
    'Somebody asked for what a second person has to approve; `what` (and `role`) says what.',
  'approval.given': 'A second person approved it; `asked_by` says who had asked.',
  'approval.refused': 'It was refused by somebody else, or taken back by who had asked.',
  'approval.code-seen':
    'Who had asked for a reset, or a code for today, that was approved saw the code to hand over.',
  'organisation.added': 'An organisation was added.',
  'organisation.changed': 'What an organisation asks of its people was changed.',
  'organisation.removed': 'An organisation without people was removed.',
  'group.added': 'A group was added.',
  'group.changed': 'A group got another name or description; who is in it is told of each person.',
  'group.removed': 'A group was removed: its id counts for nothing any more.',
  'resource.added': 'A resource server was registered.',
  'resource.changed': 'The scopes or access tokens of a resource server were changed.',
  'resource.removed': 'A resource server was removed.',
  'client.added': 'An app was registered.',
  'client.changed': 'An app, or whom it is open to, was changed.',
  'client.removed': 'An app was removed: its tokens ended.',
  'client.secret-rotated': 'An app got another secret.',
  'client.secret-removed': 'One of an app’s secrets was ended.',
  'mail.tested': 'An administrator had a mail sent to themselves, to try the mail server.',
  'key.rotated':
    'A new key was made to sign (`kind`: `signing`), or to encrypt and hash (`encryption`); `automatic`: as its time had come.',
  'key.retired': 'A key was taken away: what was made with it counts no more. `leaked`: at once.',
  'key.resealed': 'What was sealed with older encryption keys was sealed with the active one.',
  'store.restored': 'The store was made anew from a backup.',
  'everything.revoked': 'The operator signed everybody out everywhere.',
  'everything.ended': 'Somebody said “This wasn’t me”: everything of theirs ended.',
};

const HEAD = `# Audit events

<!-- before: npm run -s latchkey -- org add "Acme" -->

\`\`\`sh
npm run -s latchkey -- audit list --since 7d
npm run -s latchkey -- audit list --json
\`\`\`

Every event says when (\`at\`), what (\`type\`), how it went (\`outcome\`: \`success\` or \`refused\`), who did it (\`actor\`: the person
themselves, an administrator, a program or the operator), of whom and of which organisation it is, from which address and browser it
came, why (\`reasons\`), and what else is worth knowing (\`details\`). No event holds a code, token, password, link, or a
whole mail address of a person's own. Events are kept for \`audit.retention\`, a year unless told otherwise.
Those of one sign-in (\`sign-in.…\`) have the same \`sign_in\`, and say in \`next\` what was asked for next, of which factors (\`next_factors\`), with
the reasons for it; the last one says in \`proofs\` what was given.
Refusals that anybody can cause are counted: one event, and one more for those like it within ten minutes (\`further\`).

| Event | What happened |
| --- | --- |
`;

/** The page as it has to be, before it is formatted. */
export function auditEventsPage(): string {
  return HEAD + EVENT_TYPES.map((type) => `| \`${type}\` | ${WHAT[type]} |`).join('\n');
}
