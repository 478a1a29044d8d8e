/** What an operator does for somebody who can't sign in: a new password link, an unlock, a reset. */
import type { Config } from '../../config/schema.ts';
import { makePasswordLink } from '../../operations/people/make-password-link.ts';
import { resetFactors } from '../../operations/people/reset-factors.ts';
import { giveTemporaryCode } from '../../operations/people/security/give-temporary-code.ts';
import {
  LOCK_DOWN_UNTIL,
  lockDownPerson,
} from '../../operations/people/security/lock-down-person.ts';
import { unlockPerson } from '../../operations/people/unlock-person.ts';
import { valueOf } from '../../result.ts';
import { shell } from '../../templates/quoting.ts';
import { printable } from '../../text/printable.ts';
import { confirm, CONFIRMED } from '../confirm.ts';
import { oneOf, type Command } from '../command.ts';
import { aboutPerson } from './about-person.ts';

export const userPasswordLink: Command = {
  usage: 'LOGIN',
  options: {},
  run: aboutPerson(async ({ parts, performed, person: { id, login } }) => {
    const link = valueOf(await makePasswordLink(parts, performed, id));
    return { text: linkText(parts.config, link), json: { login, password_link: link } };
  }),
};

export const userUnlock: Command = {
  usage: 'LOGIN',
  options: {},
  run: aboutPerson(async ({ parts, performed, person: { id, login } }) => {
    valueOf(await unlockPerson(parts, performed, id));
    const text = `${printable(login)} can sign in again at once.`;
    return { text, json: { login, unlocked: true } };
  }),
};

export const userResetMfa: Command = {
  usage: 'LOGIN [--yes]',
  options: CONFIRMED,
  run: aboutPerson(async ({ world, options, parts, performed, person: { id, login } }) => {
    await confirm(
      world,
      options,
      `This takes all second factors of ${printable(login)} away, and signs them out everywhere.`,
    );
    const { code, validFor } = valueOf(await resetFactors(parts, performed, id));
    return {
      text: [
        `Reset: ${printable(login)} has no second factor any more, and is signed out everywhere.`,
        'Give this code to the person yourself, once you are sure who it is. It is asked for after',
        `the password, before a new factor can be set up, and is valid for ${validFor / 3600} h:\n\n  ${code}\n`,
      ].join('\n'),
      json: { login, enrolment_code: code, valid_for: validFor },
    };
  }),
};

export const userLockDown: Command = {
  usage: 'LOGIN [--until disabled|password] [--yes]',
  options: { ...CONFIRMED, until: { type: 'string', values: LOCK_DOWN_UNTIL } },
  run: aboutPerson(async ({ world, options, parts, performed, person: { id, login } }) => {
    const until = oneOf(options, 'until', LOCK_DOWN_UNTIL) ?? 'disabled';
    const whom = printable(login);
    await confirm(
      world,
      options,
      `This ends the sessions, tokens, trusted computers and passcodes of ${whom}, and takes the password away.`,
    );
    valueOf(await lockDownPerson(parts, performed, id, { until }));
    const text = [
      `Locked down: everything of ${whom} has ended, and the password is gone. Second factors stay.`,
      until === 'disabled'
        ? `Nobody signs in until: latchkey user enable ${shell(whom)}`
        : `They set a new password by a link: latchkey user password-link ${shell(whom)}`,
    ].join('\n');
    return { text, json: { login, locked_down: true, until } };
  }),
};

export const userTemporaryCode: Command = {
  usage: 'LOGIN',
  options: {},
  run: aboutPerson(async ({ parts, performed, person: { id, login } }) => {
    const { code, until } = valueOf(await giveTemporaryCode(parts, performed, id));
    return {
      text: [
        `Give this code to ${printable(login)} yourself, once you are sure who it is. It is entered after the`,
        `password, in place of the app’s, until ${new Date(until).toISOString()}:\n\n  ${code}\n`,
      ].join('\n'),
      json: { login, temporary_code: code, until },
    };
  }),
};

export function linkText({ lifetimes }: Pick<Config, 'lifetimes'>, link: string): string {
  const hours = Math.round(lifetimes.password_link / 3600);
  return `Give this link to the person; it sets the password, once, within ${hours} h:\n${link}`;
}
