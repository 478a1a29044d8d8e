/** Introspection (RFC 7662) of an access token that is good, by a client that shows its secret in the header. */
import type { AccessToken, ClientCredentials, KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { ClientSecrets } from '../clients/secrets/client-secrets.ts';
import { introspectionPolicy, type IntrospectionParts } from '../resources/introspection.ts';
import { kindByLength } from '../tokens/token-lengths.ts';
import { clientWithSecret, shortForm, type Fields } from './client.ts';
import type { DirectAnswer } from './direct.ts';
import { holdsGrant } from './grant.ts';

export function directIntrospection(
  parts: IntrospectionParts & { clientSecrets: Pick<ClientSecrets, 'isRight'> },
): DirectAnswer<object> {
  const mayKnow = introspectionPolicy(parts);
  return {
    method: 'POST',
    path: '/token/introspection',
    route: 'introspection',
    async answer(ctx) {
      const form = await shortForm(ctx);
      const value = form && tokenIn(form);
      const kind = value === undefined ? undefined : kindByLength(value);
      if (value === undefined || (kind !== 'AccessToken' && kind !== 'ClientCredentials'))
        return undefined;
      const { oidc } = ctx;
      const client = await clientWithSecret(ctx, parts.clientSecrets);
      if (!client) return undefined;
      oidc.entity('Client', client);
      const token = await find(oidc.provider, kind, value);
      if (!token?.isValid || token.isSenderConstrained()) return undefined;
      if (!(await holdsGrant(ctx, token)) || !(await mayKnow(ctx, client, token))) return undefined;
      return told(ctx, token);
    },
  };
}

function find(
  { AccessToken: OfPerson, ClientCredentials: OfClient }: Provider,
  kind: 'AccessToken' | 'ClientCredentials',
  value: string,
): Promise<AccessToken | ClientCredentials | undefined> {
  return kind === 'AccessToken' ? OfPerson.find(value) : OfClient.find(value);
}

/** Where the form says nothing else; a hint is not needed. */
function tokenIn({ token, token_type_hint: _, ...rest }: Fields): string | undefined {
  return Object.keys(rest).length === 0 ? token : undefined;
}

/** As the library tells it. */
function told({ oidc }: KoaContextWithOIDC, token: AccessToken | ClientCredentials): object {
  const { extra, clientId, exp, iat, aud, scope } = token;
  const { accountId, sid } = token as Partial<AccessToken>;
  return Object.assign({ active: true, sub: accountId }, extra, {
    active: true,
    client_id: clientId,
    exp,
    iat,
    sid,
    iss: oidc.issuer,
    aud,
    scope: scope === '' ? undefined : scope,
    token_type: token.tokenType,
  });
}
