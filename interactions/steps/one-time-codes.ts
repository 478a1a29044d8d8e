/** One of the person's backup codes. */
import { codesLeft } from '../../src/factors/one-time-codes.ts';
import { codePage, submitCode } from '../parts/code-page.ts';
import type { Step, Visit } from '../step.ts';

export const oneTimeCodes: Step = {
  name: 'one-time-codes',
  show: async (visit) => codePage(visit, 'one-time-codes', undefined, left(visit)),
  submit: (visit, fields) => submitCode(visit, 'one-time-codes', fields, { more: left(visit) }),
};

function left({ person }: Visit): { left: number } {
  return { left: person ? codesLeft(person) : 0 };
}
