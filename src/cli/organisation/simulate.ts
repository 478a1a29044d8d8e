/** `org simulate`: who would be asked for more, refused or locked out by other rules. Nothing is changed. */
import { operatorPerformed } from '../../audit/performed.ts';
import { organisationPolicyInput } from '../../operations/organisations/organisation-policy.ts';
import { simulatePolicy } from '../../operations/organisations/preview-policy.ts';
import type { PreviewedPerson } from '../../records/lists/policy-preview.ts';
import { valueOf } from '../../result.ts';
import { dayOf } from '../../text/day-of.ts';
import { printable } from '../../text/printable.ts';
import { onlyPositional, withInstallation, type Command } from '../command.ts';
import { inputFrom } from '../input.ts';
import { POLICY_OPTIONS, POLICY_USAGE, policyFrom } from '../org.ts';
import { UsageError } from '../usage-error.ts';

export const orgSimulate: Command = {
  usage: `ID ${POLICY_USAGE}`,
  options: POLICY_OPTIONS,
  run: (world, args) =>
    withInstallation(world, args.options, async (installation) => {
      const id = onlyPositional(args, 'ID');
      const performed = operatorPerformed(installation.config, world.now());
      const change = inputFrom(organisationPolicyInput, policyFrom(args.options, performed.now));
      if (Object.keys(change).length === 0)
        throw new UsageError('No rules to be tried were given, such as --mfa required.');
      const told = valueOf(await simulatePolicy(installation, performed, id, change));
      const { counts, people, seen, moment } = told;
      const day = moment > performed.now ? ` on ${dayOf(moment)}` : '';
      const text = [
        `Of ${seen} people in ${printable(id)}${day}:`,
        `  locked out          ${counts['locked-out']}`,
        `  refused by an app   ${counts.refused}`,
        `  asked for more      ${counts.asked}`,
        `  mail programs stop  ${counts.mail}`,
        ...(people.length === 0 ? [] : ['', ...people.map(line)]),
        ...(people.length === 200 ? ['(the first 200)'] : []),
      ];
      const json = {
        organisation: id,
        as_of: moment,
        seen,
        locked_out: counts['locked-out'],
        refused: counts.refused,
        asked: counts.asked,
        mail: counts.mail,
        people: people.map(({ losesMail, ...one }) => ({ ...one, loses_mail: losesMail })),
      };
      return { text: text.join('\n'), json };
    }),
};

function line({ login, name, consequence, losesMail, apps }: PreviewedPerson): string {
  const what = [...(consequence === null ? [] : [consequence]), ...(losesMail ? ['mail'] : [])];
  const where = apps.length === 0 ? '' : ` (${apps.map(printable).join(', ')})`;
  return `  ${what.join(', ')}: ${printable(login)}, ${printable(name)}${where}`;
}
