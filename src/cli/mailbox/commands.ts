/** Those of service mailboxes. */
import type { CommandRow } from '../command.ts';

export const MAILBOX_COMMANDS: readonly CommandRow[] = [
  {
    name: 'mailbox add',
    operation: 'service-mailbox.add',
    summary:
      'Adds a service mailbox, by which nobody signs in: a copier, a scanner, a shared mailbox.',
    example:
      'latchkey mailbox add copier --org acme --email copier@acme.example --name "Copier, 2nd floor"',
    load: async () => (await import('./mailbox.ts')).mailboxAdd,
  },
  {
    name: 'mailbox list',
    operation: 'person.list',
    summary: 'Lists service mailboxes and their application codes.',
    example: 'latchkey mailbox list --org acme',
    load: async () => (await import('./mailbox.ts')).mailboxList,
  },
  {
    name: 'mailbox passcode',
    operation: 'service-mailbox.add-passcode',
    summary:
      'Prints an application code of a service mailbox, once, for programs in networks that are named.',
    example:
      'latchkey mailbox passcode copier --name "Scan to mail" --protocol smtp --network 192.0.2.0/24',
    load: async () => (await import('./mailbox.ts')).mailboxPasscode,
  },
  {
    name: 'mailbox revoke-passcode',
    operation: 'person.revoke-passcode',
    summary: 'Ends an application code of a service mailbox; mailbox list has its ID.',
    example: 'latchkey mailbox revoke-passcode copier 5f0c1a9e',
    load: async () => (await import('./mailbox.ts')).mailboxRevoke,
  },
];
