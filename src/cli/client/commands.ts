/** The commands for clients, in the order in which the help lists them. */
import type { CommandRow } from '../command.ts';

export const CLIENT_COMMANDS: readonly CommandRow[] = [
  {
    name: 'client add',
    operation: 'client.add',
    summary: 'Registers a client (relying party); its secret is printed once.',
    example: 'latchkey client add "Wiki" --redirect-uri https://wiki.example/callback --org acme',
    load: async () => (await import('./client.ts')).clientAdd,
  },
  {
    name: 'client show',
    operation: 'client.show',
    summary:
      'Tells what a client is registered with, and what it has to know of this installation.',
    example: 'latchkey client show wiki',
    load: async () => (await import('./show.ts')).clientShow,
  },
  {
    name: 'client set',
    operation: 'client.change',
    summary: 'Changes whom a client is open to, what it asks of a sign-in and what it may have.',
    example: 'latchkey client set wiki --org acme --trusted-computers no',
    load: async () => (await import('./set.ts')).clientSet,
  },
  {
    name: 'client refusals',
    operation: 'client.list-refusals',
    summary:
      'Shows why requests of a client were refused in the last 30 days: what came, and how often.',
    example: 'latchkey client refusals wiki',
    load: async () => (await import('./refusals.ts')).clientRefusals,
  },
  {
    name: 'client accept-redirect',
    operation: 'client.change',
    summary:
      'Registers a redirect URI that was refused, of an origin that the client has already; shows the difference first.',
    example: 'latchkey client accept-redirect wiki https://wiki.example/login/callback',
    load: async () => (await import('./refusals.ts')).clientAcceptRedirect,
  },
  {
    name: 'client list',
    operation: 'client.list',
    summary: 'Lists the registered clients.',
    example: 'latchkey client list --json',
    load: async () => (await import('./client.ts')).clientList,
  },
  {
    name: 'client remove',
    operation: 'client.remove',
    summary: 'Removes a client; nobody can sign in to it any more, and its tokens are refused.',
    example: 'latchkey client remove wiki',
    load: async () => (await import('./client.ts')).clientRemove,
  },
  {
    name: 'client rotate-secret',
    operation: 'client.rotate-secret',
    summary:
      'Gives a client another secret, printed once, while the old one goes on for 7 days or as told; --leaked ends it at once, and everything that was issued to the client.',
    example: 'latchkey client rotate-secret wiki --overlap 2d',
    load: async () => (await import('./rotate-secret.ts')).clientRotateSecret,
  },
  {
    name: 'client remove-secret',
    operation: 'client.remove-secret',
    summary: 'Ends one secret of a client before its time; “client show” lists them.',
    example: 'latchkey client remove-secret wiki 5f0c1a9e',
    load: async () => (await import('./remove-secret.ts')).clientRemoveSecret,
  },
  {
    name: 'client preview',
    operation: 'client.preview',
    summary: 'Prints what a client would be told of a person, in which answer, and why.',
    example: 'latchkey client preview wiki --user alice',
    load: async () => (await import('./preview.ts')).clientPreview,
  },
];
