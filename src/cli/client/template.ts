/** `client add --template NAME --url URL`: the same as the options that the template stands for, and what to put in on the other side. */
import type { ClientRecord } from '../../records/client.ts';
import { templateUrl, type TemplateClient } from '../../templates/template.ts';
import { CLIENT_TEMPLATES, TEMPLATES, type TemplateId } from '../../templates/templates.ts';
import { oneOf, string, type Arguments, type Options, type OptionSpec } from '../command.ts';
import type { Installation } from '../../server/opened.ts';
import type { World } from '../../server/world.ts';
import { handOver, type HandedOver } from '../mail/template-files.ts';
import { UsageError } from '../usage-error.ts';

export const TEMPLATE_OPTIONS = {
  template: { type: 'string', values: CLIENT_TEMPLATES },
  url: { type: 'string' },
  folder: { type: 'string' },
} as const satisfies Record<string, OptionSpec>;

export const TEMPLATE_USAGE = `[--template ${CLIENT_TEMPLATES.join('|')} [--url URL] [--folder DIR]]`;

const yesNo = (value: boolean): string => (value ? 'yes' : 'no');

/** How the options are called that a template stands for. */
const OPTIONS: {
  [Name in keyof Required<TemplateClient>]: [string, (client: TemplateClient) => Options[string]];
} = {
  kind: ['kind', ({ kind }) => kind],
  redirectUris: ['redirect-uri', ({ redirectUris }) => [...redirectUris]],
  postLogoutRedirectUris: ['post-logout-uri', ({ postLogoutRedirectUris: uris }) => uris],
  backchannelLogoutUri: ['backchannel-logout-uri', (client) => client.backchannelLogoutUri ?? ''],
  clientUri: ['client-uri', ({ clientUri }) => clientUri ?? ''],
  tokenEndpointAuthMethod: ['auth-method', (client) => client.tokenEndpointAuthMethod],
  requirePkce: ['require-pkce', ({ requirePkce }) => yesNo(requirePkce ?? false)],
  scopes: ['scope', ({ scopes }) => scopes],
  claimsInIdToken: ['id-token-claims', ({ claimsInIdToken }) => yesNo(claimsInIdToken ?? false)],
  errors: ['errors', ({ errors }) => errors],
  resource: ['resource', ({ resource }) => resource ?? ''],
  protocols: ['protocols', ({ protocols }) => protocols?.join(',')],
};

/**
 * The arguments with what their template stands for; what was given goes before it. `known`: the options
 * that the command has.
 */
export function withTemplate(
  args: Arguments,
  known: Readonly<Record<string, OptionSpec>>,
): Arguments {
  const id = oneOf(args.options, 'template', CLIENT_TEMPLATES);
  if (id === undefined) {
    const extra = ['url', 'folder'].find((name) => args.options[name] !== undefined);
    if (extra) throw new UsageError(`--${extra} goes with --template.`);
    return args;
  }
  const { title } = TEMPLATES[id];
  const client = clientOf(id, urlFrom(args.options, id));
  const names = Object.keys(client) as (keyof TemplateClient)[];
  const meant = names
    .map((name) => OPTIONS[name])
    .filter(([option]) => option in known)
    .map(([option, value]) => [option, value(client)] as const);
  const options = { ...Object.fromEntries(meant), ...args.options };
  return {
    ...args,
    options,
    positionals: args.positionals.length > 0 ? args.positionals : [title],
  };
}

function clientOf(id: TemplateId, url: string): TemplateClient {
  const template = TEMPLATES[id];
  if (!('client' in template)) throw new UsageError(`${id} is no client.`);
  return template.client(url);
}

/** Without a slash at its end; empty for what has none. */
function urlFrom(options: Options, id: TemplateId): string {
  const url = string(options, 'url')?.replace(/\/+$/u, '');
  if (!TEMPLATES[id].hasUrl) {
    if (url !== undefined) throw new UsageError(`${id} has no --url.`);
    return '';
  }
  if (url === undefined || url === '')
    throw new UsageError(`--url is missing: where people find it, such as https://app.example.org`);
  if (templateUrl(url) === undefined)
    throw new UsageError(
      `--url must be an address such as https://app.example.org. It is "${url}".`,
    );
  return url;
}

/** Undefined: no template was named. */
export async function handOverTemplate(
  world: World,
  { options }: Arguments,
  { config }: Installation,
  { client, secret }: { client: ClientRecord; secret: string | null },
): Promise<HandedOver | undefined> {
  const id = oneOf(options, 'template', CLIENT_TEMPLATES);
  if (id === undefined) return undefined;
  const about = { clientId: client.id, secret, url: urlFrom(options, id) };
  return handOver(world, config, { template: id, about, folder: string(options, 'folder') });
}
