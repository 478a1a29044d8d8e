/**
 * What discovery says beside what the library says by itself (OpenID Connect Discovery §3, RFC 8414 §2).
 * Each list holds what works at this installation, and nothing else; where it can be, it is the very list
 * that the server goes by.
 */
import type { interactionPolicy } from 'oidc-provider';
import { CLIENT_AUTH_ALGS } from './clients/key-sets.ts';
import type { FactorId } from '../records/factor-id.ts';
import { ACR, compareLevels, FACTORS } from '../policy/factors.ts';
import { LEVELS } from '../records/proof.ts';
import { LANGUAGES } from '../text/languages.ts';

/** At every endpoint that authenticates clients; `none`: public clients. */
export const CLIENT_AUTH_METHODS = [
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
  'none',
] as const;

/** `available`: factors that this installation can check. */
export function discoveryMetadata(
  prompts: readonly Pick<interactionPolicy.Prompt, 'name' | 'requestable'>[],
  available: readonly FactorId[],
): Record<string, unknown> {
  return {
    acr_values_supported: acrValues(available),
    introspection_endpoint_auth_methods_supported: CLIENT_AUTH_METHODS,
    introspection_endpoint_auth_signing_alg_values_supported: CLIENT_AUTH_ALGS,
    // Initiating User Registration via OpenID Connect §4.
    prompt_values_supported: ['none', ...prompts.filter(isRequestable).map(({ name }) => name)],
    request_parameter_supported: false,
    revocation_endpoint_auth_methods_supported: CLIENT_AUTH_METHODS,
    revocation_endpoint_auth_signing_alg_values_supported: CLIENT_AUTH_ALGS,
    ui_locales_supported: LANGUAGES,
  };
}

const isRequestable = ({ requestable }: Pick<interactionPolicy.Prompt, 'requestable'>): boolean =>
  requestable;

/** A level can be had where some factor reaches it: a sign-in may be stated as a weaker one. */
function acrValues(available: readonly FactorId[]): string[] {
  const isReached = (level: (typeof LEVELS)[number]): boolean =>
    level === 'password' || available.some((id) => compareLevels(FACTORS[id].level, level) >= 0);
  return LEVELS.filter(isReached).map((level) => ACR[level]);
}
