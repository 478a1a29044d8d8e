/** What is inside a provider, of which its types tell nothing; as far as it is used here. */
declare module 'oidc-provider/lib/helpers/weak_cache.js' {
  import type { JWK } from 'jose';
  import type { KoaContextWithOIDC, Provider } from 'oidc-provider';

  export default function instance(provider: Provider): {
    keystore: { clear(): void; add(key: JWK): void };
    /** What `/jwks` answers. */
    jwks: { keys: JWK[] };
    /** What answers the token endpoint, by `grant_type`; each sets the body, or throws an error of OAuth. */
    grantTypeHandlers: Map<string, (ctx: KoaContextWithOIDC) => Promise<unknown>>;
  };
}
