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

type Told = CodeNotice & { code: ProblemCode };

/** By the verdict. */
const NOTICES: Readonly<Record<string, (of: NotAccepted) => Told>> = {
  slow: ({ seconds = 0 }) => ({ code: 'code-slow', values: { seconds } }),
  fast: ({ seconds = 0 }) => ({ code: 'code-fast', values: { seconds } }),
  'old-entry': ({ createdAt = 0 }) => ({ code: 'code-old-entry', values: { date: createdAt } }),
  older: ({ reference = '' }) => ({ code: 'code-older', values: { reference } }),
  used: () => ({ code: 'code-used', values: {} }),
  wrong: () => ({ code: 'code-wrong', values: {} }),
  expired: () => ({ code: 'code-expired', values: {} }),
  replaced: () => ({ code: 'code-replaced', values: {} }),
};

export function refusalNotice(refusal: NotTaken | NotAccepted): Told {
  if (!('verdict' in refusal)) {
    return refusal.reason === 'wait'
      ? { code: 'wait', values: { seconds: refusal.seconds } }
      : { code: 'suspended', values: {} };
  }
  const noticeOf = NOTICES[refusal.verdict];
  if (!noticeOf) throw new Error(`There is nothing to say of ${refusal.verdict}.`);
  return noticeOf(refusal);
}
