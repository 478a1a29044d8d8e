import type {
  ClientKind,
  ClientLifetimes,
  ClientRecord,
  OwnClaim,
  TokenEndpointAuthMethod,
} from '../../records/client.ts';
import type { Protocol } from '../../records/passcode.ts';
import type { SigningAlg } from '../../records/signing-key.ts';

/** What an administrator says about a client, at its registration or later. Undefined: nothing; null: none. */
export interface ClientFields {
  redirectUris?: readonly string[] | undefined;
  postLogoutRedirectUris?: readonly string[] | undefined;
  backchannelLogoutUri?: string | null | undefined;
  clientUri?: string | null | undefined;
  logoUri?: string | null | undefined;
  policyUri?: string | null | undefined;
  tosUri?: string | null | undefined;
  initiateLoginUri?: string | null | undefined;
  tokenEndpointAuthMethod?: TokenEndpointAuthMethod | undefined;
  /** A JWK set (RFC 7517 §5) as it came; what is secret in it is refused. */
  jwks?: { keys: readonly object[] } | null | undefined;
  jwksUri?: string | null | undefined;
  /** Undefined at the registration: RS256, which every library knows (OIDC Dynamic Client Registration §2). */
  alg?: SigningAlg | undefined;
  /** In seconds; null: the installation's. Those that are not named stay. */
  lifetimes?: { [Name in keyof ClientLifetimes]?: number | null | undefined } | undefined;
  firstParty?: boolean | undefined;
  /** Undefined at the registration: no, where it authenticates. */
  requirePkce?: boolean | undefined;
  requirePar?: boolean | undefined;
  requireDpop?: boolean | undefined;
  clientCredentials?: boolean | undefined;
  /** Undefined at the registration: native clients and devices get it, as nobody sees their session end. */
  offlineAccess?: boolean | undefined;
  /** The caller knows that they exist. */
  scopes?: readonly string[] | undefined;
  /** Ids; the caller knows that they exist. */
  groups?: 'all' | 'none' | readonly string[] | undefined;
  roles?: readonly { value: string; group: string }[] | undefined;
  rolesClaim?: string | undefined;
  claims?: readonly OwnClaim[] | undefined;
  claimsInIdToken?: boolean | undefined;
  errors?: ClientRecord['errors'] | undefined;
  resource?: string | null | undefined;
  protocols?: readonly Protocol[] | undefined;
  /** An `acr` value of ours. */
  requireAcr?: string | null | undefined;
  acceptTrust?: boolean | undefined;
  /** The caller knows that they exist; null: all. */
  organisations?: readonly string[] | null | undefined;
}

/** A client that is to be registered. */
export interface NewClient extends ClientFields {
  /** Undefined: made from the name (operations/clients/add-client.ts). */
  id?: string | undefined;
  name: string;
  kind: ClientKind;
  redirectUris: readonly string[];
}
