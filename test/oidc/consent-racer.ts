/** A process of its own that allows one client many things at once, when told to; see consent-race.test.ts. */
import { OPERATOR_ORIGIN } from '../../src/net/request-origin.ts';
import { newEvent } from '../../src/audit/event.ts';
import { giveConsent } from '../../src/oidc/authorization/consents.ts';
import { anOrganisation, aPerson } from '../support/people.ts';
import { answerRace, timesAtOnce, type RaceOrder } from '../support/race.ts';

export interface ConsentRace extends RaceOrder {
  times: number;
}

/** The client and the person are the same in both; what is allowed is each one's own. */
answerRace(async ({ now, times }: ConsentRace, { store }): Promise<string[]> => {
  const parties = {
    person: aPerson(),
    organisation: anOrganisation(),
    clientId: 'partner',
    client: {},
  };
  const given = await timesAtOnce(times, async (nth) => {
    const event = newEvent({ type: 'access.allowed', at: now, origin: OPERATOR_ORIGIN });
    const allowed = { scopes: ['openid'], claims: [`${process.pid}-${nth}`] };
    return giveConsent(store, parties, allowed, { event, now });
  });
  return given.map(({ id }) => id);
});
