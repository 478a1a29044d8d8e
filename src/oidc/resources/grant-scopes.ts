import type { Grant, KoaContextWithOIDC } from 'oidc-provider';

/** Grants the scopes of resources among those asked for; `false`: there was nothing to add. */
export function addResourceScopes(
  grant: Grant,
  { oidc }: KoaContextWithOIDC,
  asked: readonly string[],
): boolean {
  const missing = Object.values(oidc.resourceServers ?? {}).map((server) => {
    const granted = grant.getResourceScope(server.identifier()).split(' ');
    const scopes = asked.filter((name) => server.scopes.has(name) && !granted.includes(name));
    return { identifier: server.identifier(), scopes };
  });
  const added = missing.filter(({ scopes }) => scopes.length > 0);
  for (const { identifier, scopes } of added) grant.addResourceScope(identifier, scopes.join(' '));
  return added.length > 0;
}
