import { changes, type Changes } from '../../operations/changes.ts';
import { changeAdministrator, disablePerson } from '../../operations/people/administrators.ts';
import { PERSON_MFA, ROLES, type Person } from '../../records/person.ts';
import { endedBy } from '../../policy/ended-fields.ts';
import { withMessages } from '../../outbox/message.ts';
import { isName, printable } from '../../text/printable.ts';
import { causesOfPersonChange } from '../../policy/policy-change.ts';
import { checkOrganisations } from '../client/parts.ts';
import type { Installation } from '../../server/opened.ts';
import { UsageError } from '../usage-error.ts';
import { oneOf, string, type Command, type Options } from '../command.ts';
import { describe, factorsFrom, given, graceUntil, trustedDays } from '../policy-options.ts';
import { aboutPerson, operatorEvent } from './about-person.ts';

type Settable = Pick<
  Person,
  'mfa' | 'mfaFrom' | 'factors' | 'trustedDays' | 'role' | 'name' | 'organisation'
>;

export const userSet: Command = {
  usage: [
    'LOGIN [--mfa inherit|available|required] [--grace-until YYYY-MM-DD|none]',
    '[--factors totp,passkey,email-code,one-time-codes|all] [--trusted-days N|inherit]',
    `[--role ${ROLES.join('|')}] [--name NAME] [--org ID]`,
  ].join('\n         '),
  options: {
    mfa: { type: 'string' },
    'grace-until': { type: 'string' },
    factors: { type: 'string' },
    'trusted-days': { type: 'string' },
    role: { type: 'string' },
    name: { type: 'string' },
    org: { type: 'string' },
  },
  run: aboutPerson(async ({ installation, person, options, now }) => {
    const set = settings(options, now);
    if (Object.keys(set).length === 0) throw new UsageError('Nothing to change was given.');
    if (set.organisation !== undefined) await checkOrganisations(installation, [set.organisation]);
    const told = await changeTold(installation, person, set, now, (current) => ({
      ...set,
      ...endedBy(current, ...causesOfPersonChange(current, set)),
    }));
    return { text: describe(person.login, told), json: { login: person.login, changed: told } };
  }),
};

/** Changes the person; the event says what was different. Nothing is recorded where nothing was. */
async function changeTold(
  { store }: Installation,
  { id, organisation }: Person,
  set: Partial<Person>,
  now: number,
  change: (person: Person) => Partial<Person>,
): Promise<Changes> {
  const { event } = operatorEvent('person.changed', { id, organisation }, now);
  let told: Changes = {};
  await changeAdministrator(store, id, (current) => {
    told = changes(current, set, { factors: 'allowed_factors' });
    if (Object.keys(told).length === 0) return {};
    return { ...change(current), ...withMessages(current, { event: { ...event, details: told } }) };
  });
  return told;
}

function settings(options: Options, now: number): Partial<Settable> {
  return given<Settable>({
    mfa: oneOf(options, 'mfa', PERSON_MFA),
    mfaFrom: graceUntil(options, now),
    factors: string(options, 'factors') === 'all' ? null : factorsFrom(options),
    trustedDays: string(options, 'trusted-days') === 'inherit' ? null : trustedDays(options),
    role: oneOf(options, 'role', ROLES),
    name: nameFrom(options),
    organisation: string(options, 'org'),
  });
}

function nameFrom(options: Options): string | undefined {
  const name = string(options, 'name')?.trim();
  if (name !== undefined && !isName(name))
    throw new UsageError('--name must have 1 to 100 characters, none of them a control character.');
  return name;
}

export const userDisable: Command = {
  usage: 'LOGIN',
  options: {},
  run: aboutPerson(async ({ installation, person, now }) => {
    const event = operatorEvent('person.disabled', person, now);
    await disablePerson(installation.store, person.id, [event]);
    return {
      text: `Disabled ${printable(person.login)}.`,
      json: { login: person.login, active: false },
    };
  }),
};

export const userEnable: Command = {
  usage: 'LOGIN',
  options: {},
  run: aboutPerson(async ({ installation, person, now }) => {
    const set = { active: true };
    const told = await changeTold(installation, person, set, now, (current) => ({
      ...set,
      ...endedBy(current, 'enabled'),
    }));
    const text =
      Object.keys(told).length > 0
        ? `Enabled ${printable(person.login)}.`
        : `${printable(person.login)} is enabled already.`;
    return { text, json: { login: person.login, active: true } };
  }),
};
