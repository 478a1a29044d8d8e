/**
 * Calls that the library makes to relying parties (back-channel logout, `jwks_uri`). It refuses
 * private addresses at connect; only origins that the operator has listed may be private. No
 * redirects, bounded in time (the library bounds the size of what it reads).
 */
import type { Configuration } from 'oidc-provider';

type Fetch = NonNullable<Configuration['fetch']>;

export function outgoingFetch(options: {
  /** Origins such as `https://webmail.internal`. */
  private_origins: readonly string[];
  /** Milliseconds. */
  timeout_ms: number;
}): Fetch {
  const listed = new Set(options.private_origins);
  return async (input, init) => {
    const { dispatcher, ...rest } = { dispatcher: undefined, ...init };
    const { origin } = new URL(input instanceof Request ? input.url : input);
    const guard = listed.has(origin) ? {} : { dispatcher };
    const signal = AbortSignal.timeout(options.timeout_ms);
    return fetch(input, { ...rest, ...guard, redirect: 'error', signal });
  };
}
