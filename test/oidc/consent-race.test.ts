/** Two processes on one store in which the same person allows the same client different things. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { getConsent } from '../../src/oidc/authorization/consents.ts';
import { openFreshStore } from '../support/fresh-store.ts';
import { anOrganisation, aPerson } from '../support/people.ts';
import { raceInTwo } from '../support/race.ts';
import type { ConsentRace } from './consent-racer.ts';

const RACER = new URL('./consent-racer.ts', import.meta.url);
const TIMES = 20;

it('a consent is one, with all that was allowed, and as many events', async () => {
  const fresh = await openFreshStore();
  const order: ConsentRace = { ...fresh.race, now: fresh.clock.now, times: TIMES };
  const ids = (await raceInTwo<string[]>(RACER, order)).flat();
  const parties = {
    person: aPerson(),
    organisation: anOrganisation(),
    clientId: 'partner',
    client: {},
  };
  const consent = await getConsent(fresh.store, parties);
  await fresh.close();
  assert.deepEqual([...new Set(ids)], [consent?.id]);
  assert.deepEqual(consent?.scopes, ['openid']);
  assert.equal(consent?.claims.length, 2 * TIMES);
  assert.equal(consent?.postings?.length, 2 * TIMES);
});
