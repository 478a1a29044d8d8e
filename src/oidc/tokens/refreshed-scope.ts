/**
 * A refresh may ask for the scopes of the sign-in again (RFC 6749 §6), and apps send what they sent then.
 * What was left out there without an error, as nobody gets it or this client does not, is left out here:
 * the library would refuse the refresh for it. What others can have stays refused.
 */
import { Provider } from 'oidc-provider';
import { SCOPES } from '../authorization/requested.ts';

const FOR_EVERY_CLIENT: ReadonlySet<string> = new Set(
  SCOPES.filter((scope) => scope !== 'offline_access'),
);

/** The library's model, as far as it is looked at here. */
interface RefreshTokens {
  find(value: string, options?: object): Promise<{ scopes: ReadonlySet<string> } | undefined>;
}

export function narrowRefreshes(provider: Provider): void {
  const { RefreshToken } = provider as unknown as { RefreshToken: RefreshTokens };
  const find = RefreshToken.find.bind(RefreshToken);
  RefreshToken.find = async (value, options) => {
    const token = await find(value, options);
    const { oidc } = Provider.ctx ?? {};
    if (token && oidc?.route === 'token' && oidc.params) narrow(oidc.params, token.scopes);
    return token;
  };
}

/** Where nothing would be left, everything would be meant: that stays as it is, to be refused. */
function narrow(params: Record<string, unknown>, granted: ReadonlySet<string>): void {
  const { scope } = params;
  if (typeof scope !== 'string') return;
  const kept = scope.split(' ').filter((one) => granted.has(one) || FOR_EVERY_CLIENT.has(one));
  if (kept.length > 0) params['scope'] = kept.join(' ');
}
