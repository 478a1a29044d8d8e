/** The client is not open to the person's organisation: nothing to enter, only ways out. */
import { NOT_OPEN } from '../../src/oidc/authorization/refused-requests.ts';
import { askedFor, recordRefusal } from '../parts/report.ts';
import type { Step } from '../step.ts';

export const notOpen: Step = {
  name: 'not-open',

  async show(visit) {
    const { client, who, decision } = visit;
    // Told when it is shown: who closes the tab was refused as well.
    const details = askedFor(decision);
    await recordRefusal(visit, 'sign-in.refused', decision.reasons, { details });
    const context = {
      client,
      login: who?.person.login ?? '',
      organisation: who?.organisation.name ?? '',
      by: decision.next === 'not-open' ? decision.by : 'organisation',
    };
    return { show: 'interactions/not-open', context, status: 403 };
  },

  async submit() {
    return { error: 'access_denied', description: NOT_OPEN };
  },
};
