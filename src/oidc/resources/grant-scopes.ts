import type { Grant, KoaContextWithOIDC } from 'oidc-provider';
import { qualifiedScope } from '../../records/resource.ts';

/**
 * Grants the scopes of resources among those asked for (`qualifiedScope`). The library asks for consent
 * for ever to what its grant does not have. `false`: there was nothing to add.
 */
export function addResourceScopes(
  grant: Grant,
  { oidc }: KoaContextWithOIDC,
  asked: readonly string[],
): boolean {
  const missing = Object.values(oidc.resourceServers ?? {}).map((server) => {
    const identifier = server.identifier();
    const granted = grant.getResourceScope(identifier).split(' ');
    const scopes = [...server.scopes].filter(
      (name) => asked.includes(qualifiedScope(identifier, name)) && !granted.includes(name),
    );
    return { identifier, scopes };
  });
  const added = missing.filter(({ scopes }) => scopes.length > 0);
  for (const { identifier, scopes } of added) grant.addResourceScope(identifier, scopes.join(' '));
  return added.length > 0;
}
