import { removePerson } from '../../operations/people/remove-person.ts';
import { valueOf } from '../../result.ts';
import type { Command } from '../command.ts';
import { printable } from '../../text/printable.ts';
import { aboutPerson } from './about-person.ts';

export const userRemove: Command = {
  usage: 'LOGIN',
  options: {},
  run: aboutPerson(async ({ parts, performed, person: { id, login } }) => {
    valueOf(await removePerson(parts, performed, id));
    return { text: `Removed ${printable(login)}.`, json: { login, removed: true } };
  }),
};
