/** `user extend-grace`: more time for somebody to set two-step authentication up, once. */
import { extendGrace, extendGraceInput } from '../../operations/rollout/extend-grace.ts';
import { valueOf } from '../../result.ts';
import { dayOf, startOfDay } from '../../text/day-of.ts';
import { printable } from '../../text/printable.ts';
import { required, type Command } from '../command.ts';
import { inputFrom } from '../input.ts';
import { UsageError } from '../usage-error.ts';
import { aboutPerson } from './about-person.ts';

export const userExtendGrace: Command = {
  usage: 'LOGIN --until YYYY-MM-DD --reason TEXT',
  options: { until: { type: 'string' }, reason: { type: 'string' } },
  run: aboutPerson(async ({ parts, performed, person, options }) => {
    const day = required(options, 'until');
    const until = startOfDay(day);
    if (until === undefined)
      throw new UsageError(`--until must be a date as YYYY-MM-DD. It is "${day}".`);
    const input = inputFrom(extendGraceInput, { until, reason: required(options, 'reason') });
    valueOf(await extendGrace(parts, performed, person.id, input));
    const text = `${printable(person.login)} has time until ${dayOf(until)}.`;
    return { text, json: { id: person.id, login: person.login, grace_until: until } };
  }),
};
