/** Which factors this installation can check at all. */
import { FACTOR_IDS, type FactorId } from './factor.ts';

/** Codes can only be mailed where there is a mail server. */
export function availableFactors({ mailServer }: { mailServer: boolean }): FactorId[] {
  return FACTOR_IDS.filter((id) => id !== 'email-code' || mailServer);
}
