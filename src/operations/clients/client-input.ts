/** Fields of clients, as every door takes them. */
import { z } from 'zod';
import type { ClientFields } from '../../oidc/clients/new-client.ts';
import { TOKEN_ENDPOINT_AUTH_METHODS } from '../../records/client.ts';
import { PROTOCOLS } from '../../records/passcode.ts';
import { SIGNING_ALGS } from '../../records/signing-key.ts';
import { boundedText } from '../input.ts';

export const uriInput = boundedText;
export const urisInput = z.array(uriInput).max(1000);
/** An `acr` value of ours. */
export const acrInput = boundedText;
/** Ids; null: all of them. */
export const organisationsInput = z.array(boundedText).max(10_000).nullable();
/** Of groups. */
const idsInput = z.array(boundedText).max(1000);
const secondsInput = z.number().nullable().optional();

/** A claim has one source. */
const ownClaimInput = z.union([
  z.strictObject({ name: boundedText, attribute: boundedText }),
  z.strictObject({ name: boundedText, group: boundedText }),
  z.strictObject({ name: boundedText, constant: boundedText }),
]);

/** What a client may be is checked where it is made, and named by a Problem; here only what is no such thing at all. */
export const clientFieldsInput = z
  .object({
    redirectUris: urisInput,
    postLogoutRedirectUris: urisInput,
    backchannelLogoutUri: uriInput.nullable(),
    clientUri: uriInput.nullable(),
    logoUri: uriInput.nullable(),
    policyUri: uriInput.nullable(),
    tosUri: uriInput.nullable(),
    initiateLoginUri: uriInput.nullable(),
    tokenEndpointAuthMethod: z.enum(TOKEN_ENDPOINT_AUTH_METHODS),
    jwks: z.object({ keys: z.array(z.record(z.string(), z.unknown())).max(100) }).nullable(),
    jwksUri: uriInput.nullable(),
    alg: z.enum(SIGNING_ALGS),
    lifetimes: z.strictObject({
      accessToken: secondsInput,
      idToken: secondsInput,
      refreshToken: secondsInput,
    }),
    firstParty: z.boolean(),
    requirePkce: z.boolean(),
    requirePar: z.boolean(),
    requireDpop: z.boolean(),
    clientCredentials: z.boolean(),
    offlineAccess: z.boolean(),
    scopes: z.array(boundedText).max(1000),
    groups: z.union([z.enum(['all', 'none']), idsInput]),
    roles: z.array(z.strictObject({ value: boundedText, group: boundedText })).max(1000),
    rolesClaim: boundedText,
    claims: z.array(ownClaimInput).max(1000),
    claimsInIdToken: z.boolean(),
    errors: z.enum(['redirect', 'page']),
    resource: boundedText.nullable(),
    protocols: z.array(z.enum(PROTOCOLS)).max(100),
    requireAcr: acrInput.nullable(),
    acceptTrust: z.boolean(),
    organisations: organisationsInput,
  })
  .partial() satisfies z.ZodType<ClientFields>;
