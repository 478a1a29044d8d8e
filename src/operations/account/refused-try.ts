/** A try that was not accepted, as the problem that whoever tried is told. */
import { refusalNotice } from '../../factors/code-notice.ts';
import { Problem } from '../../problem.ts';

/** 429 where another try is not taken now, else 400. */
export function refusedTry(refusal: Parameters<typeof refusalNotice>[0]): Problem {
  const { code, values } = refusalNotice(refusal);
  return new Problem(code, { status: 'reason' in refusal ? 429 : 400, values });
}
