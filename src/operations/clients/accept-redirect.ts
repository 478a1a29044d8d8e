/**
 * A redirect URI that was refused becomes the client's own. Whoever sends a request chooses what is in it, so it
 * is offered for an origin alone that the client has already: nothing leads anywhere else afterwards.
 */
import { z } from 'zod';
import type { Performed } from '../../audit/performed.ts';
import type { Config } from '../../config/schema.ts';
import { checkClientUri } from '../../oidc/clients/client-uri.ts';
import { refusalsOf } from '../../oidc/clients/refusals/client-refusals.ts';
import { Problem } from '../../problem.ts';
import type { ClientRecord } from '../../records/client.ts';
import { resultOf, valueOf, type Result } from '../../result.ts';
import type { Vault } from '../../secrets/vault.ts';
import type { Store } from '../../storage/store.ts';
import { boundedText } from '../input.ts';
import { permission } from '../permission.ts';
import { clientNamed } from './client-named.ts';
import { changeClient, type ChangedClient } from './change-client.ts';

export const acceptRedirectInput = z.object({ uri: boundedText });

export interface AcceptableRedirect {
  client: ClientRecord;
  /** The registered one that it is most like. */
  nearest: string;
}

/** Problems: `client-unknown`, `redirect-not-acceptable`. */
export function judgeRedirect(
  { store }: { store: Pick<Store, 'get'> },
  performed: Performed,
  id: string,
  { uri }: z.output<typeof acceptRedirectInput>,
): Promise<Result<AcceptableRedirect>> {
  return resultOf(async () => {
    const may = await permission(store, performed, 'client.change');
    may({});
    const client = await clientNamed(store, id);
    const refusals = await refusalsOf(store, client, performed.now);
    const came = refusals.some(({ reason, value }) => reason === 'redirect_uri' && value === uri);
    const why = came ? whyNotAccepted(client, uri) : 'no request of the client came with it';
    if (why !== undefined)
      throw new Problem('redirect-not-acceptable', { status: 409, values: { uri, reason: why } });
    return { client, nearest: nearestTo(client, uri) };
  });
}

/** Problems: those of `judgeRedirect` and `changeClient`. */
export function acceptRedirect(
  parts: {
    store: Pick<Store, 'get' | 'getMany' | 'scan' | 'update'>;
    vault: Vault;
    config: Pick<Config, 'lifetimes'>;
  },
  performed: Performed,
  id: string,
  input: z.output<typeof acceptRedirectInput>,
): Promise<Result<ChangedClient>> {
  return resultOf(async () => {
    valueOf(await judgeRedirect(parts, performed, id, input));
    const change = { add: { redirectUris: [input.uri] } };
    return valueOf(await changeClient(parts, performed, id, change));
  });
}

/** Undefined: it can be. */
export function whyNotAccepted(client: ClientRecord, uri: string): string | undefined {
  if (client.redirectUris.includes(uri)) return 'it is registered already';
  if (uri.includes('…'))
    return 'values of queries, and what is very long, are not kept; register it with --add-redirect-uri';
  try {
    checkClientUri(uri, client.kind);
  } catch (error) {
    return error instanceof Problem ? String(error.values['reason']) : 'it is no URI';
  }
  // Schemes of apps have none.
  const { origin } = new URL(uri);
  const own = client.redirectUris.some((known) => new URL(known).origin === origin);
  return own && origin !== 'null'
    ? undefined
    : 'the client has no redirect URI of that origin; if it should have, register it with --add-redirect-uri';
}

function nearestTo({ redirectUris }: ClientRecord, uri: string): string {
  const { origin } = new URL(uri);
  const common = (other: string): number => {
    const at = [...other].findIndex((character, nth) => character !== uri[nth]);
    return at < 0 ? other.length : at;
  };
  const own = redirectUris.filter((known) => new URL(known).origin === origin);
  return own.toSorted((a, b) => common(b) - common(a))[0] ?? '';
}
