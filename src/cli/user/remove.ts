import { removePerson } from '../../operations/people/remove-person.ts';
import type { Command } from '../command.ts';
import { printable } from '../../text/printable.ts';
import { aboutPerson, operatorEvent } from './about-person.ts';

export const userRemove: Command = {
  usage: 'LOGIN',
  options: {},
  run: aboutPerson(async ({ installation, person, now }) => {
    const event = operatorEvent('person.removed', person, now, { login: person.login });
    await removePerson(installation.store, person.id, [event], now);
    return {
      text: `Removed ${printable(person.login)}.`,
      json: { login: person.login, removed: true },
    };
  }),
};
