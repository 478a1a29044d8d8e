/**
 * The scope of a token is what it has, and that is what the answer says (RFC 6749 §5.1): of what was granted
 * once, only what its client may ask for still; of a client's own tokens only scopes of a resource, as OpenID's
 * are about a person and the rest is nobody's. The library goes by what was granted, and by the request.
 */
import { Provider } from 'oidc-provider';
import { scopesOf } from '../authorization/requested.ts';
import { spaceDelimited } from '../space-delimited.ts';

/** The library's models, as far as they are looked at here. */
interface Models {
  Grant: { prototype: GrantModel };
  ClientCredentials: { prototype: OwnToken };
}
interface GrantModel {
  clientId?: string;
  getOIDCScopeFiltered(filter: unknown): string;
}
interface OwnToken {
  aud?: unknown;
  scope?: string | undefined;
  save(...args: unknown[]): Promise<string>;
}

export function keepScopesTrue(provider: Provider): void {
  const { Grant, ClientCredentials } = provider as unknown as Models;
  const { getOIDCScopeFiltered } = Grant.prototype;
  Grant.prototype.getOIDCScopeFiltered = function keep(filter) {
    const scope = getOIDCScopeFiltered.call(this, filter);
    const { client } = Provider.ctx?.oidc ?? {};
    return client && client.clientId === this.clientId ? registeredOf(client, scope) : scope;
  };
  const { save } = ClientCredentials.prototype;
  ClientCredentials.prototype.save = function keep(...args) {
    if (this.aud === undefined) this.scope = undefined;
    return save.apply(this, args);
  };
}

/** Those of the scope that the client may ask for now. */
export function registeredOf(client: object, scope: unknown): string {
  const registered = scopesOf(client);
  return spaceDelimited(scope)
    .filter((one) => registered.includes(one))
    .join(' ');
}
