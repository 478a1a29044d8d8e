/** `prompt=select_account`: go on with the account of the session, or with another one ("restart"). */
import { Problem } from '../../src/problem.ts';
import { changeVisit } from '../parts/report.ts';
import type { Step } from '../step.ts';

export const selectAccount: Step = {
  name: 'select-account',

  async show({ client, person }) {
    if (!person) throw new Problem('interaction-expired');
    const { name, login } = person;
    return { show: 'interactions/select-account', context: { client, person: { name, login } } };
  },

  async submit(visit) {
    await changeVisit(visit, (record) => ({ ...record, accountChosen: true }));
    return { next: true };
  },
};
