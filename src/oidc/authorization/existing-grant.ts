/**
 * What a client is granted of the request at hand (the library's `loadExistingGrant`): all that it may
 * ask for when it is first party, else what the person has consented to. A grant is for one session and
 * only ever grows; nothing is written down as refused, so that what is left out today can be had
 * tomorrow.
 */
import type { Grant, KoaContextWithOIDC } from 'oidc-provider';
import { newEvent } from '../../audit/event.ts';
import type { Relay } from '../../outbox/relay.ts';
import { shutOutBy } from '../../policy/apps/who-may.ts';
import type { Store } from '../../storage/store.ts';
import { requestOrigin } from '../../net/request-origin.ts';
import type { KnownOrganisations } from '../clients/known-organisations.ts';
import { policyOf, recordOf } from '../clients/clients.ts';
import {
  consentId,
  consentCollection,
  type Consent,
  type Requested,
} from '../../records/consent.ts';
import { covers, getConsent, giveConsent, type Parties } from './consents.ts';
import type { RequestPeople } from '../adapters/request-people.ts';
import { grantBy } from '../adapters/resting.ts';
import { readQualified } from '../../records/resource.ts';
import { addResourceScopes } from '../resources/grant-scopes.ts';
import { isNothing, missingOf, requestedOf } from './requested.ts';

export interface GrantParts {
  store: Pick<Store, 'get' | 'update'>;
  people: RequestPeople;
  organisations: KnownOrganisations;
  relay: Pick<Relay, 'soon'>;
  /** Takes what the client cannot have out of the request. */
  narrow(ctx: KoaContextWithOIDC): Promise<void>;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** What the consent page hands to the resumed request, inside the library's result (interactions/steps/consent.ts). */
export interface ConsentResult extends Requested {
  /** Subject identifier of whoever pressed the button. */
  person: string;
}

export function existingGrant(parts: GrantParts) {
  return async (ctx: KoaContextWithOIDC): Promise<Grant | undefined> => {
    const { client, account, session } = ctx.oidc;
    if (!client || !session || !account) return undefined;
    // Of a request that waited: meanwhile its client may have lost what it asks for.
    await parts.narrow(ctx);
    const person = await parts.people.get(ctx, account.accountId);
    // Nothing is granted where nobody may sign in: the grant would be hidden, and made anew each time.
    const who = person && (await parts.organisations.of(person));
    if (!who || shutOutBy(policyOf(client), who)) return undefined;
    const asked = requestedOf({ ...ctx.oidc.params }, client);
    if (recordOf(client).firstParty) return grantOf(ctx, asked);
    const parties = { ...who, clientId: client.clientId, client };
    const consent = await consentOf(parts, ctx, parties);
    if (!covers(consent, asked)) return undefined;
    grantBy(ctx, consent.id);
    return grantOf(ctx, asked);
  };
}

/** What was allowed on the page that this request comes from is written down now, in its session. */
async function consentOf(
  parts: GrantParts,
  ctx: KoaContextWithOIDC,
  parties: Parties,
): Promise<Consent | undefined> {
  const allowed = await allowedOn(ctx, parties);
  if (!allowed) return getConsent(parts.store, parties);
  const { person, clientId: client } = parties;
  const now = parts.now();
  const details = { client, scopes: allowed.scopes.join(' '), claims: allowed.claims.join(' ') };
  const origin = requestOrigin(ctx, client);
  const event = newEvent({ type: 'access.allowed', at: now, origin, person, details });
  const consent = await giveConsent(parts.store, parties, allowed, { event, now });
  parts.relay.soon(consentCollection, consentId(person.id, client));
  return consent;
}

async function allowedOn(
  { oidc }: KoaContextWithOIDC,
  { person, clientId, client }: Parties,
): Promise<Requested | undefined> {
  // Results of pages before this one come along, with every later page of the same request.
  if (oidc.entities.Interaction?.prompt.name !== 'consent') return undefined;
  const result = oidc.result?.consent as (Partial<ConsentResult> & Former) | undefined;
  if (result?.scopes && result.claims && result.person === person.id)
    return { scopes: result.scopes, claims: result.claims };
  // The page of the version before, which may still be running: it has shown the scopes, and granted them.
  const { grantId } = result ?? {};
  const grant = grantId === undefined ? undefined : await oidc.provider.Grant.find(grantId);
  if (grant?.accountId !== person.id || grant.clientId !== clientId) return undefined;
  const given = new Set(words(grant));
  const { scopes } = requestedOf({ ...oidc.params }, client);
  return { scopes: scopes.filter((scope) => given.has(scope)), claims: [] };
}

interface Former {
  grantId?: string;
}

async function grantOf(ctx: KoaContextWithOIDC, asked: Requested): Promise<Grant | undefined> {
  const { client, session, account, provider } = ctx.oidc;
  if (!client || !session || !account) return undefined;
  const grantId = session.grantIdFor(client.clientId);
  const known = grantId ? await provider.Grant.find(grantId) : undefined;
  const grant =
    known ?? new provider.Grant({ accountId: account.accountId, clientId: client.clientId });
  const { scopes, claims } = ungranted(grant, asked);
  const isMore = addResourceScopes(grant, ctx, asked.scopes);
  if (known && !isMore && isNothing({ scopes, claims })) return known;
  if (scopes.length > 0) grant.addOIDCScope(scopes.join(' '));
  // Each by its name: the library answers no claim for its scope alone where it was asked for by itself.
  if (claims.length > 0) grant.addOIDCClaims([...claims]);
  await grant.save();
  return grant;
}

function ungranted(grant: Grant, { scopes, claims }: Requested): Requested {
  const granted = new Set(grant.getOIDCClaims());
  const ofOpenId = scopes.filter((name) => !readQualified(name));
  return {
    scopes: missingOf({ scopes: ofOpenId, claims: [] }, { scopes: words(grant), claims: [] })
      .scopes,
    claims: claims.filter((claim) => !granted.has(claim)),
  };
}

const words = (grant: Grant): string[] => grant.getOIDCScope().split(' ');
