/** Parts of the library that its types tell nothing of; as far as they are used here. */
declare module 'oidc-provider/lib/helpers/als.js' {
  import type { AsyncLocalStorage } from 'node:async_hooks';

  /** The request that is being answered (`Provider.ctx`). */
  const requests: AsyncLocalStorage<object>;
  export default requests;
}

declare module 'oidc-provider/lib/helpers/epoch_time.js' {
  /** Seconds. */
  export default function epochTime(): number;
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

declare module 'oidc-provider/lib/helpers/is_valid_scope.js' {
  /** RFC 6749 §3.3; one that is absent is valid. */
  export default function isValidScope(scope: string | undefined): boolean;
}

declare module 'oidc-provider/lib/helpers/params.js' {
  /** Has all that are known as its own properties, undefined where the request says nothing. */
  export default class Params {
    [name: string]: unknown;
    constructor(known: ReadonlySet<string>, given: object);
  }
}

declare module 'oidc-provider/lib/shared/error_handler.js' {
  import type { KoaContextWithOIDC } from 'oidc-provider';

  /** Answers what is thrown, and emits it. */
  export default function answeringErrors(
    event: 'grant.error',
  ): (ctx: KoaContextWithOIDC, next: () => Promise<void>) => Promise<void>;
}
