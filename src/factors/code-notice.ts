/** Which text of the catalogue a code that was not accepted gets (`problem.<code>`). */
import type { ProblemCode } from '../problem.ts';
import type { NotTaken } from '../throttling/attempts.ts';

/** What came of a code; of some verdicts, more is told. */
interface NotAccepted {
  verdict: string;
  /** Of `slow` and `fast`: how far the clock is off. */
  seconds?: number;
  /** Of `old-entry`; milliseconds since the epoch. */
  createdAt?: number;
  /** Of `older`. */
  reference?: string;
}

export interface CodeNotice {
  code: string;
  values: Readonly<Record<string, string | number>>;
}

export function refusalNotice(refusal: NotTaken | NotAccepted): CodeNotice & { code: ProblemCode } {
  if (!('verdict' in refusal)) {
    return refusal.reason === 'wait'
      ? { code: 'wait', values: { seconds: refusal.seconds } }
      : { code: 'suspended', values: {} };
  }
  const { verdict, seconds = 0, createdAt = 0, reference = '' } = refusal;
  switch (verdict) {
    case 'slow':
    case 'fast':
      return { code: `code-${verdict}`, values: { seconds } };
    case 'old-entry':
      return { code: 'code-old-entry', values: { date: createdAt } };
    case 'older':
      return { code: 'code-older', values: { reference } };
    case 'used':
    case 'wrong':
    case 'expired':
    case 'replaced':
      return { code: `code-${verdict}`, values: {} };
    default:
      throw new Error(`There is nothing to say of ${verdict}.`);
  }
}
