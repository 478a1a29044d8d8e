/** Which text of the catalogue a code that was not accepted gets (`problem.<code>`). */
import type { Taken } from './attempts.ts';
import type { TotpVerdict } from './totp.ts';

type Refused = Exclude<Taken, { taken: true }>;
type NotAccepted = Exclude<TotpVerdict, { verdict: 'accepted' }> | { verdict: 'replaced' };

export interface CodeNotice {
  code: string;
  values: Readonly<Record<string, string | number>>;
}

export function noticeOf(refusal: Refused | NotAccepted): CodeNotice {
  if ('reason' in refusal) {
    return refusal.reason === 'wait'
      ? { code: 'wait', values: { seconds: refusal.seconds } }
      : { code: 'suspended', values: {} };
  }
  switch (refusal.verdict) {
    case 'slow':
    case 'fast':
      return { code: `code-${refusal.verdict}`, values: { seconds: refusal.seconds } };
    case 'old-entry':
      return { code: 'code-old-entry', values: { date: refusal.createdAt } };
    case 'used':
    case 'wrong':
    case 'replaced':
      return { code: `code-${refusal.verdict}`, values: {} };
  }
}
