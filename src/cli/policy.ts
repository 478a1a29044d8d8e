import {
  explainSignIn,
  explainSignInInput,
  type ExplainedSignIn,
} from '../operations/explain-sign-in.ts';
import type { ExplainedStep, Explanation } from '../policy/explain.ts';
import { valueOf } from '../result.ts';
import { dayOf } from '../text/day-of.ts';
import { printable } from '../text/printable.ts';
import { inputFrom } from './input.ts';
import { operatorPerformed } from '../audit/performed.ts';
import { UsageError } from './usage-error.ts';
import {
  required,
  string,
  strings,
  withInstallation,
  type Command,
  type Options,
} from './command.ts';
import { personNamed } from './user/about-person.ts';

export const policyExplain: Command = {
  usage: '--user LOGIN --client CLIENT_ID [--acr ACR] [--scope SCOPE…]',
  options: {
    user: { type: 'string' },
    client: { type: 'string' },
    acr: { type: 'string' },
    scope: { type: 'string', multiple: true },
  },
  run: (world, { options, positionals }) =>
    withInstallation(world, options, async (installation) => {
      if (positionals.length > 0)
        throw new UsageError(`"${positionals[0]}" is one too many: --user and --client name both.`);
      const { id } = await personNamed(installation, required(options, 'user'));
      const input = inputFrom(explainSignInInput, {
        client: required(options, 'client'),
        acrValues: string(options, 'acr'),
        scope: scopeFrom(options),
      });
      const performed = operatorPerformed(installation.config, world.now());
      const explained = valueOf(await explainSignIn(installation, performed, id, input));
      const { login, organisation, client, ignoredAcr, otherScopes, ...explanation } = explained;
      const ignored = [
        ...ignoredAcr.map((acr) => `There is no acr "${printable(acr)}" here, so it is ignored.`),
        ...otherScopes.map(
          (scope) =>
            `The client may not ask for the scope "${printable(scope)}" (client set --scope).`,
        ),
      ];
      return {
        text: [
          `${printable(login)} signs in to ${client}:`,
          '',
          ...lines(explanation, printable(organisation)),
          ...ignored,
        ].join('\n'),
        json: explainJson(explained),
      };
    }),
};

function explainJson({ login, client, steps, token, ...rest }: ExplainedSignIn) {
  return {
    user: login,
    client,
    steps,
    token,
    trust_days: rest.trustDays,
    trust_is_enough: rest.trustIsEnough,
    postponable_until: rest.postponableUntil,
    may_enrol: rest.mayEnrol,
    ignored_acr: rest.ignoredAcr,
    other_scopes: rest.otherScopes,
  };
}

/** Each by itself, or as they stand in a request. */
function scopeFrom(options: Options): string | undefined {
  const given = strings(options, 'scope');
  return given.length === 0 ? undefined : given.join(' ');
}

const WORDS: Readonly<Record<ExplainedStep['step'], string>> = {
  password: 'the password',
  factor: 'one of these factors',
  'enrolment-code': 'the code that the administrator handed over at the reset',
  enrol: 'sets up one of these factors',
  done: 'is signed in',
  refuse: 'is refused',
  'not-open': 'is turned away',
  'factor-barred': 'is sent to an administrator',
};

function lines({ steps, token, ...rest }: Explanation, organisation: string): string[] {
  const numbered = steps.flatMap((step, at) => [
    `${at + 1}. ${headline(step)}`,
    ...step.reasons.map((reason) => `     ${inWords(reason, organisation)}`),
  ]);
  return [
    ...numbered,
    '',
    ...(token ? [trust({ steps, ...rest })] : []),
    ...(rest.postponableUntil === null
      ? []
      : [`The set-up of a factor can be put off until ${dayOf(rest.postponableUntil)}.`]),
    ...(token ? [`The ID token states acr ${token.acr}, amr ${token.amr.join(' ')}.`] : []),
  ];
}

/** What is enough besides a code of an authenticator app or a passkey. */
const ENOUGH: Readonly<Record<string, string>> = {
  trusted: '; a trusted computer is enough',
  email: '; a code by email is enough',
};

/** The one reason that people hear of most; the others, and JSON and events, have the policy's own words. */
function inWords(reason: string, organisation: string): string {
  const [, floor] = /^organisation requires MFA \((\w+)\)$/u.exec(reason) ?? [];
  if (floor === undefined) return reason;
  return `${organisation} requires two-step authentication${ENOUGH[floor] ?? ''}`;
}

function headline({ step, factors }: ExplainedStep): string {
  if (factors.length === 0) return WORDS[step];
  if (step === 'password') return `${WORDS[step]}; a ${factors.join(', ')} alone would do as well`;
  return `${WORDS[step]}: ${factors.join(', ')}${step === 'enrol' ? '; then signs in anew' : ''}`;
}

function trust({ steps, trustDays, trustIsEnough }: Omit<Explanation, 'token'>): string {
  if (trustDays === 0) return 'A computer can not be trusted here.';
  const can = `A computer can be trusted for ${trustDays} days`;
  if (!steps.some(({ step }) => step === 'factor')) return `${can}.`;
  return trustIsEnough
    ? `${can}: on a trusted one the password is enough.`
    : `${can}, but a trusted one is not enough for this.`;
}
