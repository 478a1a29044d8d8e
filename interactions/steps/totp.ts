/** The code of the authenticator app. */
import { countersAhead, type CountersRead } from '../parts/counters-ahead.ts';
import { codePage, submitCode } from '../parts/code-page.ts';
import type { Step } from '../step.ts';

export const totp: Step<CountersRead> = {
  name: 'totp',
  show: async (visit) => codePage(visit, 'totp'),
  ahead: countersAhead,
  submit: (visit, fields, ahead) => submitCode(visit, 'totp', fields, { ahead }),
};
