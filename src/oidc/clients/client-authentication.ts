/** What the library asks of us to authenticate a client: who it is, and is that its secret. */
import type { Context } from 'koa';
import { errors, Provider, type KoaContextWithOIDC } from 'oidc-provider';
import type { ClientSecrets } from './secrets/client-secrets.ts';
import type { ClientRecord } from '../../records/client.ts';
import { freshKeys } from './key-sets.ts';
import { readClient, recordOf } from './clients.ts';

type Client = InstanceType<Provider['Client']>;

/** Stands in for a client that is not registered; no registered id has a colon. */
const STAND_IN = 'nobody:';

/** The library builds its Client from this as from any other. `secretHash`: 43 characters, as all have. */
export const standIn = (secretHash: string): ClientRecord =>
  readClient({
    id: STAND_IN,
    name: 'Nobody',
    kind: 'web',
    secretHash,
    redirectUris: ['https://nobody.invalid/callback'],
    postLogoutRedirectUris: [],
    backchannelLogoutUri: null,
    alg: 'ES256',
    firstParty: false,
    requirePkce: true,
    clientCredentials: false,
    requireAcr: null,
    acceptTrust: false,
    organisations: [],
    createdAt: 0,
  });

/** The endpoints that authenticate clients, by the library's names. */
const ROUTES: readonly string[] = [
  'token',
  'introspection',
  'revocation',
  'pushed_authorization_request',
  'device_authorization',
];

export function isNobody({ clientId }: Pick<Client, 'clientId'>): boolean {
  return clientId === STAND_IN;
}

interface AuthenticationParts {
  clientSecrets: ClientSecrets;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** The id that a request gave as its client's, registered or not; undefined: none was authenticated. */
export type ClaimedClient = (ctx: KoaContextWithOIDC) => string | undefined;

/**
 * Wraps `provider.Client.find`, which answers the stand-in for what is not registered, and replaces the
 * comparison of secrets. Only the look-up that authenticates sees the stand-in: its secret is compared
 * like any other, and is never right.
 */
export function authenticateClients(
  provider: Provider,
  { clientSecrets: secrets, now }: AuthenticationParts,
): ClaimedClient {
  const find = provider.Client.find.bind(provider.Client);
  const claimed = new WeakMap<object, string>();
  const needFresh = freshKeys(now);

  provider.Client.find = async (id: string): Promise<Client | undefined> => {
    const client = await find(id);
    const { ctx } = Provider;
    if (ctx && isAuthenticating(ctx)) {
      claimed.set(ctx, id);
      if (client) await needFresh(client, ctx.oidc.params?.['client_assertion']);
      return client;
    }
    return client && isNobody(client) ? undefined : client;
  };

  provider.Client.prototype.compareClientSecret = function compare(this: Client, given: string) {
    const { ctx } = Provider;
    if (!ctx) return false;
    const id = claimed.get(ctx) ?? this.clientId;
    const judged = secrets.judge(
      ctx,
      id,
      isNobody(this) ? undefined : recordOf(this).secrets,
      given,
    );
    if (judged.verdict === 'too-many') throw tooMany(ctx, judged.seconds);
    return judged.verdict === 'right';
  };
  return (ctx) => claimed.get(ctx);
}

function isAuthenticating({ oidc }: KoaContextWithOIDC): boolean {
  return ROUTES.includes(oidc.route) && oidc.client === undefined;
}

/** RFC 6585 §4: the authentication has failed as before, and more of them are not wanted now. */
function tooMany(ctx: Context, seconds: number): Error {
  ctx.set('Retry-After', String(seconds));
  const error = new errors.InvalidClientAuth('too many wrong secrets');
  const error_description = 'too many wrong client secrets, try again later';
  return Object.assign(error, { status: 429, statusCode: 429, error_description });
}
