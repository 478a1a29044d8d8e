/** What the demonstration prints for people. */
import type { DemoPerson } from './seed.ts';
import type { Running } from './start.ts';

export function describe({ issuer, webmail, mailbox, config, people }: Running): string {
  const rows = people.map(
    (person) =>
      `  ${person.username.padEnd(6)} ${person.password.padEnd(24)} ${person.role.padEnd(14)} ${factorOf(person)}`,
  );
  const codes = people.find(({ oneTimeCodes }) => oneTimeCodes);
  return [
    '',
    'Latchkey, the demonstration',
    '',
    `  Sample webmail   ${webmail}   begin here`,
    `  Mailbox          ${mailbox}   every mail, and the codes of the authenticator apps`,
    `  Provider         ${issuer}`,
    '',
    `  name   password                 role           second factor`,
    ...rows,
    '',
    ...(codes
      ? [
          `  One-time codes of ${codes.username}: ${codes.oneTimeCodes?.slice(0, 3).join(' ')} …`,
          '',
        ]
      : []),
    '  What administrators see and do, in another terminal:',
    `  npm run -s latchkey -- user list --config ${config}`,
    '',
    '  Acme requires a second factor: alice is led through the set-up at her first sign-in.',
    '  Ctrl-C ends all of it.',
    '',
    '',
  ].join('\n');
}

function factorOf({ totpSecret, factors, secondaryEmail }: DemoPerson): string {
  if (totpSecret !== undefined) return `authenticator app with the secret ${totpSecret}`;
  if (factors.includes('email-code'))
    return `codes by email to ${secondaryEmail} (see the mailbox)`;
  return 'not enrolled yet';
}
