import { changeAdministrator, disablePerson } from '../accounts/administrators.ts';
import {
  PERSON_MFA,
  revokeEverything,
  revokeTrust,
  ROLES,
  type Person,
} from '../accounts/person.ts';
import { adding } from '../audit/posting.ts';
import type { FactorId } from '../factors/factor.ts';
import {
  onlyPositional,
  oneOf,
  string,
  UsageError,
  withInstallation,
  type Command,
  type Options,
} from './command.ts';
import { changes, factorsFrom, given, graceUntil, trustedDays } from './policy-options.ts';
import { operatorEvent, personNamed } from './user-event.ts';

type Settable = Pick<Person, 'mfa' | 'mfaFrom' | 'factors' | 'trustedDays' | 'role' | 'name'>;

export const userSet: Command = {
  name: 'user set',
  usage: [
    'LOGIN [--mfa inherit|available|required] [--grace-until YYYY-MM-DD|none]',
    '[--factors totp,passkey,email-code,one-time-codes|all] [--trusted-days N|inherit]',
    '[--role member|administrator] [--name NAME]',
  ].join('\n         '),
  summary: 'Changes what is asked of one person; the stricter of person and organisation counts.',
  options: {
    mfa: { type: 'string' },
    'grace-until': { type: 'string' },
    factors: { type: 'string' },
    'trusted-days': { type: 'string' },
    role: { type: 'string' },
    name: { type: 'string' },
  },
  run: (world, args) =>
    withInstallation(world, args.options, async (installation) => {
      const person = await personNamed(installation, onlyPositional(args, 'LOGIN'));
      const set = settings(args.options, world.now());
      if (Object.keys(set).length === 0) throw new UsageError('Nothing to change was given.');
      const told = changes(person, set);
      const event = operatorEvent('person.changed', person, world.now(), told);
      await changeAdministrator(installation.store, person.id, (current) => ({
        ...set,
        ...revocations(current, set),
        ...adding(current, event),
      }));
      const lines = Object.entries(told).map(([name, change]) => `  ${name}: ${change}`);
      const text =
        lines.length > 0
          ? [`Changed ${person.login}:`, ...lines].join('\n')
          : `${person.login} is like that already.`;
      return { text, json: { login: person.login, changed: told } };
    }),
};

function settings(options: Options, now: number): Partial<Settable> {
  return given<Settable>({
    mfa: oneOf(options, 'mfa', PERSON_MFA),
    mfaFrom: graceUntil(options, now),
    factors: string(options, 'factors') === 'all' ? null : factorsFrom(options),
    trustedDays: string(options, 'trusted-days') === 'inherit' ? null : trustedDays(options),
    role: oneOf(options, 'role', ROLES),
    name: nameFrom(options),
  });
}

function nameFrom(options: Options): string | undefined {
  const name = string(options, 'name')?.trim();
  if (name !== undefined && (name === '' || name.length > 100))
    throw new UsageError('--name must have 1 to 100 characters.');
  return name;
}

/** Another role ends everything; what is tightened, or switched off, ends the trust in computers. */
function revocations(before: Person, set: Partial<Settable>): Partial<Person> {
  if (set.role !== undefined && set.role !== before.role) return revokeEverything(before);
  const mfaChanged = set.mfa !== undefined && set.mfa !== before.mfa;
  const forbidden = set.factors ? takesAway(before.factors, set.factors) : false;
  const shorter = (set.trustedDays ?? Infinity) < (before.trustedDays ?? Infinity);
  return mfaChanged || forbidden || shorter ? revokeTrust(before) : {};
}

function takesAway(before: readonly FactorId[] | null, after: readonly FactorId[]): boolean {
  return before === null || before.some((id) => !after.includes(id));
}

export const userDisable: Command = {
  name: 'user disable',
  usage: 'LOGIN',
  summary: 'Disables a person: sessions, grants and tokens end at once.',
  options: {},
  run: (world, args) =>
    withInstallation(world, args.options, async (installation) => {
      const person = await personNamed(installation, onlyPositional(args, 'LOGIN'));
      const event = operatorEvent('person.disabled', person, world.now());
      await disablePerson(installation.store, person.id, [event]);
      return { text: `Disabled ${person.login}.`, json: { login: person.login, active: false } };
    }),
};

export const userEnable: Command = {
  name: 'user enable',
  usage: 'LOGIN',
  summary: 'Lets a disabled person sign in again.',
  options: {},
  run: (world, args) =>
    withInstallation(world, args.options, async (installation) => {
      const person = await personNamed(installation, onlyPositional(args, 'LOGIN'));
      const told = changes(person, { active: true });
      const event = operatorEvent('person.changed', person, world.now(), told);
      await changeAdministrator(installation.store, person.id, (current) => ({
        active: true,
        ...adding(current, event),
      }));
      return { text: `Enabled ${person.login}.`, json: { login: person.login, active: true } };
    }),
};
