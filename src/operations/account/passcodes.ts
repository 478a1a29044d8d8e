/** Application passcodes of a person: made, and revoked. What is told of it rides in the same write. */
import { changeAsRead } from './change-as-read.ts';
import { z } from 'zod';
import { type Performed } from '../../audit/performed.ts';
import { withMessages } from '../../outbox/message.ts';
import {
  isLimit,
  MOST_NETWORKS,
  MOST_PASSCODES,
  newPasscode,
  parseNetwork,
} from '../../passcodes/passcode.ts';
import { Problem } from '../../problem.ts';
import type { Passcode } from '../../records/passcode.ts';
import { getOrganisation, type Organisation } from '../../records/organisation.ts';
import { PROTOCOLS } from '../../records/passcode.ts';
import { changePerson, personCollection, type Person } from '../../records/person.ts';
import { resultOf, type Result } from '../../result.ts';
import type { Vault } from '../../secrets/vault.ts';
import { permission } from '../permission.ts';
import { changeTold, type AccountChangeParts } from './account-changed.ts';
import { found } from '../found.ts';

export interface PasscodeParts extends AccountChangeParts {
  vault: Vault;
}

const DAY = 86_400_000;
/** Days after which one may end by itself; 0: never. */
export const PASSCODE_DAYS = ['0', '7', '30', '90', '365'] as const;

export const addPasscodeInput = z.object({
  name: z.string().max(60, 'too-long').default('').pipe(z.string().trim().min(1, 'required')),
  protocols: z.array(z.enum(PROTOCOLS)).min(1, 'protocol-missing'),
  /** From which it may be used (CIDR); none: from anywhere. */
  networks: z
    .array(
      z
        .string()
        .refine((text) => parseNetwork(text) !== undefined, 'network-format')
        .refine((text) => parseNetwork(text) === undefined || isLimit(text), 'network-wide')
        .transform((text) => parseNetwork(text) ?? text),
    )
    .max(MOST_NETWORKS, 'network-format'),
  days: z.string().max(5, 'too-long').default('').pipe(z.enum(PASSCODE_DAYS, 'required')),
});
export type AddPasscodeInput = z.output<typeof addPasscodeInput>;

/**
 * `letters`: in groups of four, and nowhere else afterwards. Problems: `changed-meanwhile`, when the
 * person's epoch is another one than was read; `passcode-limit`, and `passcode-days` and `passcode-networks`, as the
 * organisation has it.
 */
export function addPasscode(
  parts: PasscodeParts,
  performed: Performed,
  read: Person,
  { days, ...input }: AddPasscodeInput,
): Promise<Result<{ id: string; letters: string }>> {
  return resultOf(async () => {
    const may = await permission(parts.store, performed, 'passcode.add');
    checkPasscodeRules(await getOrganisation(parts.store, read.organisation), days, input.networks);
    const given = { ...input, expiresAt: passcodeEnd(days, performed.now) };
    const { passcode, letters } = newPasscode(parts.vault, read.id, given, performed.now);
    const messages = await changeTold(parts, performed, read, {
      event: passcodeMade(passcode),
      values: { what: 'passcode-made', name: input.name },
    });
    await changeAsRead(parts, may, read, {
      messages,
      fields: (person) => withPasscode(person, passcode),
    });
    return { id: passcode.id, letters };
  });
}

/** Milliseconds since the epoch; null: never. */
export function passcodeEnd(days: AddPasscodeInput['days'], now: number): number | null {
  return days === '0' ? null : now + Number(days) * DAY;
}

export function passcodeMade({ id, protocols }: Passcode) {
  return {
    type: 'passcode.made',
    details: { passcode: id, protocols: protocols.join(' ') },
  } as const;
}

/** Problem `passcode-limit` (409). */
export function withPasscode(
  { passcodes }: Pick<Person, 'passcodes'>,
  passcode: Passcode,
): Pick<Person, 'passcodes'> {
  if (passcodes.length >= MOST_PASSCODES)
    throw new Problem('passcode-limit', { status: 409, values: { most: MOST_PASSCODES } });
  return { passcodes: [...passcodes, passcode] };
}

/** Those that an organisation lets its people choose. */
export function passcodeDays({ passcodeDays: most }: Pick<Organisation, 'passcodeDays'>): string[] {
  return PASSCODE_DAYS.filter(
    (days) => typeof most !== 'number' || (days !== '0' && Number(days) <= most),
  );
}

/** Problems `passcode-days` and `passcode-networks`, as the organisation has it. */
export function checkPasscodeRules(
  organisation: Organisation | undefined,
  days: string,
  networks: readonly string[],
): void {
  if (!organisation) return;
  if (!passcodeDays(organisation).includes(days))
    throw new Problem('passcode-days', { values: { days: organisation.passcodeDays ?? 0 } });
  if (organisation.passcodeNetworks && networks.length === 0)
    throw new Problem('passcode-networks');
}

/** Problem `not-found`: it is not one of this person's, and nothing was changed. */
export function revokePasscode(
  parts: PasscodeParts,
  performed: Performed,
  read: Person,
  id: string,
): Promise<Result<{ name: string }>> {
  return resultOf(async () => {
    const may = await permission(parts.store, performed, 'passcode.revoke');
    may({ person: read });
    const { name } = found(read.passcodes.find((each) => each.id === id));
    const messages = await changeTold(parts, performed, read, {
      event: { type: 'passcode.revoked', details: { passcode: id } },
      values: { what: 'passcode-revoked', name },
    });
    await changePerson(parts.store, read.id, (person) => {
      may({ person });
      found(person.passcodes.find((each) => each.id === id));
      const passcodes = person.passcodes.filter((each) => each.id !== id);
      return { set: { passcodes, ...withMessages(person, ...messages) }, result: undefined };
    });
    parts.relay.soon(personCollection, read.id);
    return { name };
  });
}
