/** What must hold between the fields of a client, and what follows from one for the others. */
import { Problem } from '../../../problem.ts';
import { comesBack, isPublicKind, type ClientRecord } from '../../../records/client.ts';
import type { ClientFields } from '../new-client.ts';
import { refusedValue } from './client-value.ts';

type Fields = Omit<ClientRecord, 'id' | 'name' | 'secretHash' | 'createdAt' | 'registration'>;

/**
 * The client as it is afterwards: of keys and where they are fetched from the one that was said last, neither
 * where it authenticates otherwise, and no groups for a client that is no longer ours. Problems: `redirect-uri-missing`,
 * `client-value`.
 */
export function settled<T extends Fields>(client: T, given: ClientFields): T {
  const after = { ...client, ...impliedBy(client, given) };
  checkTogether(after);
  return after;
}

function impliedBy(client: Fields, given: ClientFields): Partial<Fields> {
  const byKey = client.tokenEndpointAuthMethod === 'private_key_jwt';
  // Both of them given are refused below, and so is a key for nothing.
  const both = Boolean(given.jwks) && Boolean(given.jwksUri);
  const noKeys = !byKey && !given.jwks && !given.jwksUri;
  const isLost = given.firstParty === false && given.groups === undefined;
  return {
    ...(noKeys || (given.jwksUri && !both) ? { jwks: null } : {}),
    ...(noKeys || (given.jwks && !both) ? { jwksUri: null } : {}),
    ...(isLost && client.groups === 'all' ? { groups: 'none' as const } : {}),
  };
}

function checkTogether(client: Fields): void {
  const { kind, redirectUris, clientCredentials, protocols, resource } = client;
  if (comesBack(kind) && redirectUris.length === 0) throw new Problem('redirect-uri-missing');
  if (kind === 'service' && !clientCredentials)
    throw refusedValue('clientCredentials', 'no', 'a service gets nothing else');
  if (kind === 'mail' && protocols.length === 0)
    throw refusedValue('protocols', 'none', 'a mail server serves one of them at least');
  if ((kind === 'mail' || kind === 'resource') && resource === null)
    throw refusedValue('resource', 'none', 'it belongs to the resource that is handed the tokens');
  checkAuthentication(client);
  if (client.roles.length > 0 && client.claims.some(({ name }) => name === client.rolesClaim))
    throw refusedValue('claims', client.rolesClaim, 'that is the claim of its roles');
}

function checkAuthentication({
  kind,
  tokenEndpointAuthMethod: method,
  jwks,
  jwksUri,
}: Fields): void {
  const refuse = (reason: string): Problem =>
    refusedValue('tokenEndpointAuthMethod', method, reason);
  if (method === 'none' && !isPublicKind(kind))
    throw refuse('it keeps a secret or a key; what cannot is an spa, native or device client');
  if (method === 'private_key_jwt') {
    if (kind === 'mail') throw refuse('passcodes are checked with a secret');
    if (!jwks && !jwksUri) throw refuse('its keys are missing: --jwks-file or --jwks-uri');
    if (jwks && jwksUri) throw refuse('keys are in the record or fetched: not both');
  } else if (jwks ?? jwksUri) throw refuse('keys are for private_key_jwt');
}
