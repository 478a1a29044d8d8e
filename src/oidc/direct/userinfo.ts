/** Userinfo (OIDC Core §5.3) for an access token that is good, in the header. */
import type { AccessToken, Account, KoaContextWithOIDC } from 'oidc-provider';
import filterClaims from 'oidc-provider/lib/helpers/filter_claims.js';
import { accountFinder } from '../tokens/account.ts';
import { kindByLength } from '../tokens/token-lengths.ts';
import type { DirectAnswer } from './direct.ts';
import { grantOf } from './grant.ts';

/** The library's, as far as it is used here. */
interface Masks {
  Claims: new (
    available: object,
    about: object,
  ) => {
    scope(value: string): void;
    mask(claims: object): void;
    rejected(claims: readonly string[]): void;
    result(): Promise<object>;
  };
}

export function directUserinfo(parts: Parameters<typeof accountFinder>[0]): DirectAnswer<object> {
  const find = accountFinder(parts);
  return {
    method: 'GET',
    path: '/me',
    route: 'userinfo',
    async answer(ctx) {
      const { oidc } = ctx;
      const [, value] = /^Bearer ([\w-]+)$/u.exec(ctx.headers.authorization ?? '') ?? [];
      if (value === undefined || kindByLength(value) !== 'AccessToken') return undefined;
      const token = await oidc.provider.AccessToken.find(value);
      if (!token || !isForUserinfo(token)) return undefined;
      oidc.entity('AccessToken', token);
      const client = await oidc.provider.Client.find(token.clientId ?? '');
      if (!client) return undefined;
      oidc.entity('Client', client);
      const account = await find(ctx, token.accountId, token);
      if (!account) return undefined;
      oidc.entity('Account', account);
      return claimsOf(ctx, token, account);
    },
  };
}

function isForUserinfo(token: AccessToken): boolean {
  return token.scopes.has('openid') && token.aud === undefined && !token.isSenderConstrained();
}

async function claimsOf(
  ctx: KoaContextWithOIDC,
  token: AccessToken,
  account: Account,
): Promise<object | undefined> {
  const grant = await grantOf(ctx, token);
  if (!grant) return undefined;
  const claims = filterClaims(token.claims, 'userinfo', grant);
  const rejected = grant.getRejectedOIDCClaims();
  const scope = grant.getOIDCScopeFiltered(new Set((token.scope ?? '').split(' ')));
  const named = claims as Parameters<Account['claims']>[2];
  const available = { ...(await account.claims('userinfo', scope, named, rejected)) };
  const { Claims } = ctx.oidc.provider as unknown as Masks;
  const mask = new Claims({ ...available, sub: account.accountId }, { ctx });
  mask.scope(scope);
  mask.mask(claims);
  mask.rejected(rejected);
  return mask.result();
}
