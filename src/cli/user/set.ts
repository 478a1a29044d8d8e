import { disablePerson } from '../../operations/people/disable-person.ts';
import { enablePerson } from '../../operations/people/enable-person.ts';
import {
  updatePerson,
  updatePersonInput,
  type PersonUpdate,
} from '../../operations/people/update-person.ts';
import { PERSON_MFA, ROLES } from '../../records/person.ts';
import { valueOf } from '../../result.ts';
import { isName, printable } from '../../text/printable.ts';
import { confirm, CONFIRMED } from '../confirm.ts';
import { UsageError } from '../usage-error.ts';
import { inputFrom } from '../input.ts';
import { oneOf, string, type Command, type Options } from '../command.ts';
import { describe, factorsFrom, graceUntil, trustedDays } from '../policy-options.ts';
import { given } from '../../operations/input.ts';
import { aboutPerson } from './about-person.ts';

export const userSet: Command = {
  usage: [
    'LOGIN [--mfa inherit|available|required] [--grace-until YYYY-MM-DD|none]',
    '[--factors totp,passkey,email-code,one-time-codes|all] [--trusted-days N|inherit]',
    `[--role ${ROLES.join('|')}]`,
    '[--login NEW-LOGIN] [--email ADDRESS] [--name NAME] [--org ID]',
  ].join('\n         '),
  options: {
    mfa: { type: 'string', values: PERSON_MFA },
    'grace-until': { type: 'string' },
    factors: { type: 'string' },
    'trusted-days': { type: 'string' },
    role: { type: 'string', values: ROLES },
    login: { type: 'string' },
    email: { type: 'string' },
    name: { type: 'string' },
    org: { type: 'string' },
  },
  run: aboutPerson(async ({ parts, performed, person: { id, login }, options, now }) => {
    const input = inputFrom(updatePersonInput, settings(options, now));
    if (Object.keys(input).length === 0) throw new UsageError('Nothing to change was given.');
    const changed = valueOf(await updatePerson(parts, performed, id, input));
    return { text: describe(login, changed), json: { login, changed } };
  }),
};

function settings(options: Options, now: number): PersonUpdate {
  return given<Required<PersonUpdate>>({
    mfa: oneOf(options, 'mfa', PERSON_MFA),
    mfaFrom: graceUntil(options, now),
    factors: string(options, 'factors') === 'all' ? null : factorsFrom(options),
    trustedDays: string(options, 'trusted-days') === 'inherit' ? null : trustedDays(options),
    role: oneOf(options, 'role', ROLES),
    login: string(options, 'login'),
    email: string(options, 'email'),
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
  usage: 'LOGIN [--yes]',
  options: CONFIRMED,
  run: aboutPerson(async ({ world, options, parts, performed, person: { id, login } }) => {
    await confirm(
      world,
      options,
      `This disables ${printable(login)}: their sessions, tokens, trusted computers and passcodes end at once.`,
    );
    valueOf(await disablePerson(parts, performed, id));
    return { text: `Disabled ${printable(login)}.`, json: { login, active: false } };
  }),
};

export const userEnable: Command = {
  usage: 'LOGIN',
  options: {},
  run: aboutPerson(async ({ parts, performed, person: { id, login } }) => {
    const enabled = valueOf(await enablePerson(parts, performed, id));
    const name = printable(login);
    const text = enabled ? `Enabled ${name}.` : `${name} is enabled already.`;
    return { text, json: { login, active: true } };
  }),
};
