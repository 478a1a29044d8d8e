/** What somebody would bring to an app. */
import { z } from 'zod';
import type { Performed } from '../../audit/performed.ts';
import type { Config } from '../../config/schema.ts';
import { previewAnswers, type Answers } from '../../oidc/claims/preview.ts';
import { createGroupNames } from '../../oidc/claims/group-names.ts';
import { createMailDomains } from '../../oidc/claims/mail-domains.ts';
import { cachedOrganisations } from '../../oidc/clients/known-organisations.ts';
import { createResources } from '../../oidc/resources/resources.ts';
import { spaceDelimited } from '../../oidc/space-delimited.ts';
import type { ExplainedStep } from '../../policy/explain.ts';
import { Problem } from '../../problem.ts';
import { allowedScopes, hasPeople, type ClientRecord } from '../../records/client.ts';
import { getPerson } from '../../records/person.ts';
import type { ResourceRecord } from '../../records/resource.ts';
import { resultOf, valueOf, type Result } from '../../result.ts';
import type { Store } from '../../storage/store.ts';
import { explainSignIn } from '../explain-sign-in.ts';
import { boundedText } from '../input.ts';
import { permissions, type Permission } from '../permission.ts';
import { clientNamed } from './client-named.ts';

export const previewClientInput = z.object({
  /** `client_id`. */
  client: boundedText,
  /** As in an authorization request (OIDC Core §3.1.2.1). */
  acrValues: z.string().max(2000).optional(),
  /** Undefined: all that the client may ask for. */
  scope: z.string().max(2000).optional(),
});

export interface PreviewedClient {
  /** No more of it: whoever sees people does not see what clients keep. */
  client: Pick<ClientRecord, 'id' | 'name' | 'firstParty'>;
  login: string;
  scopes: string[];
  /** Asked for, and not the client's: `invalid_scope` where there is such a scope, else ignored. */
  otherScopes: string[];
  /** What the sign-in would take. */
  steps: ExplainedStep[];
  ignoredAcr: string[];
  /** The resource that the access token is for. */
  resource: string | null;
  /** Null: the person would not be let in. */
  answers: Answers | null;
}

interface PreviewParts {
  store: Pick<Store, 'get' | 'getMany' | 'scan'>;
  config: Config;
}

/**
 * As things are now, of a person who has done what the sign-in takes, and has allowed a third party all of
 * it. Reads only. `id`: subject identifier. Problems: `person-unknown`, `client-unknown`, `client-option`
 * for a client that nobody signs in to.
 */
export function previewClient(
  parts: PreviewParts,
  performed: Performed,
  id: string,
  { client: clientId, acrValues, scope }: z.output<typeof previewClientInput>,
): Promise<Result<PreviewedClient>> {
  return resultOf(async () => {
    const { store, config } = parts;
    const may = await permissions(store, performed);
    const person = await getPerson(store, id);
    may('client.preview')({ organisation: person?.organisation });
    if (!person) throw new Problem('person-unknown', { status: 404 });
    const client = await clientOf(store, clientId);
    const seesGroupsOf = sightOfGroups(may('group.list'));
    const { scopes, others } = scopesFor(client, scope);
    const asked = { client: clientId, acrValues, scope: scopes.join(' ') };
    const explained = valueOf(await explainSignIn(parts, performed, id, asked));
    const resource = await resourceOf(store, performed.now, scopes);
    const { issuer } = config;
    const { token, steps, ignoredAcr } = explained;
    const answers =
      token &&
      (await previewAnswers(claimParts(store, performed.now), {
        person,
        client,
        issuer,
        scopes,
        resource,
        acr: token.acr,
        amr: token.amr,
        seesGroupsOf,
      }));
    const { id: of, name, firstParty } = client;
    return {
      client: { id: of, name, firstParty },
      login: person.login,
      scopes,
      otherScopes: others,
      steps,
      ignoredAcr,
      resource: resource?.id ?? null,
      answers,
    };
  });
}

/** A client can name groups of any organisation; what they are called never crosses organisations. */
function sightOfGroups(may: Permission) {
  return (organisation: string): boolean => {
    try {
      may({ organisation });
      return true;
    } catch (error) {
      if (error instanceof Problem) return false;
      throw error;
    }
  };
}

async function clientOf(store: Pick<Store, 'get'>, id: string): Promise<ClientRecord> {
  const client = await clientNamed(store, id);
  if (hasPeople(client.kind)) return client;
  const values = { option: 'user', use: client.kind, reason: 'nobody signs in to it' };
  throw new Problem('client-option', { values });
}

function scopesFor(
  client: ClientRecord,
  asked: string | undefined,
): { scopes: string[]; others: string[] } {
  const allowed = allowedScopes(client);
  if (asked === undefined) return { scopes: allowed, others: [] };
  const named = spaceDelimited(asked);
  return {
    scopes: allowed.filter((scope) => named.includes(scope)),
    others: named.filter((scope) => !allowed.includes(scope)),
  };
}

/** The first that the scopes name: of two the request would be refused. */
async function resourceOf(
  store: Pick<Store, 'scan'>,
  now: number,
  scopes: readonly string[],
): Promise<ResourceRecord | undefined> {
  const { byScope } = await createResources({ store, now: () => now }).known();
  return scopes.map((scope) => byScope.get(scope)).find((one) => one !== undefined);
}

function claimParts(store: Pick<Store, 'get' | 'getMany'>, now: number) {
  const at = (): number => now;
  return {
    store,
    groupNames: createGroupNames(store, at),
    mailDomains: createMailDomains({
      store,
      organisation: cachedOrganisations(store, at),
      now: at,
    }),
  };
}
