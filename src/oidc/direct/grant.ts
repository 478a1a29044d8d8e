import type { AccessToken, ClientCredentials, Grant, KoaContextWithOIDC } from 'oidc-provider';

/** What a token was given for, if it stands still; of a client's own token, nothing. */
export async function grantOf(
  { oidc }: KoaContextWithOIDC,
  { grantId, clientId, accountId }: AccessToken,
): Promise<Grant | undefined> {
  if (grantId === undefined) return undefined;
  const grant = await oidc.provider.Grant.find(grantId, { ignoreExpiration: true });
  if (!grant || grant.isExpired) return undefined;
  if (grant.clientId !== clientId || grant.accountId !== accountId) return undefined;
  oidc.entity('Grant', grant);
  return grant;
}

export async function holdsGrant(
  ctx: KoaContextWithOIDC,
  token: AccessToken | ClientCredentials,
): Promise<boolean> {
  if (token.kind === 'ClientCredentials') {
    ctx.oidc.entity('ClientCredentials', token);
    return true;
  }
  const grant = await grantOf(ctx, token);
  if (grant) ctx.oidc.entity('AccessToken', token);
  return grant !== undefined;
}
