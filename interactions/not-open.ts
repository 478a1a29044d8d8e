/** The client is not open to the person's organisation: nothing to enter, only ways out. */
import { recordRefusal } from './report.ts';
import type { Step } from './step.ts';

export const notOpen: Step = {
  name: 'not-open',

  async show({ client, who }) {
    const context = {
      client,
      login: who?.person.login ?? '',
      organisation: who?.organisation.name ?? '',
    };
    return { show: 'interactions/not-open', context, status: 403 };
  },

  async submit(visit) {
    await recordRefusal(visit, 'sign-in.refused', visit.decision.reasons);
    return { error: 'access_denied', description: 'the client is not open to this person' };
  },
};
