/**
 * Service mailboxes: people by whom nobody signs in, as they have no password, no factors and no grants. What they
 * have is passcodes, which their organisation's administrators make for them, and only for networks that are named.
 */
import { z } from 'zod';
import { eventAbout, type Performed } from '../../../audit/performed.ts';
import { withMessages } from '../../../outbox/message.ts';
import { newPasscode } from '../../../passcodes/passcode.ts';
import { Problem } from '../../../problem.ts';
import { getOrganisation } from '../../../records/organisation.ts';
import { getPerson, personCollection, type Person } from '../../../records/person.ts';
import { resultOf, valueOf, type Result } from '../../../result.ts';
import type { Vault } from '../../../secrets/vault.ts';
import { fromCursor } from '../../../storage/pages.ts';
import type { Store } from '../../../storage/store.ts';
import {
  checkPasscodeRules,
  passcodeEnd,
  passcodeMade,
  withPasscode,
  type AddPasscodeInput,
} from '../../account/passcodes.ts';
import { permission, reach } from '../../permission.ts';
import { addPerson, type AddPersonParts } from '../add-person.ts';
import { administer, type AdministerParts } from '../administer.ts';

export const serviceMailboxInput = z.strictObject({
  organisation: z.string(),
  login: z.string(),
  email: z.string(),
  name: z.string(),
});
export type NewServiceMailbox = z.output<typeof serviceMailboxInput>;

/** Problems: those of adding a person. */
export function addServiceMailbox(
  parts: AddPersonParts,
  performed: Performed,
  input: NewServiceMailbox,
): Promise<Result<Person>> {
  return resultOf(async () => {
    const { organisation } = input;
    (await permission(parts.store, performed, 'service-mailbox.add'))({ organisation });
    const as = { service: true as const, reasons: ['service-mailbox'] };
    return valueOf(await addPerson(parts, performed, input, as));
  });
}

export interface ServicePasscodeParts extends AdministerParts {
  vault: Vault;
}

/**
 * `letters`: in groups of four, and nowhere else afterwards. `id`: subject identifier. Problems: `service-only`
 * (409): it is somebody's, who makes them; `passcode-networks`, `passcode-days`, `passcode-limit`, and those of who may.
 */
export function addServicePasscode(
  parts: ServicePasscodeParts,
  performed: Performed,
  id: string,
  { days, ...input }: AddPasscodeInput,
): Promise<Result<{ letters: string }>> {
  return resultOf(async () => {
    if (input.networks.length === 0) throw new Problem('passcode-networks');
    const read = await getPerson(parts.store, id);
    const organisation = read && (await getOrganisation(parts.store, read.organisation));
    const given = { ...input, expiresAt: passcodeEnd(days, performed.now) };
    const { passcode, letters } = newPasscode(parts.vault, id, given, performed.now);
    await administer(parts, performed, 'service-mailbox.add-passcode', id, (person) => {
      if (!person.service) throw new Problem('service-only', { status: 409 });
      checkPasscodeRules(organisation, days, input.networks);
      const event = eventAbout(person, performed, passcodeMade(passcode));
      const set = { ...withPasscode(person, passcode), ...withMessages(person, event) };
      return { set, result: undefined };
    });
    return { letters };
  });
}

export interface ServicePage {
  mailboxes: Person[];
  /** Give this as `after` to go on; absent on the last page. Opaque. */
  next?: string;
}

/** Of a page. */
const MAILBOXES = 50;

/** Those that whoever asks may see, by organisation. Problems: those of who may. */
export function listServiceMailboxes(
  { store }: { store: Pick<Store, 'get' | 'find'> },
  performed: Performed,
  after?: string,
): Promise<Result<ServicePage>> {
  return resultOf(async () => {
    const organisation = await reach(store, performed, 'person.list', undefined);
    const whose = organisation === null ? { from: '' } : { equals: organisation };
    const query = { index: 'service', ...whose, limit: MAILBOXES };
    const { items, next } = await fromCursor(after, (from) =>
      store.find(personCollection, { ...query, after: from }),
    );
    const mailboxes = items.map(({ value }) => value).filter(({ service }) => service);
    return { mailboxes, ...(next === undefined ? {} : { next }) };
  });
}
