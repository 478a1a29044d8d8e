/** What `client add` and `client set` both can say of a client. */
import type { ClientFields } from '../../oidc/clients/new-client.ts';
import { given } from '../../operations/input.ts';
import { TOKEN_ENDPOINT_AUTH_METHODS } from '../../records/client.ts';
import { groupNamed } from '../../records/group.ts';
import { PROTOCOLS, type Protocol } from '../../records/passcode.ts';
import { SIGNING_ALGS } from '../../records/signing-key.ts';
import type { World } from '../../server/world.ts';
import type { Store } from '../../storage/store.ts';
import { oneOf, string, type OptionSpec, type Options } from '../command.ts';
import { textIn } from '../input.ts';
import { UsageError } from '../usage-error.ts';
import { listFrom, removable, secondsFrom, YES_NO, yesOrNo } from './parts.ts';

const TEXT = { type: 'string' } as const;
const LIST = { type: 'string', multiple: true } as const;
const FLAG = { type: 'string', values: YES_NO } as const;
export const ERRORS = ['redirect', 'page'] as const;

export const FIELD_OPTIONS = {
  'redirect-uri': LIST,
  'post-logout-uri': LIST,
  'backchannel-logout-uri': TEXT,
  'client-uri': TEXT,
  'logo-uri': TEXT,
  'policy-uri': TEXT,
  'terms-uri': TEXT,
  'initiate-login-uri': TEXT,
  'auth-method': { type: 'string', values: TOKEN_ENDPOINT_AUTH_METHODS },
  'jwks-file': TEXT,
  'jwks-uri': TEXT,
  alg: { type: 'string', values: SIGNING_ALGS },
  'require-pkce': FLAG,
  'require-par': FLAG,
  'require-dpop': FLAG,
  'offline-access': FLAG,
  'trusted-computers': FLAG,
  'access-token-lifetime': TEXT,
  'id-token-lifetime': TEXT,
  'refresh-token-lifetime': TEXT,
  scope: LIST,
  groups: LIST,
  role: LIST,
  'roles-claim': TEXT,
  claim: LIST,
  'id-token-claims': FLAG,
  errors: { type: 'string', values: ERRORS },
  resource: TEXT,
  protocols: TEXT,
  org: LIST,
  'all-orgs': { type: 'boolean' },
} as const satisfies Record<string, OptionSpec>;

export const FIELD_USAGE = [
  '[--org ID… | --all-orgs] [--redirect-uri URI…] [--post-logout-uri URI…]',
  '[--backchannel-logout-uri URI] [--initiate-login-uri URI]',
  '[--client-uri URL] [--logo-uri URL] [--policy-uri URL] [--terms-uri URL]',
  '[--auth-method client_secret_basic|client_secret_post|private_key_jwt|none]',
  '[--jwks-file FILE|- | --jwks-uri URL] [--alg ES256|RS256]',
  '[--require-pkce yes|no] [--require-par yes|no] [--require-dpop yes|no]',
  '[--access-token-lifetime SECONDS] [--id-token-lifetime SECONDS]',
  '[--refresh-token-lifetime SECONDS] [--offline-access yes|no]',
  '[--trusted-computers yes|no] [--errors redirect|page]',
  '[--scope SCOPE…] [--groups all|none|ORG/NAME…] [--role VALUE=group:ORG/NAME…]',
  '[--roles-claim NAME] [--claim NAME=attribute:A|group:ORG/NAME|constant:TEXT…]',
  '[--id-token-claims yes|no] [--resource URI] [--protocols imap,pop3,smtp,sieve]',
];

/** Those that were given. Groups become their ids here. Problem `group-unknown`. */
export async function fieldsFrom(
  world: Pick<World, 'cwd' | 'stdin'>,
  store: Pick<Store, 'get'>,
  options: Options,
): Promise<ClientFields> {
  return given<Required<ClientFields>>({
    ...urisFrom(options),
    ...flagsFrom(options),
    ...toldOfPeople(options),
    tokenEndpointAuthMethod: oneOf(options, 'auth-method', TOKEN_ENDPOINT_AUTH_METHODS),
    jwks: await keysFrom(world, options),
    alg: oneOf(options, 'alg', SIGNING_ALGS),
    lifetimes: lifetimesFrom(options),
    groups: await groupsFrom(store, options),
    roles: await rolesFrom(store, options),
    claims: await claimsFrom(store, options),
    errors: oneOf(options, 'errors', ERRORS),
    resource: removable(options, 'resource'),
    protocols: protocolsFrom(options),
    organisations: organisationsFrom(options),
  } as { [Name in keyof Required<ClientFields>]: ClientFields[Name] });
}

function urisFrom(options: Options) {
  return {
    redirectUris: listFrom(options, 'redirect-uri'),
    postLogoutRedirectUris: listFrom(options, 'post-logout-uri'),
    backchannelLogoutUri: removable(options, 'backchannel-logout-uri'),
    clientUri: removable(options, 'client-uri'),
    logoUri: removable(options, 'logo-uri'),
    policyUri: removable(options, 'policy-uri'),
    tosUri: removable(options, 'terms-uri'),
    initiateLoginUri: removable(options, 'initiate-login-uri'),
    jwksUri: removable(options, 'jwks-uri'),
  };
}

function flagsFrom(options: Options) {
  return {
    requirePkce: yesOrNo(options, 'require-pkce'),
    requirePar: yesOrNo(options, 'require-par'),
    requireDpop: yesOrNo(options, 'require-dpop'),
    offlineAccess: yesOrNo(options, 'offline-access'),
    acceptTrust: yesOrNo(options, 'trusted-computers'),
    claimsInIdToken: yesOrNo(options, 'id-token-claims'),
  };
}

function toldOfPeople(options: Options) {
  return {
    // As they stand in a request, too: "openid email".
    scopes: listFrom(options, 'scope')?.flatMap((given) => given.split(/\s+/u).filter(Boolean)),
    rolesClaim: string(options, 'roles-claim'),
  };
}

/** `-`: standard input. */
async function keysFrom(
  world: Pick<World, 'cwd' | 'stdin'>,
  options: Options,
): Promise<ClientFields['jwks']> {
  const file = removable(options, 'jwks-file');
  if (file === undefined || file === null) return file;
  const set = parsed(await textIn(world, file));
  if (set === undefined)
    throw new UsageError(
      `${file === '-' ? 'Standard input' : file} has no JWK set ({"keys": […]}).`,
    );
  return set;
}

function parsed(text: string): { keys: object[] } | undefined {
  try {
    const { keys } = JSON.parse(text) as { keys?: unknown };
    const isSet = Array.isArray(keys) && keys.every((key) => typeof key === 'object' && key);
    return isSet ? { keys: keys as object[] } : undefined;
  } catch {
    return undefined;
  }
}

function lifetimesFrom(options: Options): ClientFields['lifetimes'] {
  const seconds = given<{
    accessToken: number | null;
    idToken: number | null;
    refreshToken: number | null;
  }>({
    accessToken: secondsFrom(options, 'access-token-lifetime'),
    idToken: secondsFrom(options, 'id-token-lifetime'),
    refreshToken: secondsFrom(options, 'refresh-token-lifetime'),
  });
  return Object.keys(seconds).length === 0 ? undefined : seconds;
}

type Groups = Pick<Store, 'get'>;

async function groupsFrom(store: Groups, options: Options): Promise<ClientFields['groups']> {
  const written = listFrom(options, 'groups');
  if (written === undefined) return undefined;
  if (written.length === 0) return 'none';
  if (written.length === 1 && written[0] === 'all') return 'all';
  return Promise.all(written.map(async (name) => (await groupNamed(store, name)).id));
}

async function rolesFrom(store: Groups, options: Options): Promise<ClientFields['roles']> {
  const written = listFrom(options, 'role');
  return written && Promise.all(written.map((one) => roleFrom(store, one)));
}

async function roleFrom(store: Groups, written: string) {
  const [, value, group] = /^(.+?)=group:(.+)$/u.exec(written) ?? [];
  if (value === undefined || group === undefined)
    throw new UsageError(`--role is VALUE=group:ORG/NAME. It is "${written}".`);
  return { value, group: (await groupNamed(store, group)).id };
}

async function claimsFrom(store: Groups, options: Options): Promise<ClientFields['claims']> {
  const written = listFrom(options, 'claim');
  return written && Promise.all(written.map((one) => claimFrom(store, one)));
}

async function claimFrom(store: Groups, written: string) {
  const [, name, source, value] = /^([^=]+)=(attribute|group|constant):(.*)$/su.exec(written) ?? [];
  if (name === undefined || source === undefined || value === undefined)
    throw new UsageError(
      `--claim is NAME=attribute:A, NAME=group:ORG/NAME or NAME=constant:TEXT. It is "${written}".`,
    );
  if (source === 'group') return { name, group: (await groupNamed(store, value)).id };
  return source === 'attribute' ? { name, attribute: value } : { name, constant: value };
}

function protocolsFrom(options: Options): Protocol[] | undefined {
  const written = string(options, 'protocols');
  if (written === undefined) return undefined;
  const names = written.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !PROTOCOLS.some((protocol) => protocol === name));
  if (unknown !== undefined)
    throw new UsageError(
      `--protocols has "${unknown}", which is none. There are: ${PROTOCOLS.join(', ')}.`,
    );
  return PROTOCOLS.filter((protocol) => names.includes(protocol));
}

/** Ids; null: all. */
function organisationsFrom(options: Options): string[] | null | undefined {
  const ids = listFrom(options, 'org');
  const all = options['all-orgs'] === true;
  if (ids && all) throw new UsageError('--org and --all-orgs exclude each other.');
  return all ? null : ids;
}
