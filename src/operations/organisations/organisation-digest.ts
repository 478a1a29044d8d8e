/** What somebody has looked at before they changed it, to be compared inside the write. */
import { createHash } from 'node:crypto';
import type { Organisation } from '../../records/organisation.ts';

/** Of everything that can be changed of it, and of nothing else. */
export function organisationDigest({
  id: _id,
  trustEpoch: _epoch,
  createdAt: _at,
  appsAdmitted: _admitted,
  postings: _postings,
  gone: _gone,
  requests: _requests,
  ...editable
}: Organisation): string {
  const fields = Object.entries(editable).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(fields)).digest('base64url');
}
