import { Problem } from '../../../problem.ts';
import { comesBack, kindOf, type ClientRecord } from '../../../records/client.ts';
import { isName } from '../../../text/printable.ts';
import { checkClientOptions, withoutRefusedOptions } from '../client-options.ts';
import { completed, isClientId } from '../clients.ts';
import type { NewClient } from '../new-client.ts';
import { checkedFields, type Longest } from './checked-fields.ts';
import { settled } from './settled.ts';

/**
 * A client as it will be kept, checked. Problems: `client-id-format`, `name-format`, `redirect-uri-missing`,
 * `redirect-uri-invalid`, `acr-unknown`, `client-option`, `client-value`.
 */
export function newClientRecord(
  { id, name, kind: said, ...fields }: NewClient & { id: string },
  longest: Longest,
): Omit<ClientRecord, 'secretHash' | 'createdAt'> {
  // A path that ends in dots leads elsewhere (RFC 3986 §5.2.4); those that were registered can be removed still.
  if (!isClientId(id) || /^\.+$/u.test(id))
    throw new Problem('client-id-format', { values: { id } });
  checkName(name);
  const { redirectUris, clientCredentials = false } = fields;
  // What gets tokens for itself and has nobody coming back is a service, whichever way that was said.
  const kind = clientCredentials ? kindOf({ kind: said, redirectUris }) : said;
  if (comesBack(kind) && redirectUris.length === 0) throw new Problem('redirect-uri-missing');
  checkClientOptions({ kind: said, redirectUris }, fields);
  const plain = {
    ...completed({ kind, firstParty: fields.firstParty ?? true }),
    ...defaultsOf(kind),
    id,
    name: name.trim(),
    kind,
  };
  const checked = checkedFields(fields, { client: plain, longest });
  return settled(withoutRefusedOptions({ ...plain, ...checked }), fields);
}

/** Problem `name-format`. */
export function checkName(name: string): void {
  if (!isName(name)) throw new Problem('name-format');
}

/** Of a new client, where nothing is said. */
function defaultsOf(kind: ClientRecord['kind']) {
  return {
    redirectUris: [] as string[],
    postLogoutRedirectUris: [] as string[],
    backchannelLogoutUri: null,
    alg: 'RS256' as const,
    firstParty: true,
    requirePkce: kind !== 'web',
    clientCredentials: kind === 'service',
    offlineAccess: kind === 'native' || kind === 'device',
    requireAcr: null,
  };
}
