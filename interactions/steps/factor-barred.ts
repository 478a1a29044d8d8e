/**
 * The password was set by a link to the address that the codes go to, and the person has no other
 * factor: nothing to enter, only ways out.
 */
import { maskAddress } from '../../src/text/mailbox.ts';
import { askedFor, recordRefusal } from '../parts/report.ts';
import type { Step } from '../step.ts';

export const factorBarred: Step = {
  name: 'factor-barred',

  async show(visit) {
    const { client, person, decision } = visit;
    // Told when it is shown: who closes the tab was refused as well.
    const details = askedFor(decision);
    await recordRefusal(visit, 'sign-in.refused', decision.reasons, { details });
    const masked = maskAddress(person?.secondaryEmail?.address ?? '');
    const context = { client, login: person?.login ?? '', masked };
    return { show: 'interactions/factor-barred', context, status: 403 };
  },

  async submit() {
    return { error: 'access_denied', description: 'no factor of this person can be accepted' };
  },
};
