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
  'person.show':
    'see a person: policy, factors with their dates, sessions, apps with access, trusted computers, passcodes without the codes',
  'person.list-activity': 'see what happened to a person',
  'person.list-mails':
    'see which mails went to a person, and what the mail server answered; never what was in them',
  'person.add': 'add a person, with a role up to one’s own',
  'person.add-with-credentials': 'add a person with a password or a factor',
  'service-mailbox.add': 'add a service mailbox, by which nobody signs in: a copier, a scanner',
  'service-mailbox.add-passcode':
    'make a passcode of a service mailbox, for networks that are named',
  'person.change': 'change a person’s name, and what is asked of them',
  'person.rename': 'give a person another login name or mailbox address',
  'person.change-address-alone':
    'give somebody who can sign in another mailbox address where that takes a second person',
  'person.change-role': 'give a person another role, up to one’s own',
  'person.move': 'move a person to another organisation',
  'person.change-groups': 'put a person into groups of their organisation, or take them out',
  'person.change-attributes': 'change what apps are told of a person (attributes)',
  'person.disable': 'disable a person',
  'person.enable': 'enable a person again',
  'person.delete': 'delete a person after a week in which it can be taken back',
  'person.remove': 'remove a person at once',
  'person.unlock': 'lift the delays after wrong passwords or codes',
  'person.reset-factors': 'take all factors of a person away, and hand over the code to enrol anew',
  'person.give-temporary-code':
    'hand over a code with which a person signs in today without their phone',
  'person.remove-factor': 'take one factor of a person away, but not the last one',
  'person.sign-out': 'sign a person out everywhere, and end the trust in their computers',
  'person.lock-down':
    'lock an account down: end everything that is open, take the password away, and disable the person if wanted',
  'person.end-session': 'sign a person out in one browser',
  'person.withdraw-app': 'take the access of one app to a person’s account away',
  'person.revoke-computer': 'end the trust in one computer of a person',
  'person.revoke-passcode': 'revoke one passcode of a person',
  'person.remind':
    'have people mailed who have not set up the second factor that is required of them',
  'person.extend-grace':
    'put the day off from which a second factor is required of a person, once, with a reason',
  'person.send-link': 'have a link mailed to a person with which they set a password',
  'person.password-link': 'see a link with which a person sets a password',

  'approval.list': 'see what waits for a second person’s approval',
  'approval.decide':
    'approve or refuse, as a second person, what somebody else has asked for and one may do oneself; take back what one has asked for',
  'approval.see-code':
    'see, once, the code of a reset, or for today, that one asked for and somebody else approved',

  'organisation.list': 'see organisations',
  'organisation.show': 'see what an organisation asks of its people',
  'organisation.rollout': 'see how far an organisation has come with two-step authentication',
  'organisation.simulate': 'see who would be asked for more, or shut out, by another policy',
  'organisation.add': 'add an organisation',
  'organisation.change': 'change an organisation’s name, and what it asks of its people',
  'organisation.change-domains': 'say which domains an organisation’s addresses are in',
  'organisation.change-branding':
    'change an organisation’s logo, colour, contact, and the name that its mails come in',
  'organisation.demand-second-person':
    'demand a second person for factor resets, codes for today and role changes of an organisation, or (with a second person) no longer',
  'organisation.remove': 'remove an organisation that has no people and no groups',

  'group.list': 'see groups',
  'group.members': 'see who is in a group',
  'group.add': 'add a group',
  'group.change': 'change a group’s name or description',
  'group.remove': 'remove a group',

  'client.list': 'list apps (clients)',
  'client.show': 'see what an app is registered with',
  'client.list-refusals': 'see why requests of an app were refused',
  'client.add': 'register an app',
  'client.change': 'change an app, and whom it is open to',
  'client.rotate-secret': 'give an app another secret',
  'client.remove-secret': 'end one of an app’s secrets',
  'client.remove': 'remove an app',

  'resource.list': 'see resource servers',
  'resource.show': 'see a resource server: its scopes, and what its access tokens are',
  'resource.add': 'register a resource server',
  'resource.change': 'change the scopes of a resource server, and its access tokens',
  'resource.remove': 'remove a resource server',
  'client.preview': 'see what an app would be told of a person, and why',
  'policy.explain': 'see the steps of a person’s sign-in, and why',
  'audit.list': 'see what happened',

  'console.show': 'get into the console',

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
  'zone.choose': 'choose the time zone that apps are told',
  'account.end-everything': 'end everything ("This wasn’t me")',

  'password.send-link': 'have a link mailed with which a password is set',
  'password.set-by-link': 'set a password by such a link',

  'mail.list': 'see mails that wait for the mail server, and those that it did not take',
  'mail.send-test': 'send a test mail to oneself',

  'keys.list': 'see the installation’s keys: their ids, what each does, and since when',
  'keys.rotate': 'give the installation new keys, which ends nothing',
  'keys.retire': 'take a key of the installation away',
  'keys.reseal': 'seal what is stored anew with the active encryption key',

  'installation.first-steps': 'see what to do first with a new installation, and put the list away',
  'installation.set-up-link': 'print the link for the first administrator',
  'installation.set-up': 'make the first administrator, also by that link',
  'installation.revoke-everything': 'sign everybody out everywhere',
  'installation.back-up': 'write a backup',
  'installation.restore': 'restore a backup',
  'installation.migrate': 'move everything to another store',
  'installation.upgrade': 'make the file of the store anew',
  'installation.health': 'see how the installation is: store, backups, clocks, keys, processes',
  'installation.verify': 'read everything that is kept, and list what is damaged',
  'installation.serve': 'run the server',
};
