import type { CommandRow } from '../command.ts';

/** The lines of groups in the table of commands (commands.ts). */
export const GROUP_COMMANDS: readonly CommandRow[] = [
  {
    name: 'group add',
    operation: 'group.add',
    summary: 'Adds a group to an organisation.',
    example: 'latchkey group add acme/it-staff --description "Runs the machines"',
    load: async () => (await import('./group.ts')).groupAdd,
  },
  {
    name: 'group list',
    operation: 'group.list',
    summary: 'Lists the groups.',
    example: 'latchkey group list --org acme',
    load: async () => (await import('./group.ts')).groupList,
  },
  {
    name: 'group show',
    operation: 'group.list',
    summary: 'Shows one group, and how many people are in it.',
    example: 'latchkey group show acme/it-staff',
    load: async () => (await import('./group.ts')).groupShow,
  },
  {
    name: 'group set',
    operation: 'group.change',
    summary: 'Changes a group’s name or description; whatever names it follows.',
    example: 'latchkey group set acme/it-staff --name "IT staff"',
    load: async () => (await import('./group.ts')).groupSet,
  },
  {
    name: 'group members',
    operation: 'group.members',
    summary: 'Lists the people of a group, or puts people in and takes them out.',
    example: 'latchkey group members acme/it-staff --add alice',
    load: async () => (await import('./members.ts')).groupMembers,
  },
  {
    name: 'group remove',
    operation: 'group.remove',
    summary: 'Removes a group, and with it whatever it gives its people in apps.',
    example: 'latchkey group remove acme/it-staff',
    load: async () => (await import('./group.ts')).groupRemove,
  },
];
