/** A passcode for somebody, as the account page makes it, on the store of a running server. */
import { addPasscode } from '../../src/operations/account/passcodes.ts';
import { getPerson, type Person } from '../../src/records/person.ts';
import { valueOf } from '../../src/result.ts';
import { doingAt, endingParts } from './sessions.ts';

/** For IMAP from anywhere, without an end; its letters, in groups of four. */
export async function givePasscode(
  server: Parameters<typeof endingParts>[0] & Parameters<typeof doingAt>[0],
  { id }: Pick<Person, 'id'>,
  name = 'Phone',
): Promise<string> {
  const person = await getPerson(server.store, id);
  if (!person) throw new Error(`There is no person ${id}.`);
  const input = { name, protocols: ['imap' as const], networks: [], days: '0' as const };
  const made = await addPasscode(endingParts(server), doingAt(server, person), person, input);
  return valueOf(made).letters;
}
