/** What the commands about one person share. */
import { type Performed, operatorPerformed } from '../../audit/performed.ts';
import { findPerson, type Person } from '../../records/person.ts';
import { Problem } from '../../problem.ts';
import type { World } from '../../server/world.ts';
import type { Installation } from '../../server/opened.ts';
import {
  onlyPositional,
  withInstallation,
  type Command,
  type Options,
  type Outcome,
} from '../command.ts';
import { operationParts, type OperationParts } from '../parts.ts';

/** By login name or address. Problem `person-unknown`. */
export async function personNamed(
  { store }: Pick<Installation, 'store'>,
  name: string,
): Promise<Person> {
  const person = await findPerson(store, name);
  if (!person) throw new Problem('person-unknown');
  return person;
}

export interface AboutPerson {
  world: World;
  installation: Installation;
  parts: OperationParts;
  performed: Performed;
  person: Person;
  options: Options;
  /** Milliseconds since the epoch. */
  now: number;
}

/** The frame of a command about the person whom its one argument names. */
export function aboutPerson(work: (about: AboutPerson) => Promise<Outcome>): Command['run'] {
  return (world, args) =>
    withInstallation(world, args.options, async (installation) => {
      const person = await personNamed(installation, onlyPositional(args, 'LOGIN'));
      const now = world.now();
      const performed = operatorPerformed(installation.config, now);
      const parts = operationParts(installation);
      return work({ world, installation, parts, performed, person, options: args.options, now });
    });
}
