/** Parts of the library that its types tell nothing of; as far as they are used here. */
declare module 'oidc-provider/lib/helpers/als.js' {
  import type { AsyncLocalStorage } from 'node:async_hooks';

  /** The request that is being answered (`Provider.ctx`). */
  const requests: AsyncLocalStorage<object>;
  export default requests;
}

declare module 'oidc-provider/lib/helpers/filter_claims.js' {
  import type { Grant } from 'oidc-provider';

  /** Of the claims that were asked for by name, those that the grant covers. */
  export default function filterClaims(
    asked: object | undefined,
    use: 'userinfo',
    grant: Grant,
  ): Record<string, unknown>;
}
