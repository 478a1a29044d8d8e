/**
 * Which refusals are kept where there are too many: anybody can make up as many as they like, of the kinds that
 * an app's settings cause too. Each reason has its share, so that a flood of one pushes out no other; within
 * one, what fits the registration comes first, then what came often, then the latest. Pure.
 */
import type { ClientRecord } from '../../../records/client.ts';
import type { ClientRefusal } from './client-refusal.ts';

/** At most so many, in no promised order. Of fewer reasons each has a larger share. */
export function fairShare(refusals: readonly ClientRefusal[], most: number): ClientRefusal[] {
  if (refusals.length <= most) return [...refusals];
  const byReason = Map.groupBy(refusals, ({ reason }) => reason);
  const ranked = [...byReason.values()].flatMap((of) =>
    of.toSorted(compare).map((refusal, rank) => ({ refusal, rank })),
  );
  return ranked
    .toSorted((a, b) => a.rank - b.rank || compare(a.refusal, b.refusal))
    .slice(0, most)
    .map(({ refusal }) => refusal);
}

function compare(a: ClientRefusal, b: ClientRefusal): number {
  const fits = Number(b.fits ?? false) - Number(a.fits ?? false);
  return fits || b.count - a.count || b.lastAt - a.lastAt;
}

type Uris = Pick<ClientRecord, 'redirectUris' | 'postLogoutRedirectUris' | 'clientUri'>;

/**
 * Could the client's own settings have caused it? A URI of an origin that it has, a scope that there is, or
 * what says nothing of what came.
 */
export function fitsRegistration(
  client: Uris,
  { reason, value }: Pick<ClientRefusal, 'reason' | 'value'>,
): boolean {
  if (reason === 'scope_ignored') return value === 'offline_access';
  if (!reason.endsWith('redirect_uri')) return reason === 'scope' || value === '';
  const { redirectUris, postLogoutRedirectUris, clientUri } = client;
  const known = [...redirectUris, ...postLogoutRedirectUris, ...(clientUri ? [clientUri] : [])];
  const origin = originOf(value);
  return origin !== undefined && known.some((uri) => originOf(uri) === origin);
}

/** With the scheme of an app's own (RFC 8252 §7.1), which has no other origin. */
function originOf(uri: string): string | undefined {
  const url = URL.parse(uri);
  return url ? `${url.protocol}//${url.host}` : undefined;
}
