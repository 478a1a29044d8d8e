/** Those about the installation's keys, as a part of the table of commands. */
import type { CommandRow } from '../command.ts';

export const KEY_COMMANDS: readonly CommandRow[] = [
  {
    name: 'keys list',
    operation: 'keys.list',
    summary:
      'Lists the keys that sign tokens and that encrypt the store, and processes that lack one.',
    example: 'latchkey keys list',
    load: async () => (await import('./list.ts')).keysList,
  },
  {
    name: 'keys rotate',
    operation: 'keys.rotate',
    summary: 'Gives the installation new keys; nothing that was issued ends.',
    example: 'latchkey keys rotate signing',
    load: async () => (await import('./rotate.ts')).keysRotate,
  },
  {
    name: 'keys reseal',
    operation: 'keys.reseal',
    summary:
      'Seals what is stored with the active encryption key; goes on where it was broken off.',
    example: 'latchkey keys reseal',
    load: async () => (await import('./reseal.ts')).keysReseal,
  },
  {
    name: 'keys retire',
    operation: 'keys.retire',
    summary: 'Takes a key away: one that is not needed any more, or one that has leaked.',
    example: 'latchkey keys retire --leaked KID',
    load: async () => (await import('./retire.ts')).keysRetire,
  },
];
