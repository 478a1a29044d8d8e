import { getOrganisation } from '../records/organisation.ts';
import { availableFactors } from '../factors/available.ts';
import { levelOf } from '../policy/factors.ts';
import { clientMetadata, getClient, policyOf } from '../oidc/clients/clients.ts';
import { spaceDelimited } from '../oidc/space-delimited.ts';
import { explain, type ExplainedStep, type Explanation } from '../policy/explain.ts';
import { Problem } from '../problem.ts';
import { dayOf } from '../text/day-of.ts';
import { printable } from '../text/printable.ts';
import type { Installation } from '../server/opened.ts';
import { UsageError } from './usage-error.ts';
import { required, string, withInstallation, type Command, type Options } from './command.ts';
import { personNamed } from './user/about-person.ts';

export const policyExplain: Command = {
  usage: '--user LOGIN --client CLIENT_ID [--acr ACR]',
  options: { user: { type: 'string' }, client: { type: 'string' }, acr: { type: 'string' } },
  run: (world, { options, positionals }) =>
    withInstallation(world, options, async (installation) => {
      if (positionals.length > 0)
        throw new UsageError(`"${positionals[0]}" is one too many: --user and --client name both.`);
      const { asked, login, client } = await situationOf(installation, options, world.now());
      const explanation = explain(asked);
      const ignoredAcr = asked.request.acrValues.filter((acr) => !levelOf(acr));
      const ignored = ignoredAcr.map(
        (acr) => `There is no acr "${printable(acr)}" here, so it is ignored.`,
      );
      return {
        text: [
          `${printable(login)} signs in to ${client}:`,
          '',
          ...lines(explanation),
          ...ignored,
        ].join('\n'),
        json: { user: login, client, ...explanation, ignoredAcr },
      };
    }),
};

async function situationOf(installation: Installation, options: Options, now: number) {
  const { store, config } = installation;
  const person = await personNamed(installation, required(options, 'user'));
  const id = required(options, 'client');
  const client = await getClient(store, id);
  if (!client) throw new Problem('client-unknown', { values: { id } });
  const organisation = await getOrganisation(store, person.organisation);
  if (!organisation) throw new Error(`Organisation ${person.organisation} is gone.`);
  const request = {
    acrValues: spaceDelimited(string(options, 'acr')),
    essentialAcr: undefined,
    maxAge: undefined,
    forceLogin: false,
    startedAt: now,
  };
  const asked = {
    who: { person, organisation },
    client: policyOf(clientMetadata(client)),
    request,
    available: availableFactors(config),
    now,
  };
  return { asked, login: person.login, client: client.id };
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

function lines({ steps, token, ...rest }: Explanation): string[] {
  const numbered = steps.flatMap((step, at) => [
    `${at + 1}. ${headline(step)}`,
    ...step.reasons.map((reason) => `     ${reason}`),
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
