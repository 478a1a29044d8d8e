/** Where "Previous" leads from the first page of a set-up: every page of it has one. */
import { ENROL } from '../../src/oidc/clients/own/account-client.ts';
import { ACCOUNT_CLIENT } from '../../src/oidc/clients/own/own-clients.ts';
import { nextStep } from '../next-step.ts';
import type { Visit } from '../step.ts';

/**
 * What its button sends: `previous` to the set-up that is offered first, unless it is this one; `cancel`
 * back to the account page that asked for it; `restart` to the password.
 */
export function previousOf(visit: Visit, step: string): 'previous' | 'cancel' | 'restart' {
  const due = nextStep(visit.record, visit.decision);
  if (typeof due === 'object' && due.steps[0] !== step) return 'previous';
  return isAskedFor(visit) ? 'cancel' : 'restart';
}

/** Did its person ask for the set-up, on the account page? */
export function isAskedFor({ client, record }: Visit): boolean {
  return client.id === ACCOUNT_CLIENT && record.payload.params?.[ENROL] !== undefined;
}
