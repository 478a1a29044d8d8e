/** How long what is issued lives, all in seconds: as the installation has it, or shorter as a client's record says. */
import type { Configuration } from 'oidc-provider';
import type { Config } from '../../config/schema.ts';
import type { ClientLifetimes } from '../../records/client.ts';
import { DEVICE_CODE_LIFETIME } from '../../records/under-way/device-code.ts';
import type { SessionLifetime } from '../adapters/session-use.ts';
import { PUSHED_FOR } from '../authorization/request-limits.ts';
import { recordOf } from '../clients/clients.ts';

type Limits = Pick<Config, 'lifetimes'>;

/** Until it was idle for too long, or its absolute end. */
export function sessionLifetime({ lifetimes: limit }: Limits, now: () => number): SessionLifetime {
  return (loginTs) => {
    const at = Math.floor(now() / 1000);
    const absolute = (loginTs ?? at) + limit.session_absolute - at;
    return Math.max(1, Math.min(limit.session_idle, absolute));
  };
}

export function lifetimes(
  { lifetimes: limit }: Limits,
  session: SessionLifetime,
): NonNullable<Configuration['ttl']> {
  return {
    AccessToken: (_ctx, token, client) =>
      shortest(ofResource(token), 'accessToken', limit.access_token, client),
    AuthorizationCode: limit.authorization_code,
    ClientCredentials: (_ctx, token, client) =>
      shortest(ofResource(token), 'accessToken', limit.access_token, client),
    DeviceCode: DEVICE_CODE_LIFETIME,
    // A family of refresh tokens ends with its grant, however often it was rotated.
    Grant: limit.refresh_token,
    IdToken: (_ctx, _token, client) => shortest(undefined, 'idToken', limit.id_token, client),
    Interaction: limit.sign_in,
    PushedAuthorizationRequest: PUSHED_FOR,
    RefreshToken: (_ctx, _token, client) =>
      shortest(undefined, 'refreshToken', limit.refresh_token, client),
    Session: (_ctx, { loginTs }) => session(loginTs),
  };
}

/** The resource says how long its tokens live, in place of the installation. */
function ofResource({
  resourceServer,
}: {
  resourceServer?: { accessTokenTTL?: number | undefined } | undefined;
}): number | undefined {
  return resourceServer?.accessTokenTTL;
}

/** Never longer than the installation's, whatever it was when the client was registered. */
function shortest(
  resource: number | undefined,
  of: keyof ClientLifetimes,
  installation: number,
  client: object,
): number {
  return Math.min(resource ?? installation, recordOf(client).lifetimes[of] ?? Infinity);
}
