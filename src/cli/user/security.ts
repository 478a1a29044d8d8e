/** What an operator does for somebody who can't sign in: a new password link, an unlock, a reset. */
import { makeLink } from '../../records/link.ts';
import { changePerson, type Person } from '../../records/person.ts';
import { withMessages } from '../../outbox/message.ts';
import { clearAllAttempts } from '../../throttling/attempts.ts';
import { resetFactors } from '../../operations/factors/reset.ts';
import { printable } from '../../text/printable.ts';
import type { Command } from '../command.ts';
import type { Installation } from '../../server/opened.ts';
import type { World } from '../../server/world.ts';
import { aboutPerson, mailTo, operatorEvent } from './about-person.ts';

export const userPasswordLink: Command = {
  usage: 'LOGIN',
  options: {},
  run: aboutPerson(async ({ world, installation, person }) => {
    const link = await passwordLink(world, installation, person);
    return {
      text: linkText(installation, link),
      json: { login: person.login, password_link: link },
    };
  }),
};

export const userUnlock: Command = {
  usage: 'LOGIN',
  options: {},
  run: aboutPerson(async ({ installation, person, now }) => {
    const messages = [
      operatorEvent('attempts.unlocked', person, now),
      ...(await mailTo(installation, person, 'unlocked', now)),
    ];
    // Told first: broken off in between, it is told and can be done again, never done in silence.
    await changePerson(installation.store, person.id, (current) => ({
      set: withMessages(current, ...messages),
      result: undefined,
    }));
    await clearAllAttempts(installation.store, person.id);
    return {
      text: `${printable(person.login)} can sign in again at once.`,
      json: { login: person.login, unlocked: true },
    };
  }),
};

export const userResetMfa: Command = {
  usage: 'LOGIN',
  options: {},
  run: aboutPerson(async ({ installation, person, now }) => {
    const messages = [
      operatorEvent('factors.reset', person, now),
      ...(await mailTo(installation, person, 'factors-reset', now)),
    ];
    const code = await resetFactors(installation, person.id, messages, now);
    return {
      text: [
        `Reset: ${printable(person.login)} has no second factor any more, and is signed out everywhere.`,
        'Give this code to the person yourself, once you are sure who it is. It is asked for after',
        `the password, before a new factor can be set up, and is valid for 24 h:\n\n  ${code}\n`,
      ].join('\n'),
      json: { login: person.login, enrolment_code: code, valid_for: 86_400 },
    };
  }),
};

/** A new link, and the event that says so. */
export async function passwordLink(
  world: World,
  installation: Installation,
  person: Person,
): Promise<string> {
  const { config, store } = installation;
  const purpose = { purpose: 'set-password' as const, person: person.id, epoch: person.epoch };
  const token = await makeLink(installation, purpose, config.lifetimes.password_link, world.now());
  await changePerson(store, person.id, (current) => ({
    set: withMessages(current, operatorEvent('password.link', person, world.now())),
    result: undefined,
  }));
  return `${config.issuer}/set-password?token=${token}`;
}

export function linkText({ config }: Installation, link: string): string {
  const hours = Math.round(config.lifetimes.password_link / 3600);
  return `Give this link to the person; it sets the password, once, within ${hours} h:\n${link}`;
}
