import {
  checkAttributes,
  withAttributes,
  type AttributesGiven,
} from '../../operations/attributes/attribute-rules.ts';
import { changeAttributes } from '../../operations/attributes/change-attributes.ts';
import { disablePerson } from '../../operations/people/disable-person.ts';
import { enablePerson } from '../../operations/people/enable-person.ts';
import {
  updatePerson,
  updatePersonInput,
  type PersonUpdate,
} from '../../operations/people/update-person.ts';
import { PERSON_MFA, ROLES } from '../../records/person.ts';
import { getProfile } from '../../records/profile.ts';
import { valueOf } from '../../result.ts';
import { LANGUAGES, type Language } from '../../text/languages.ts';
import { isName, printable } from '../../text/printable.ts';
import { confirm, CONFIRMED } from '../confirm.ts';
import { UsageError } from '../usage-error.ts';
import { inputFrom } from '../input.ts';
import { oneOf, string, strings, type Command, type Options } from '../command.ts';
import { activeUntil, describe, factorsFrom, graceUntil, trustedDays } from '../policy-options.ts';
import { given } from '../../operations/input.ts';
import { groupTyped } from '../group/parts.ts';
import { aboutPerson, type AboutPerson } from './about-person.ts';
import { ATTRIBUTE_USAGE, attributesFrom } from './attributes.ts';

export const userSet: Command = {
  usage: [
    'LOGIN [--mfa inherit|available|required] [--grace-until YYYY-MM-DD|none]',
    '[--active-until YYYY-MM-DD|none]',
    '[--factors totp,passkey,email-code,one-time-codes|all] [--trusted-days N|inherit]',
    `[--role ${ROLES.join('|')}]`,
    '[--login NEW-LOGIN] [--email ADDRESS] [--name NAME] [--org ID]',
    `[--language ${LANGUAGES.join('|')}|none]`,
    '[--group GROUP]… [--no-group GROUP]…',
    ATTRIBUTE_USAGE,
  ].join('\n         '),
  options: {
    mfa: { type: 'string', values: PERSON_MFA },
    'grace-until': { type: 'string' },
    'active-until': { type: 'string' },
    factors: { type: 'string' },
    'trusted-days': { type: 'string' },
    role: { type: 'string', values: ROLES },
    login: { type: 'string' },
    email: { type: 'string' },
    name: { type: 'string' },
    org: { type: 'string' },
    language: { type: 'string', values: [...LANGUAGES, 'none'] },
    group: { type: 'string', multiple: true },
    'no-group': { type: 'string', multiple: true },
    attribute: { type: 'string', multiple: true },
  },
  run: aboutPerson(async (about) => {
    const { parts, performed, person, options, now } = about;
    const told = { ...settings(options, now), ...(await groupsFrom(about)) };
    const input = inputFrom(updatePersonInput, told);
    const attributes = attributesFrom(options);
    const isOfPerson = Object.keys(input).length > 0;
    if (!isOfPerson && !attributes) throw new UsageError('Nothing to change was given.');
    // Of two writes, the first is not made where the second one would be refused.
    const { id, login } = person;
    if (attributes) await checkAttributesOf(parts, id, attributes);
    const changed = isOfPerson ? valueOf(await updatePerson(parts, performed, id, input)) : {};
    const more = attributes
      ? valueOf(await changeAttributes(parts, performed, id, attributes)).changed
      : {};
    const all = { ...changed, ...more };
    return { text: describe(login, all), json: { login, changed: all } };
  }),
};

async function checkAttributesOf(
  { store }: AboutPerson['parts'],
  id: string,
  attributes: AttributesGiven,
): Promise<void> {
  checkAttributes(attributes);
  withAttributes(await getProfile(store, id), attributes);
}

/** A group is `ORGANISATION/NAME`, or the name alone of one where the person is, or is moved. */
async function groupsFrom({ installation, person, options }: AboutPerson): Promise<PersonUpdate> {
  const organisation = string(options, 'org') ?? person.organisation;
  const idsOf = async (name: string, of: string): Promise<string[]> => {
    const groups = strings(options, name).map((typed) => groupTyped(installation, typed, of));
    return (await Promise.all(groups)).map(({ id }) => id);
  };
  const addGroups = await idsOf('group', organisation);
  const removeGroups = await idsOf('no-group', person.organisation);
  if (addGroups.some((id) => removeGroups.includes(id)))
    throw new UsageError('The same group cannot be given by --group and taken by --no-group.');
  return {
    ...(addGroups.length > 0 ? { addGroups } : {}),
    ...(removeGroups.length > 0 ? { removeGroups } : {}),
  };
}

type Settings = Omit<PersonUpdate, 'addGroups' | 'removeGroups'>;

function settings(options: Options, now: number): Settings {
  return given<Required<Settings>>({
    mfa: oneOf(options, 'mfa', PERSON_MFA),
    mfaFrom: graceUntil(options, now),
    activeUntil: activeUntil(options),
    factors: string(options, 'factors') === 'all' ? null : factorsFrom(options),
    trustedDays: string(options, 'trusted-days') === 'inherit' ? null : trustedDays(options),
    role: oneOf(options, 'role', ROLES),
    login: string(options, 'login'),
    email: string(options, 'email'),
    name: nameFrom(options),
    organisation: string(options, 'org'),
    language: languageFrom(options),
  });
}

/** `none`: that of their browser. */
function languageFrom(options: Options): Language | null | undefined {
  if (string(options, 'language') === 'none') return null;
  return oneOf(options, 'language', LANGUAGES);
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
