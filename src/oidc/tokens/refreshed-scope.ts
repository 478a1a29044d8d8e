/**
 * A refresh may ask for the scopes of the sign-in again (RFC 6749 §6), and apps send what they sent then.
 * What was left out there without an error, as nobody gets it or this client does not, is left out here:
 * the library would refuse the refresh for it. What others can have stays refused.
 */
import { Provider } from 'oidc-provider';
import { isKnownScope, type ScopeParts } from '../authorization/asked-scopes.ts';

/** The library's model, as far as it is looked at here. */
interface RefreshTokens {
  find(value: string, options?: object): Promise<{ scopes: ReadonlySet<string> } | undefined>;
}

export function narrowRefreshes(
  provider: Provider,
  parts: Pick<ScopeParts, 'offeredScopes'>,
): void {
  const { RefreshToken } = provider as unknown as { RefreshToken: RefreshTokens };
  const find = RefreshToken.find.bind(RefreshToken);
  RefreshToken.find = async (value, options) => {
    const token = await find(value, options);
    const { oidc } = Provider.ctx ?? {};
    if (token && oidc?.route === 'token' && oidc.params)
      oidc.params['scope'] = await narrowed(parts, oidc.params['scope'], token.scopes);
    return token;
  };
}

/** Where nothing would be left, everything would be meant: that stays as it is, to be refused. */
export async function narrowed(
  parts: Pick<ScopeParts, 'offeredScopes'>,
  scope: unknown,
  granted: ReadonlySet<string>,
): Promise<unknown> {
  if (typeof scope !== 'string') return scope;
  const kept: string[] = [];
  for (const one of scope.split(' '))
    if (granted.has(one) || (one !== 'offline_access' && (await isKnownScope(parts, one))))
      kept.push(one);
  return kept.length > 0 ? kept.join(' ') : scope;
}
