import { deletePerson, keepPerson } from '../../operations/people/delete-person.ts';
import { removePerson } from '../../operations/people/remove-person.ts';
import { valueOf } from '../../result.ts';
import { shell } from '../../templates/quoting.ts';
import { dayOf } from '../../text/day-of.ts';
import { printable } from '../../text/printable.ts';
import type { Command, Outcome } from '../command.ts';
import { confirm, CONFIRMED } from '../confirm.ts';
import { UsageError } from '../usage-error.ts';
import { aboutPerson, type AboutPerson } from './about-person.ts';

export const userDelete: Command = {
  usage: 'LOGIN [--now | --undo] [--yes]',
  options: { ...CONFIRMED, now: { type: 'boolean' }, undo: { type: 'boolean' } },
  run: aboutPerson((about) => {
    const { now, undo } = about.options;
    if (now && undo) throw new UsageError('--now and --undo exclude each other.');
    if (undo) return keep(about);
    return now ? removeAtOnce(about) : order(about);
  }),
};

async function order(about: AboutPerson): Promise<Outcome> {
  const { world, options, parts, performed, person } = about;
  const whom = printable(person.login);
  const ends = 'their sessions, tokens, trusted computers and passcodes end at once';
  await confirm(
    world,
    options,
    `This disables ${whom}: ${ends}. They are removed in 7 days, until when --undo takes it back.`,
  );
  const dueAt = valueOf(await deletePerson(parts, performed, person.id));
  const login = printable(person.login);
  const lines = [
    `Disabled ${login}, who will be removed on ${dayOf(dueAt)}.`,
    `Until then it can be taken back: latchkey user delete ${shell(login)} --undo`,
  ];
  const json = { login: person.login, deleted: true, removed_at: dueAt };
  return { text: lines.join('\n'), json };
}

async function keep({ parts, performed, person }: AboutPerson): Promise<Outcome> {
  const kept = valueOf(await keepPerson(parts, performed, person.id));
  const login = printable(person.login);
  const isActive = person.deletion?.wasActive === true;
  const text = kept
    ? `${login} stays${isActive ? ' and can sign in again' : ', disabled as before'}.`
    : `${login} is not being deleted: there is nothing to take back.`;
  return { text, json: { login: person.login, deleted: false, changed: kept } };
}

async function removeAtOnce(about: AboutPerson): Promise<Outcome> {
  const { world, options, parts, performed, person } = about;
  const what = `This removes ${printable(person.login)} now, with everything that is theirs.`;
  await confirm(world, options, `${what} It can’t be taken back.`);
  const { id, login } = person;
  valueOf(await removePerson(parts, performed, id));
  return { text: `Removed ${printable(login)} for good.`, json: { login, removed: true } };
}
