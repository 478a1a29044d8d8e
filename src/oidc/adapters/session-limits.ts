/** An organisation can have its people's browser sessions end sooner than the installation does. */
import { Provider } from 'oidc-provider';
import type { Organisation } from '../../records/organisation.ts';
import type { StoredSession } from '../../records/session.ts';
import type { AdapterParts } from './adapter-parts.ts';

/** As the organisation was at most half a second ago: asked at every reading, so that a stricter rule holds at once. */
export async function isWithinLimits(
  { people, organisations, now }: Pick<AdapterParts, 'people' | 'organisations' | 'now'>,
  session: Pick<StoredSession, 'payload' | 'usedAt'>,
): Promise<boolean> {
  const { accountId } = session.payload;
  const person = accountId === undefined ? undefined : await people.get(Provider.ctx, accountId);
  const who = person && (await organisations.of(person));
  return !who || isWithin(session, who.organisation, now());
}

/** Pure. `now`: milliseconds since the epoch. */
export function isWithin(
  { payload: { loginTs }, usedAt }: Pick<StoredSession, 'payload' | 'usedAt'>,
  { sessionAbsolute, sessionIdle }: Pick<Organisation, 'sessionAbsolute' | 'sessionIdle'>,
  now: number,
): boolean {
  const ends = [
    endOf(loginTs === undefined ? undefined : loginTs * 1000, sessionAbsolute),
    endOf(usedAt, sessionIdle),
  ];
  return ends.every((end) => now < end);
}

/** A session of an older version does not tell since when: the installation's own limit holds it. */
function endOf(since: number | undefined, seconds: number | null | undefined): number {
  return since === undefined || typeof seconds !== 'number' ? Infinity : since + seconds * 1000;
}
