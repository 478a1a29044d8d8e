/**
 * Is what was issued still good? It is of the person's present epoch, to the client as it is registered
 * and open now, by a consent that holds where it needed one, a code of a session that lives, and, where
 * it rests on the trust in a computer, of a computer that is trusted still. All of it is judged at every
 * use, so that the change that ends it is one write.
 */
import { Provider } from 'oidc-provider';
import { isStanding, listComputers, stillTrusted } from '../../devices/trusted-computer.ts';
import type { FactorId } from '../../records/factor-id.ts';
import { STANDARD_CLAIMS } from '../../policy/claims/standard-claims.ts';
import { ACR } from '../../policy/factors.ts';
import { withOrganisation } from '../authorization/with-organisation.ts';
import { trustBasis, trustRules } from '../../devices/trust.ts';
import { isOpenSince, registrationOf, type Metadata } from '../clients/client-standing.ts';
import { policyOf } from '../clients/clients.ts';
import type { ScopeParts } from '../authorization/asked-scopes.ts';
import { getConsent } from '../authorization/consents.ts';
import { grantedBy, passedOn, passOn } from './resting.ts';
import type { StoredModel } from '../../records/stored-model.ts';
import { isCurrent, type AdapterParts } from './adapter-parts.ts';
import type { ReadAhead, Related } from './read-ahead.ts';

export interface StandingParts extends AdapterParts, Pick<ScopeParts, 'offeredScopes'> {
  ahead: ReadAhead;
  /** Factors that this installation can check. */
  available: readonly FactorId[];
}

/** Every use of a code or token loads its grant, so that what the grant stands on need not be on them too. */
const OF_CLIENT: ReadonlySet<string> = new Set([
  'Grant',
  'ClientCredentials',
  'DeviceCode',
  'PushedAuthorizationRequest',
]);
/** What carries the `acr` of a sign-in on. */
export const OF_SIGN_IN: ReadonlySet<string> = new Set([
  'AuthorizationCode',
  'AccessToken',
  'DeviceCode',
  'RefreshToken',
]);
/** Good only while the session lives that they were bought in. */
const BOUGHT_IN_SESSION: ReadonlySet<string> = new Set(['AuthorizationCode', 'DeviceCode']);

/** `name`: of the library's model. */
export async function stands(
  parts: StandingParts,
  name: string,
  stored: StoredModel,
): Promise<boolean> {
  if (!(await isCurrent(parts, stored.payload.accountId, stored.epoch))) return false;
  if (OF_CLIENT.has(name) && !(await isOfClient(parts, name, stored))) return false;
  if (!OF_SIGN_IN.has(name)) return true;
  if (BOUGHT_IN_SESSION.has(name) && !(await isOfSession(parts, stored))) return false;
  if (Provider.ctx && name !== 'AccessToken') passOn(Provider.ctx, stored.computer);
  return restsOnTrust(stored) ? trustStands(parts, stored) : true;
}

/** What is looked at whenever it is used. */
export function relatedTo(name: string, payload: StoredModel['payload']): Related {
  const { accountId, sessionUid, grantId, expiresWithSession } = payload;
  const hasSession = expiresWithSession === true || BOUGHT_IN_SESSION.has(name);
  const profile = name === 'AccessToken' && OF_PROFILE.test(payload.scope ?? '');
  return { accountId, grantId, profile, sessionUid: hasSession ? sessionUid : undefined };
}

/** Has it scopes of claims that are looked up in profiles? */
const OF_PROFILE = new RegExp(
  `(?:^| )(?:${[...STANDARD_CLAIMS.values()]
    .flatMap(({ needs, scope }) => (needs === 'profile' ? [scope] : []))
    .join('|')})(?: |$)`,
  'u',
);

/** What is issued now stands on this. */
export async function standsOn(
  parts: StandingParts,
  name: string,
  payload: StoredModel['payload'],
): Promise<Pick<StoredModel, 'registration' | 'computer' | 'consent'>> {
  return {
    ...(OF_SIGN_IN.has(name) ? onComputer(passedOn(Provider.ctx)) : {}),
    ...(OF_CLIENT.has(name) ? await onClient(parts, name, payload) : {}),
  };
}

function onComputer(computer: string | null | undefined): Pick<StoredModel, 'computer'> {
  return computer === undefined ? {} : { computer };
}

async function onClient(
  parts: StandingParts,
  name: string,
  payload: StoredModel['payload'],
): Promise<Pick<StoredModel, 'registration' | 'consent'>> {
  const clientId = clientIdOf(name, payload);
  if (clientId === undefined) return {};
  const registration = registrationOf((await clientOf(parts, clientId)) ?? {});
  const consent = name === 'Grant' ? grantedBy(Provider.ctx) : undefined;
  return {
    ...(registration === null ? {} : { registration }),
    ...(consent === undefined ? {} : { consent }),
  };
}

/** As it was at most half a second ago. */
async function clientOf(parts: AdapterParts, id: string): Promise<Metadata | undefined> {
  const { client, provider } = Provider.ctx?.oidc ?? {};
  if (client?.clientId === id) return client;
  return provider ? provider.Client.find(id) : parts.clientMetadata(id);
}

/** A pushed request does not name its client. The library holds it to the one that comes with it. */
function clientIdOf(name: string, { clientId }: StoredModel['payload']): string | undefined {
  return name === 'PushedAuthorizationRequest' ? Provider.ctx?.oidc.client?.clientId : clientId;
}

async function isOfClient(
  parts: StandingParts,
  name: string,
  stored: StoredModel,
): Promise<boolean> {
  const { accountId, iat = 0 } = stored.payload;
  const clientId = clientIdOf(name, stored.payload);
  const client = clientId === undefined ? undefined : await clientOf(parts, clientId);
  if (!client || registrationOf(client) !== (stored.registration ?? null)) return false;
  if (accountId === undefined) return true;
  const person = await parts.people.get(Provider.ctx, accountId);
  const who = person && (await parts.organisations.of(person));
  if (!who || !isOpenSince(client, who, iat * 1000)) return false;
  if (stored.consent === undefined || clientId === undefined) return true;
  const consent = await getConsent(parts.store, { ...who, clientId, client });
  return consent?.id === stored.consent;
}

/**
 * What a code for offline access buys outlives the session, but only what was bought while it lived. Of
 * every other code the library asks this itself; of a spent one it has to see that it comes again.
 */
async function isOfSession(
  { ahead }: StandingParts,
  { payload, consumed }: StoredModel,
): Promise<boolean> {
  const { accountId, clientId = '', grantId, sessionUid = '', expiresWithSession } = payload;
  // A device's code that nobody has let in yet is of no session.
  if (consumed || expiresWithSession || accountId === undefined) return true;
  const session = await ahead.session(sessionUid).stored;
  if (!session || session.ended || session.payload.accountId !== accountId) return false;
  return session.payload.authorizations?.[clientId]?.grantId === grantId;
}

function restsOnTrust({ computer, payload }: StoredModel): boolean {
  if (computer !== undefined) return computer !== null;
  return payload['acr'] === ACR.trusted;
}

async function trustStands(parts: StandingParts, stored: StoredModel): Promise<boolean> {
  const { accountId = '', clientId = '' } = stored.payload;
  const person = await parts.people.get(Provider.ctx, accountId);
  const client = await clientOf(parts, clientId);
  if (!person || !client) return false;
  const who = await withOrganisation(parts.store, person);
  const [basis, now] = [trustBasis(who), parts.now()];
  const rules = trustRules(who, policyOf(client), parts.available);
  if (stored.computer) return stillTrusted(parts, stored.computer, basis, rules, now);
  const computers = await listComputers(parts, person.id);
  return computers.some((one) => mayRestOn(one, stored) && isStanding(one, basis, rules, now));
}

/**
 * Of an older version it is not known on which computer it rests: one of those that were trusted when the
 * first of its refresh tokens was issued.
 */
function mayRestOn({ createdAt }: { createdAt: number }, { payload }: StoredModel): boolean {
  const { iat = 0, iiat = iat } = payload;
  return createdAt < (iiat + 1) * 1000;
}
