/** The operations of the table of who may do what (access.ts), and its roles, in words: for docs/who-may-what.md. */
import type { Role } from '../records/person.ts';
import type { Operation } from './access.ts';

/** In the order of their columns; a member has none, as there is nothing that a member may. */
export const DUTIES: Readonly<Record<Exclude<Role, 'member'>, string>> = {
  auditor: 'Auditor',
  helpdesk: 'Helpdesk',
  'organisation-administrator': 'Organisation administrator',
  administrator: 'Administrator',
};

export const WHAT: Readonly<Record<Operation, string>> = {
  'person.list': 'list people',
  'person.show': 'see a person: policy, factors with their dates, trusted computers',
  'person.add': 'add a person, with a role up to one’s own',
  'person.add-with-credentials': 'add a person with a password or a factor',
  'person.change': 'change a person’s name, and what is asked of them',
  'person.rename': 'give a person another login name or mailbox address',
  'person.change-role': 'give a person another role, up to one’s own',
  'person.move': 'move a person to another organisation',
  'person.disable': 'disable a person',
  'person.enable': 'enable a person again',
  'person.delete': 'delete a person after a week in which it can be taken back',
  'person.remove': 'remove a person at once',
  'person.unlock': 'lift the delays after wrong passwords or codes',
  'person.reset-factors': 'take all factors of a person away, and hand over the code to enrol anew',
  'person.password-link': 'see a link with which a person sets a password',

  'organisation.list': 'see organisations',
  'organisation.add': 'add an organisation',
  'organisation.change': 'change an organisation’s name, and what it asks of its people',
  'organisation.remove': 'remove an organisation that nobody is in',

  'client.list': 'list apps (clients)',
  'client.show': 'see what an app is registered with',
  'client.add': 'register an app',
  'client.change': 'change an app, and whom it is open to',
  'client.rotate-secret': 'give an app another secret',
  'client.remove': 'remove an app',

  'policy.explain': 'see the steps of a person’s sign-in, and why',
  'audit.list': 'see what happened',

  'account.show': 'see the state of the account',
  'password.change': 'change the password',
  'factor.enrol': 'set up a factor, or replace one',
  'factor.rename': 'rename a factor',
  'factor.remove': 'remove a factor',
  'mfa.disable': 'switch two-step authentication off, where it is not required',
  'email-codes.switch': 'switch codes by email on or off',
  'one-time-codes.view': 'see the one-time codes',
  'one-time-codes.replace': 'make new one-time codes',
  'address.send-code': 'set the secondary address, and have a code sent to it',
  'address.verify': 'verify the secondary address',
  'address.remove': 'remove the secondary address',
  'passcode.list': 'see the passcodes for mail programs, without the codes themselves',
  'passcode.add': 'make a passcode',
  'passcode.revoke': 'revoke a passcode',
  'device.list': 'see the trusted computers',
  'device.rename': 'rename a trusted computer',
  'device.revoke': 'end the trust in a computer',
  'device.revoke-others': 'end the trust in all other computers',
  'session.list': 'see the sessions, and the apps that have access',
  'session.end': 'end a session',
  'session.end-others': 'end all other sessions',
  'session.sign-out': 'sign out of the account pages',
  'app.withdraw': 'take an app’s access away',
  'activity.list': 'see what happened to the account',
  'language.choose': 'choose the language of pages and mails',
  'account.end-everything': 'end everything ("This wasn’t me")',

  'password.send-link': 'have a link mailed with which a password is set',
  'password.set-by-link': 'set a password by such a link',

  'installation.set-up-link': 'print the link for the first administrator',
  'installation.set-up': 'make the first administrator, also by that link',
  'installation.revoke-everything': 'sign everybody out everywhere',
  'installation.back-up': 'write a backup',
  'installation.restore': 'restore a backup',
  'installation.migrate': 'move everything to another store',
  'installation.serve': 'run the server',
};
