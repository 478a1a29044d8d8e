/** The counters of six-digit codes, read beside the sign-in that a code is posted to. */
import { countersOfCodes } from '../../src/factors/counters.ts';
import { sixDigits } from '../../src/factors/totp.ts';
import type { Known } from '../../src/throttling/attempt.ts';
import { readAttempts } from '../../src/throttling/attempts.ts';
import type { Posted } from '../step.ts';

export interface CountersRead {
  ids: ReadonlySet<string>;
  known: Known;
}

/** Of whom this process has seen the sign-in to be about; a try reads its own where it is somebody else by now. */
export async function countersAhead(posted: Posted): Promise<CountersRead | undefined> {
  const { parts, id, browser, fields } = posted;
  const whose = parts.signIns.get(id);
  if (!whose || sixDigits(fields['code'] ?? '') === undefined) return undefined;
  const ids = countersOfCodes(whose.person, browser);
  return { ids: new Set(ids), known: await readAttempts(parts.store, ids) };
}
