import { boundedText } from './input.ts';
import { z } from 'zod';
import type { Performed } from '../audit/performed.ts';
import type { Config } from '../config/schema.ts';
import { availableFactors } from '../factors/available.ts';
import { clientMetadata } from '../oidc/clients/clients.ts';
import { createResources } from '../oidc/resources/resources.ts';
import { policyFor } from '../oidc/resources/scope-floors.ts';
import { spaceDelimited } from '../oidc/space-delimited.ts';
import { explain, type Explanation } from '../policy/explain.ts';
import { levelOf } from '../policy/factors.ts';
import { Problem } from '../problem.ts';
import { withOrganisation } from '../oidc/authorization/with-organisation.ts';
import { allowedScopes } from '../records/client.ts';
import { getPerson } from '../records/person.ts';
import { resultOf, type Result } from '../result.ts';
import type { Store } from '../storage/store.ts';
import { clientNamed } from './clients/client-named.ts';
import { permission } from './permission.ts';

export const explainSignInInput = z.object({
  /** `client_id`. */
  client: boundedText,
  /** As in an authorization request: values separated by spaces (OIDC Core §3.1.2.1). */
  acrValues: z.string().max(2000).optional(),
  /** Those of resources can have floors of their own; undefined: none. */
  scope: z.string().max(2000).optional(),
});

export interface ExplainedSignIn extends Explanation {
  login: string;
  /** The name of theirs. */
  organisation: string;
  /** `client_id`. */
  client: string;
  /** Values that were asked for and that there are not here. */
  ignoredAcr: string[];
  /** Scopes that were asked for and that the client may not have: `invalid_scope` where there is such a scope. */
  otherScopes: string[];
}

/**
 * The steps of a sign-in of that person to that client as things are now, and why. Reads only. `id`: subject
 * identifier. Problems: `person-unknown`, `client-unknown`.
 */
export function explainSignIn(
  { store, config }: { store: Pick<Store, 'get' | 'getMany' | 'scan'>; config: Config },
  performed: Performed,
  id: string,
  { client: clientId, acrValues, scope }: z.output<typeof explainSignInInput>,
): Promise<Result<ExplainedSignIn>> {
  return resultOf(async () => {
    const may = await permission(store, performed, 'policy.explain');
    const person = await getPerson(store, id);
    may({ organisation: person?.organisation });
    if (!person) throw new Problem('person-unknown', { status: 404 });
    const client = await clientNamed(store, clientId);
    const who = await withOrganisation(store, person);
    const asked = spaceDelimited(acrValues);
    const resources = createResources({ store, now: () => performed.now });
    const explained = explain({
      who,
      client: await policyFor(resources, clientMetadata(client), scope),
      request: requestFor(asked, performed.now),
      available: availableFactors(config),
      now: performed.now,
    });
    const ignoredAcr = asked.filter((acr) => !levelOf(acr));
    const allowed = allowedScopes(client);
    const otherScopes = spaceDelimited(scope).filter((name) => !allowed.includes(name));
    const about = { login: person.login, organisation: who.organisation.name, client: client.id };
    return { ...about, ...explained, ignoredAcr, otherScopes };
  });
}

/** Of an app that asks for nothing but these values. */
function requestFor(acrValues: string[], startedAt: number) {
  return { acrValues, essentialAcr: undefined, maxAge: undefined, forceLogin: false, startedAt };
}
