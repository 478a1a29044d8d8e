import {
  previewClient,
  previewClientInput,
  type PreviewedClient,
} from '../../operations/clients/preview-client.ts';
import type { Answers, PreviewedClaim } from '../../oidc/claims/preview.ts';
import { operatorPerformed } from '../../audit/performed.ts';
import { valueOf } from '../../result.ts';
import { printable, printableLines } from '../../text/printable.ts';
import { onlyPositional, required, string, withInstallation, type Command } from '../command.ts';
import { inputFrom } from '../input.ts';
import { personNamed } from '../user/about-person.ts';

export const clientPreview: Command = {
  usage: 'CLIENT_ID --user LOGIN [--scope "SCOPE…"] [--acr-values "ACR…"]',
  options: {
    user: { type: 'string' },
    scope: { type: 'string' },
    'acr-values': { type: 'string' },
  },
  run: (world, args) =>
    withInstallation(world, args.options, async (installation) => {
      const { options } = args;
      const client = onlyPositional(args, 'CLIENT_ID');
      const { id } = await personNamed(installation, required(options, 'user'));
      const input = inputFrom(previewClientInput, {
        client,
        acrValues: string(options, 'acr-values'),
        scope: string(options, 'scope'),
      });
      const performed = operatorPerformed(installation.config, world.now());
      const previewed = valueOf(await previewClient(installation, performed, id, input));
      return { text: lines(previewed).join('\n'), json: json(previewed) };
    }),
};

function json({ client, login, answers, ...rest }: PreviewedClient) {
  return {
    user: login,
    client_id: client.id,
    scopes: rest.scopes,
    other_scopes: rest.otherScopes,
    resource: rest.resource,
    steps: rest.steps,
    ignored_acr: rest.ignoredAcr,
    id_token: answers?.idToken ?? null,
    userinfo: answers?.userinfo ?? null,
    introspection: answers?.introspection ?? null,
    claims: (answers?.claims ?? []).map(({ claim, from, inIdToken, atUserinfo, why }) => ({
      claim,
      from,
      in_id_token: inIdToken,
      at_userinfo: atUserinfo,
      why,
    })),
  };
}

function lines(previewed: PreviewedClient): string[] {
  const { client, login, scopes, otherScopes, ignoredAcr, answers } = previewed;
  const asked = `with the scopes ${scopes.join(' ') || 'that it was given: none'}`;
  return [
    `${printable(login)} at ${printable(client.name)} (${client.id}), ${asked}`,
    ...(client.firstParty ? [] : ['As if they had allowed this third party all of it.']),
    ...otherScopes.map((one) => `Scope "${printable(one)}" is not this client’s.`),
    ...ignoredAcr.map((acr) => `There is no acr "${printable(acr)}" here, so it is ignored.`),
    '',
    ...(answers ? answersInLines(previewed, answers) : refusalLines(previewed)),
  ];
}

function refusalLines({ steps }: PreviewedClient): string[] {
  const reasons = steps.at(-1)?.reasons ?? [];
  return ['They would not be let in:', ...reasons.map((reason) => `  ${printable(reason)}`)];
}

function answersInLines({ resource }: PreviewedClient, answers: Answers): string[] {
  const { idToken, userinfo, introspection, claims } = answers;
  const atUserinfo = userinfo ?? 'refused, as the access token is for a resource';
  const atIntrospection = introspection ?? 'none: the access token is a JWT, which says it itself';
  return [
    ...answerLines('ID token, besides its times, nonce and sid', idToken),
    ...answerLines('Userinfo', atUserinfo),
    ...answerLines(`Introspection${resource === null ? '' : ` by ${resource}`}`, atIntrospection),
    'Where it comes from:',
    ...claims.map(claimLine),
  ];
}

function answerLines(heading: string, value: object | string): string[] {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  return [
    `${heading}:`,
    ...printableLines(text)
      .split('\n')
      .map((line) => `  ${line}`),
    '',
  ];
}

function claimLine({ claim, from, inIdToken, atUserinfo, why }: PreviewedClaim): string {
  const places = [inIdToken ? 'ID token' : '', atUserinfo ? 'userinfo' : ''].filter(Boolean);
  const where = places.join(' and ') || 'nowhere';
  const line = `  ${claim}: ${where}; ${from}${why === null ? '' : `; ${why}`}`;
  return printable(line);
}
