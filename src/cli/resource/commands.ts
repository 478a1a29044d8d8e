import type { CommandRow } from '../command.ts';

/** The lines of resource servers in the table of commands (commands.ts). */
export const RESOURCE_COMMANDS: readonly CommandRow[] = [
  {
    name: 'resource add',
    operation: 'resource.add',
    summary: 'Registers a resource server: an API that is handed access tokens, with its scopes.',
    example:
      'latchkey resource add https://api.acme.example --scope "calendar.read=see your calendar"',
    load: async () => (await import('./resource.ts')).resourceAdd,
  },
  {
    name: 'resource show',
    operation: 'resource.show',
    summary: 'Tells a resource server’s scopes, and what its access tokens are.',
    example: 'latchkey resource show urn:latchkey:mail',
    load: async () => (await import('./resource.ts')).resourceShow,
  },
  {
    name: 'resource set',
    operation: 'resource.change',
    summary:
      'Changes a resource server’s scopes, what they require of a sign-in, and its access tokens.',
    example: 'latchkey resource set urn:latchkey:mail --require-acr mail=urn:latchkey:acr:mfa',
    load: async () => (await import('./resource.ts')).resourceSet,
  },
  {
    name: 'resource list',
    operation: 'resource.list',
    summary: 'Lists the resource servers, those that are built in first.',
    example: 'latchkey resource list',
    load: async () => (await import('./resource.ts')).resourceList,
  },
  {
    name: 'resource remove',
    operation: 'resource.remove',
    summary: 'Removes a resource server that no client belongs to or may ask for.',
    example: 'latchkey resource remove https://api.acme.example',
    load: async () => (await import('./resource.ts')).resourceRemove,
  },
];
