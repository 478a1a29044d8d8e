/** Which text of the catalogue a code that was not accepted gets (`problem.<code>`). */
import type { ProblemCode } from '../problem.ts';
import type { NotTaken } from '../throttling/attempts.ts';
import type { EmailCodeVerdict } from './email-code.ts';
import type { TotpVerdict } from './totp.ts';

type NotAccepted =
  | Exclude<TotpVerdict | EmailCodeVerdict, { verdict: 'accepted' }>
  | { verdict: 'accepted' }
  | { verdict: 'replaced' };

export interface CodeNotice {
  code: string;
  values: Readonly<Record<string, string | number>>;
}

export function refusalNotice(refusal: NotTaken | NotAccepted): CodeNotice & { code: ProblemCode } {
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
    case 'older':
      return { code: 'code-older', values: { reference: refusal.reference } };
    case 'accepted':
      throw new Error('A code that was accepted needs no notice.');
    case 'used':
    case 'wrong':
    case 'expired':
    case 'replaced':
      return { code: `code-${refusal.verdict}`, values: {} };
  }
}
