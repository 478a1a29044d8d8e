/**
 * What a client that is not first party may know; and the gesture without which a native app gets
 * nothing (RFC 8252 §8.6). What is allowed is written down where the request goes on
 * (src/oidc/authorization/existing-grant.ts): a session that ends before that takes it along.
 */
import { z } from 'zod';
import type { Person } from '../../src/records/person.ts';
import { withOrganisation } from '../../src/oidc/authorization/with-organisation.ts';
import { getConsent } from '../../src/oidc/authorization/consents.ts';
import type { ConsentResult } from '../../src/oidc/authorization/existing-grant.ts';
import { claimsOfScope, STANDARD_CLAIM_NAMES } from '../../src/policy/claims/standard-claims.ts';
import { isNothing, missingOf, requestedOf } from '../../src/oidc/authorization/requested.ts';
import type { KnownResources } from '../../src/oidc/resources/resources.ts';
import type { Requested } from '../../src/records/consent.ts';
import { readQualified, type ResourceScope } from '../../src/records/resource.ts';
import { parseFields, text } from '../../src/web/forms.ts';
import { Problem } from '../../src/problem.ts';
import type { Answer, Step, Visit } from '../step.ts';

/** `asked`: by the page that asked for a gesture alone. */
const form = z.object({ decision: text(10), asked: text(10) });

export const consent: Step = {
  name: 'consent',

  async show(visit) {
    const { name } = personOf(visit);
    const { client } = visit;
    const host = client.uri && URL.canParse(client.uri) ? new URL(client.uri).host : '';
    const context = { client: { name: client.name, uri: host || null }, person: { name } };
    if (needsGestureOnly(visit)) return { show: 'interactions/go-on', context };
    return { show: 'interactions/consent', context: { ...context, ...(await question(visit)) } };
  },

  async submit(visit, fields) {
    const parsed = parseFields(form, fields);
    const { id } = personOf(visit);
    const { decision, asked } = parsed.ok ? parsed.values : { decision: '', asked: '' };
    if (decision !== 'allow') return { error: 'access_denied', description: 'the person refused' };
    // Who was only asked to go on has not been shown what the client would know.
    const allowed =
      asked === GESTURE ? {} : ({ ...askedOf(visit), person: id } satisfies ConsentResult);
    return { result: { consent: allowed } } satisfies Answer;
  },
};

const GESTURE = 'gesture';

/** The person of the session that the request runs in; without one there is nobody to consent. */
function personOf({ person, record }: Visit): Person {
  const { session } = record.payload;
  if (!person || session?.accountId !== person.id) throw new Problem('interaction-expired');
  return person;
}

function needsGestureOnly({ client, record }: Visit): boolean {
  const reasons = record.payload.prompt?.reasons ?? [];
  return client.firstParty && reasons.every((reason) => reason === 'native_client_prompt');
}

/** Names of claims of the client's own stand by themselves: nobody has words for them. */
interface Told extends Requested {
  own: readonly string[];
}

interface Shown extends Told {
  /** Those without a description are built in, and have their texts. */
  resourceScopes: Pick<ResourceScope, 'name' | 'description'>[];
}

/** What is new, and what the client has been let know before. */
async function question(visit: Visit): Promise<{ wants: Shown; knows: Shown | null }> {
  const { parts, client } = visit;
  const asked = askedOf(visit);
  const who = await withOrganisation(parts.store, personOf(visit));
  const parties = { ...who, clientId: client.id, client: client.metadata };
  const before = await getConsent(parts.store, parties);
  const missing = missingOf(asked, before);
  const { byId } = await parts.resources.known();
  const shown = (things: Requested): Shown => ({
    ...told(things),
    resourceScopes: things.scopes.flatMap((scope) => described(byId, scope)),
  });
  if (!before || isNothing(missing)) return { wants: shown(asked), knows: null };
  return { wants: shown(missing), knows: shown(before) };
}

/** Of one that is there no more nothing is told: nobody gets it. */
function described(byId: KnownResources['byId'], scope: string): ResourceScope[] {
  const { resource, name } = readQualified(scope) ?? {};
  const found = byId.get(resource ?? '')?.scopes.find((one) => one.name === name);
  return found ? [found] : [];
}

function askedOf({ record, client }: Visit): Requested {
  return requestedOf(record.payload.params ?? {}, client.metadata);
}

/** A claim that belongs to one of the scopes is told with it. */
function told({ scopes, claims }: Requested): Told {
  const within = new Set(scopes.flatMap(claimsOfScope));
  const isStandard = (claim: string): boolean => STANDARD_CLAIM_NAMES.has(claim);
  return {
    scopes: scopes.filter((scope) => !readQualified(scope)),
    claims: claims.filter((claim) => isStandard(claim) && !within.has(claim)),
    own: claims.filter((claim) => !isStandard(claim)),
  };
}
