/**
 * The scopes of a request (OIDC Core §3.1.2.1, §11). One that there is and that its client may not have is
 * `invalid_scope`; one that nobody here knows is ignored, and so is `offline_access` for a client without
 * it (tokens/offline-access.ts).
 */
import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import { STANDARD_SCOPES } from '../../policy/claims/standard-claims.ts';
import { spaceDelimited } from '../space-delimited.ts';
import { scopeAsSent } from '../tokens/offline-access.ts';
import { scopesOf } from './requested.ts';

export interface ScopeParts {
  /** The scopes of resource servers, by name. Asked for those alone that are none of OpenID's. */
  offeredScopes(): Promise<OfferedScopes>;
  /** Told of what is ignored, with each request; it never throws. */
  onIgnoredScope?(ctx: KoaContextWithOIDC, scope: string): void;
}

export interface OfferedScopes {
  has(scope: string): boolean;
}

const STANDARD: ReadonlySet<string> = new Set(STANDARD_SCOPES);

/** Is there such a scope, for some client? */
export async function isKnownScope(
  { offeredScopes }: Pick<ScopeParts, 'offeredScopes'>,
  scope: string,
): Promise<boolean> {
  return STANDARD.has(scope) || (await offeredScopes()).has(scope);
}

/** Rejects with `invalid_scope`, for the client. */
export async function checkScopes(parts: ScopeParts, ctx: KoaContextWithOIDC): Promise<void> {
  const { client, params } = ctx.oidc;
  if (!client) return;
  const allowed = scopesOf(client);
  for (const scope of new Set(spaceDelimited(params?.['scope']))) {
    if (allowed.includes(scope) || scope === 'offline_access') continue;
    if (await isKnownScope(parts, scope))
      throw new errors.InvalidScope('requested scope is not allowed', scope);
  }
  // The library has taken them out by now.
  for (const scope of new Set(spaceDelimited(scopeAsSent(ctx))))
    if (!allowed.includes(scope) && !(await isKnownScope(parts, scope)))
      parts.onIgnoredScope?.(ctx, scope);
}
