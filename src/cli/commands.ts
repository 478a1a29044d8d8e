/** THE TABLE of commands, in the order in which the help lists them. Each is loaded when it is asked for. */
import type { Operation } from '../policy/access.ts';
import type { Command } from './command.ts';

export interface CommandRow {
  /** As it is typed after `latchkey`: `user add`. */
  name: string;
  /** Of the table of who may do what; the first, of a command that does several. */
  operation: Operation;
  /** One sentence. */
  summary: string;
  load(): Promise<Command>;
}

export const COMMANDS: readonly CommandRow[] = [
  {
    name: 'serve',
    operation: 'installation.serve',
    summary: 'Runs the server (npm start), in N processes when one is not enough.',
    load: async () => (await import('./serve.ts')).serve,
  },
  {
    name: 'setup-link',
    operation: 'installation.set-up-link',
    summary: 'Prints a new one-time link for the first administrator, while there is none.',
    load: async () => (await import('./setup-link.ts')).setupLink,
  },
  {
    name: 'org add',
    operation: 'organisation.add',
    summary: 'Adds an organisation; MFA is required unless told otherwise.',
    load: async () => (await import('./org.ts')).orgAdd,
  },
  {
    name: 'org set',
    operation: 'organisation.change',
    summary:
      'Changes an organisation’s name, or what it asks of its people; a grace date is the start of its day in UTC.',
    load: async () => (await import('./org.ts')).orgSet,
  },
  {
    name: 'org remove',
    operation: 'organisation.remove',
    summary: 'Removes an organisation that nobody is in and no client names.',
    load: async () => (await import('./org.ts')).orgRemove,
  },
  {
    name: 'org list',
    operation: 'organisation.list',
    summary: 'Lists the organisations.',
    load: async () => (await import('./org.ts')).orgList,
  },
  {
    name: 'user add',
    operation: 'person.add',
    summary: 'Adds a person; prints a link to set the password unless one comes on standard input.',
    load: async () => (await import('./user/add.ts')).userAdd,
  },
  {
    name: 'user set',
    operation: 'person.change',
    summary:
      'Changes a person, and what is asked of them; the stricter of person and organisation counts.',
    load: async () => (await import('./user/set.ts')).userSet,
  },
  {
    name: 'user list',
    operation: 'person.list',
    summary: 'Lists people, with what is asked of them and their factors.',
    load: async () => (await import('./user/list.ts')).userList,
  },
  {
    name: 'user show',
    operation: 'person.show',
    summary: 'Shows one person: policy, factors with their dates, trusted computers.',
    load: async () => (await import('./user/list.ts')).userShow,
  },
  {
    name: 'user password-link',
    operation: 'person.password-link',
    summary: 'Prints a new one-time link with which the person sets a password.',
    load: async () => (await import('./user/security.ts')).userPasswordLink,
  },
  {
    name: 'user unlock',
    operation: 'person.unlock',
    summary: 'Lifts the delays and the suspension after too many wrong passwords or codes.',
    load: async () => (await import('./user/security.ts')).userUnlock,
  },
  {
    name: 'user reset-mfa',
    operation: 'person.reset-factors',
    summary:
      'Takes all second factors away from a person who has lost them, and prints the code to enrol anew.',
    load: async () => (await import('./user/security.ts')).userResetMfa,
  },
  {
    name: 'user disable',
    operation: 'person.disable',
    summary: 'Disables a person: sessions, tokens, trusted computers and passcodes end at once.',
    load: async () => (await import('./user/set.ts')).userDisable,
  },
  {
    name: 'user enable',
    operation: 'person.enable',
    summary: 'Lets a disabled person sign in again.',
    load: async () => (await import('./user/set.ts')).userEnable,
  },
  {
    name: 'user delete',
    operation: 'person.delete',
    summary:
      'Disables a person at once and removes them after 7 days (--undo takes it back), or for good --now.',
    load: async () => (await import('./user/delete.ts')).userDelete,
  },
  {
    name: 'client add',
    operation: 'client.add',
    summary: 'Registers a client (relying party); its secret is printed once.',
    load: async () => (await import('./client/client.ts')).clientAdd,
  },
  {
    name: 'client show',
    operation: 'client.show',
    summary:
      'Tells what a client is registered with, and what it has to know of this installation.',
    load: async () => (await import('./client/show.ts')).clientShow,
  },
  {
    name: 'client set',
    operation: 'client.change',
    summary: 'Changes whom a client is open to, what it asks of a sign-in and what it may have.',
    load: async () => (await import('./client/set.ts')).clientSet,
  },
  {
    name: 'client list',
    operation: 'client.list',
    summary: 'Lists the registered clients.',
    load: async () => (await import('./client/client.ts')).clientList,
  },
  {
    name: 'client remove',
    operation: 'client.remove',
    summary: 'Removes a client; nobody can sign in to it any more, and its tokens are refused.',
    load: async () => (await import('./client/client.ts')).clientRemove,
  },
  {
    name: 'client rotate-secret',
    operation: 'client.rotate-secret',
    summary:
      'Gives a client another secret, printed once; --leaked ends everything that was issued to it.',
    load: async () => (await import('./client/client.ts')).clientRotateSecret,
  },
  {
    name: 'policy explain',
    operation: 'policy.explain',
    summary: 'Prints the steps of a sign-in of that person to that client, and why.',
    load: async () => (await import('./policy.ts')).policyExplain,
  },
  {
    name: 'audit list',
    operation: 'audit.list',
    summary: 'Shows what happened, newest first: sign-ins, factors, codes sent, refusals, changes.',
    load: async () => (await import('./audit.ts')).auditList,
  },
  {
    name: 'backup',
    operation: 'installation.back-up',
    summary: 'Writes an encrypted backup of the SQLite store, also while the server runs.',
    load: async () => (await import('./store/backup.ts')).backup,
  },
  {
    name: 'restore',
    operation: 'installation.restore',
    summary: 'Makes the SQLite store anew from a backup, while the server is stopped.',
    load: async () => (await import('./store/restore.ts')).restore,
  },
  {
    name: 'revoke-all',
    operation: 'installation.revoke-everything',
    summary: 'Signs everybody out everywhere and ends all codes and links, as after a restore.',
    load: async () => (await import('./store/revoke-all.ts')).revokeAllCommand,
  },
  {
    name: 'migrate',
    operation: 'installation.migrate',
    summary: 'Moves everything to another store, while no server runs, and compares both.',
    load: async () => (await import('./store/migrate.ts')).migrateCommand,
  },
];
