import type { ClientKind } from '../../records/client.ts';
import type { SigningAlg } from '../../records/signing-key.ts';

/** What an administrator says about a client that is to be registered. */
export interface NewClient {
  id?: string | undefined;
  name: string;
  kind: ClientKind;
  redirectUris: readonly string[];
  postLogoutRedirectUris?: readonly string[] | undefined;
  backchannelLogoutUri?: string | undefined;
  clientUri?: string | null | undefined;
  /** Undefined: RS256, which every library knows (OIDC Dynamic Client Registration §2). */
  alg?: SigningAlg | undefined;
  firstParty?: boolean | undefined;
  /** Undefined: no, where there is a secret. */
  requirePkce?: boolean | undefined;
  clientCredentials?: boolean | undefined;
  /** Undefined: native clients get it, as nobody sees their session end. */
  offlineAccess?: boolean | undefined;
  /** An `acr` value of ours. */
  requireAcr?: string | undefined;
  acceptTrust?: boolean | undefined;
  /** The caller knows that they exist. */
  organisations?: readonly string[] | null | undefined;
}
