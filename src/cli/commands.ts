/** THE TABLE of commands, in the order in which the help lists them. Each is loaded when it is asked for. */
import { CLIENT_COMMANDS } from './client/commands.ts';
import type { CommandRow } from './command.ts';
import { GROUP_COMMANDS } from './group/commands.ts';
import { KEY_COMMANDS } from './keys/commands.ts';
import { MAILBOX_COMMANDS } from './mailbox/commands.ts';
import { RESOURCE_COMMANDS } from './resource/commands.ts';

export const COMMANDS: readonly CommandRow[] = [
  {
    name: 'serve',
    operation: 'installation.serve',
    summary: 'Runs the server (npm start), in N processes when one is not enough.',
    example: 'latchkey serve --workers 2',
    load: async () => (await import('./serve.ts')).serve,
  },
  {
    name: 'setup-link',
    operation: 'installation.set-up-link',
    summary: 'Prints a new one-time link for the first administrator, while there is none.',
    example: 'latchkey setup-link',
    load: async () => (await import('./user/setup-link.ts')).setupLink,
  },
  {
    name: 'org add',
    operation: 'organisation.add',
    summary: 'Adds an organisation; MFA is required unless told otherwise.',
    example: 'latchkey org add "Acme" --mfa required',
    load: async () => (await import('./org.ts')).orgAdd,
  },
  {
    name: 'org set',
    operation: 'organisation.change',
    summary:
      'Changes an organisation’s name, what it asks of its people, or what its pages and mails look like; a grace date is the start of its day in UTC.',
    example: 'latchkey org set acme --grace-until 2099-01-31 --trusted-days 14',
    load: async () => (await import('./org.ts')).orgSet,
  },
  {
    name: 'org simulate',
    operation: 'organisation.simulate',
    summary:
      'Shows who would be asked for more, refused or locked out by other rules, and changes nothing.',
    example: 'latchkey org simulate acme --mfa required --trusted-days 7',
    load: async () => (await import('./organisation/simulate.ts')).orgSimulate,
  },
  {
    name: 'org remove',
    operation: 'organisation.remove',
    summary: 'Removes an organisation that has no people and no groups, and that no client names.',
    example: 'latchkey org remove acme',
    load: async () => (await import('./org.ts')).orgRemove,
  },
  {
    name: 'org list',
    operation: 'organisation.list',
    summary: 'Lists the organisations.',
    example: 'latchkey org list',
    load: async () => (await import('./org.ts')).orgList,
  },
  {
    name: 'rollout',
    operation: 'organisation.rollout',
    summary:
      'Shows how far organisations and their groups have come with two-step authentication; mails whoever is late.',
    example: 'latchkey rollout acme',
    load: async () => (await import('./organisation/rollout.ts')).rollout,
  },
  {
    name: 'user add',
    operation: 'person.add',
    summary: 'Adds a person; prints a link to set the password unless one comes on standard input.',
    example: 'latchkey user add alice --org acme --email alice@acme.example --name "Alice Archer"',
    load: async () => (await import('./user/add.ts')).userAdd,
  },
  {
    name: 'user set',
    operation: 'person.change',
    summary:
      'Changes a person, their groups, attributes and what is asked of them; the stricter of person and organisation counts.',
    example: 'latchkey user set alice --mfa required --email alice.archer@acme.example',
    load: async () => (await import('./user/set.ts')).userSet,
  },
  {
    name: 'user list',
    operation: 'person.list',
    summary:
      'Lists people, with what is asked of them and their factors: all of them, or those who are searched for.',
    example: 'latchkey user list --search archer --state overdue',
    load: async () => (await import('./user/find.ts')).userList,
  },
  {
    name: 'user import',
    operation: 'person.add',
    summary:
      'Adds and changes people by a file, CSV or JSON lines; says which lines are bad, and why. A line moves nobody and gives no role.',
    example: 'latchkey user import people.csv --org acme --dry-run',
    load: async () => (await import('./user/import.ts')).userImport,
  },
  {
    name: 'user export',
    operation: 'person.list',
    summary: 'Writes people to standard output, as a file that user import reads.',
    example: 'latchkey user export --org acme --format csv',
    load: async () => (await import('./user/import.ts')).userExport,
  },
  {
    name: 'user show',
    operation: 'person.show',
    summary:
      'Shows one person: policy, factors with their dates, trusted computers, groups, attributes.',
    example: 'latchkey user show alice',
    load: async () => (await import('./user/list.ts')).userShow,
  },
  {
    name: 'user password-link',
    operation: 'person.password-link',
    summary: 'Prints a new one-time link with which the person sets a password.',
    example: 'latchkey user password-link alice',
    load: async () => (await import('./user/security.ts')).userPasswordLink,
  },
  {
    name: 'user unlock',
    operation: 'person.unlock',
    summary: 'Lifts the delays and the suspension after too many wrong passwords or codes.',
    example: 'latchkey user unlock alice',
    load: async () => (await import('./user/security.ts')).userUnlock,
  },
  {
    name: 'user reset-mfa',
    operation: 'person.reset-factors',
    summary:
      'Takes all second factors away from a person who has lost them, and prints the code to enrol anew.',
    example: 'latchkey user reset-mfa alice',
    load: async () => (await import('./user/security.ts')).userResetMfa,
  },
  {
    name: 'user extend-grace',
    operation: 'person.extend-grace',
    summary:
      'Gives a person more time, once, until a second factor is required of them; they are mailed.',
    example: 'latchkey user extend-grace alice --until 2099-01-31 --reason "On leave until then"',
    load: async () => (await import('./user/extend-grace.ts')).userExtendGrace,
  },
  {
    name: 'user temporary-code',
    operation: 'person.give-temporary-code',
    summary:
      'Prints a code with which a person who left the phone at home signs in today; it changes nothing.',
    example: 'latchkey user temporary-code alice',
    load: async () => (await import('./user/security.ts')).userTemporaryCode,
  },
  {
    name: 'user disable',
    operation: 'person.disable',
    summary: 'Disables a person: sessions, tokens, trusted computers and passcodes end at once.',
    example: 'latchkey user disable alice',
    load: async () => (await import('./user/set.ts')).userDisable,
  },
  {
    name: 'user lock-down',
    operation: 'person.lock-down',
    summary:
      'Ends everything of an account that somebody else may be in, takes its password away, and disables it unless told.',
    example: 'latchkey user lock-down alice',
    load: async () => (await import('./user/security.ts')).userLockDown,
  },
  {
    name: 'user enable',
    operation: 'person.enable',
    summary: 'Lets a disabled person sign in again.',
    example: 'latchkey user enable alice',
    load: async () => (await import('./user/set.ts')).userEnable,
  },
  {
    name: 'user delete',
    operation: 'person.delete',
    summary:
      'Disables a person at once and removes them after 7 days (--undo takes it back), or for good --now.',
    example: 'latchkey user delete alice',
    load: async () => (await import('./user/delete.ts')).userDelete,
  },
  ...MAILBOX_COMMANDS,
  ...GROUP_COMMANDS,
  ...CLIENT_COMMANDS,
  ...RESOURCE_COMMANDS,
  {
    name: 'mail config',
    operation: 'client.show',
    summary: 'Prints the files that a mail server or webmail is configured with, or writes them.',
    example: 'latchkey mail config dovecot --client dovecot --secret-file dovecot.secret',
    load: async () => (await import('./mail/config.ts')).mailConfig,
  },
  {
    name: 'policy explain',
    operation: 'policy.explain',
    summary: 'Prints the steps of a sign-in of that person to that client, and why.',
    example: 'latchkey policy explain --user alice --client wiki',
    load: async () => (await import('./policy.ts')).policyExplain,
  },
  {
    name: 'audit list',
    operation: 'audit.list',
    summary: 'Shows what happened, newest first: sign-ins, factors, codes sent, refusals, changes.',
    example: 'latchkey audit list --user alice --since 7d --format csv',
    load: async () => (await import('./audit.ts')).auditList,
  },
  ...KEY_COMMANDS,
  {
    name: 'backup',
    operation: 'installation.back-up',
    summary: 'Writes an encrypted backup of the SQLite store, also while the server runs.',
    example: 'latchkey backup /var/backups/latchkey-today.backup',
    load: async () => (await import('./store/backup.ts')).backup,
  },
  {
    name: 'restore',
    operation: 'installation.restore',
    summary: 'Makes the SQLite store anew from a backup, while the server is stopped.',
    example: 'latchkey restore /var/backups/latchkey-today.backup --revoke',
    load: async () => (await import('./store/restore.ts')).restore,
  },
  {
    name: 'revoke-all',
    operation: 'installation.revoke-everything',
    summary: 'Signs everybody out everywhere and ends all codes and links, as after a restore.',
    example: 'latchkey revoke-all',
    load: async () => (await import('./store/revoke-all.ts')).revokeAllCommand,
  },
  {
    name: 'migrate',
    operation: 'installation.migrate',
    summary: 'Moves everything to another store, while no server runs, and compares both.',
    example: 'latchkey migrate --to mongodb',
    load: async () => (await import('./store/migrate.ts')).migrateCommand,
  },
  {
    name: 'upgrade',
    operation: 'installation.upgrade',
    summary:
      'Says what this version changes in the store of an older one, and does what a server leaves to you.',
    example: 'latchkey upgrade --check',
    load: async () => (await import('./store/upgrade.ts')).upgradeCommand,
  },
  {
    name: 'verify',
    operation: 'installation.verify',
    summary: 'Reads every document and opens what is sealed in it; lists what is damaged.',
    example: 'latchkey verify',
    load: async () => (await import('./store/verify.ts')).verifyCommand,
  },
  {
    name: 'completion',
    operation: 'installation.serve',
    summary: 'Prints what makes a shell complete commands, options and values: bash, zsh or fish.',
    example: 'latchkey completion bash',
    load: async () => (await import('./completion/completion.ts')).completion,
  },
];

/** What commands were called before. */
export const FORMER: Readonly<Record<string, string>> = { 'user remove': 'user delete --now' };
