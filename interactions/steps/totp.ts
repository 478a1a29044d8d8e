/** The code of the authenticator app. */
import { codePage, submitCode } from '../parts/code-page.ts';
import type { Step } from '../step.ts';

export const totp: Step = {
  name: 'totp',
  show: async (visit) => codePage(visit, 'totp'),
  submit: (visit, fields) => submitCode(visit, 'totp', fields),
};
