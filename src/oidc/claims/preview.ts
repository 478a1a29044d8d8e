/**
 * What a client would be answered of a person, as one who asks why reads it: made by what answers the client
 * (answer.ts, asked-claims.ts), with where each claim comes from and why one is not there. Reads only.
 */
import { clientClaims } from '../../policy/claims/client-claims.ts';
import { leftOut, LONGEST_ID_TOKEN } from '../../policy/claims/id-token-size.ts';
import { claimsOfScope, STANDARD_CLAIMS } from '../../policy/claims/standard-claims.ts';
import type { ClientRecord } from '../../records/client.ts';
import { writtenGroup } from '../../records/group.ts';
import type { Person } from '../../records/person.ts';
import type { ResourceRecord } from '../../records/resource.ts';
import { answerClaims, type ClaimParts, type Claims, type ClaimsAnswer } from './answer.ts';
import { askedClaims, type Granted } from './asked-claims.ts';
import type { GroupName } from './group-names.ts';
import { leavableClaims } from './own-claims.ts';

export interface Previewed {
  person: Person;
  client: ClientRecord;
  issuer: string;
  /** Those of the request that the client may have. */
  scopes: readonly string[];
  /** The one that the access token is for; undefined: it is for userinfo. */
  resource: ResourceRecord | undefined;
  acr: string;
  amr: readonly string[];
  /** May whoever asks know what groups of that organisation (its id) are called? */
  seesGroupsOf(organisation: string): boolean;
}

export interface PreviewedClaim {
  claim: string;
  /** In words of the administrator's. */
  from: string;
  inIdToken: boolean;
  atUserinfo: boolean;
  /** Why it is not there, or not in both; null: it is in both. */
  why: string | null;
}

/** As JSON is sent; null: there is no such answer. */
export interface Answers {
  idToken: Claims;
  userinfo: Claims | null;
  introspection: Readonly<Record<string, unknown>> | null;
  claims: PreviewedClaim[];
}

export async function previewAnswers(parts: ClaimParts, previewed: Previewed): Promise<Answers> {
  const [token, me] = await Promise.all(
    (['id_token', 'userinfo'] as const).map((use) => answered(parts, previewed, use)),
  );
  const userinfo = previewed.resource ? null : withSub(previewed, me);
  const { claims: idToken, left } = idTokenOf(previewed, token);
  const own = await ownSources(parts, previewed);
  return {
    idToken,
    userinfo,
    introspection: introspectionOf(previewed),
    claims: claimsOf(previewed, own, { idToken, left, known: { ...me?.standard, ...me?.own } }),
  };
}

async function answered(
  parts: ClaimParts,
  { person, client, scopes, resource }: Previewed,
  use: Granted['use'],
): Promise<ClaimsAnswer> {
  const forResource = resource !== undefined;
  const granted = { use, scopes, named: [], allowsOwn: () => true, forResource };
  return answerClaims(parts, person, client, askedClaims(client, granted));
}

function withSub({ person }: Previewed, answer: ClaimsAnswer | undefined): Claims {
  return Object.fromEntries([
    ['sub', person.id],
    ...Object.entries({ ...answer?.own, ...answer?.standard }),
  ]);
}

/** A nonce, a session's id and times as they usually are: their length counts. */
const LIKE_ANY = { nonce: 'n'.repeat(43), sid: 's'.repeat(21), auth_time: 1_234_567_890 };

function idTokenOf(previewed: Previewed, answer: ClaimsAnswer | undefined) {
  const { issuer, client, acr, amr } = previewed;
  const payload = { ...withSub(previewed, answer), acr, amr };
  const left = leftOut({
    payload: { ...payload, ...LIKE_ANY },
    leavable: leavableClaims(Object.keys(answer?.own ?? {})),
    issuer,
    audience: client.id,
    alg: client.alg,
  });
  const kept = Object.entries(payload).filter(([name]) => !left.includes(name));
  const claims = Object.fromEntries([['iss', issuer], ['aud', client.id], ...kept]) as Claims;
  return { claims, left };
}

/** What the resource's own client is told; of a token for userinfo, what the client itself is (RFC 7662 §2.2). */
function introspectionOf({ person, client, issuer, scopes, resource, acr, amr }: Previewed) {
  if (resource?.format === 'jwt') return null;
  const ofResource = resource?.scopes.map(({ name }) => name);
  const held = scopes.filter((name) => ofResource?.includes(name) ?? true);
  const about = { active: true, iss: issuer, client_id: client.id, sub: person.id };
  const common = { ...about, scope: held.join(' '), token_type: 'Bearer' };
  if (!resource) return common;
  const { login: username, email } = person;
  return { ...common, aud: resource.id, username, email: email.toLowerCase(), acr, amr };
}

interface Known {
  idToken: Claims;
  left: readonly string[];
  known: Claims;
}

type Source = Pick<PreviewedClaim, 'claim' | 'from'>;

async function ownSources({ groupNames }: ClaimParts, previewed: Previewed): Promise<Source[]> {
  const claims = clientClaims(previewed.client);
  const found = await groupNames.of(claims.flatMap(({ group }) => group ?? []));
  const labels = new Map(found.map((one) => [one.id, labelOf(one, previewed)]));
  return claims.map(({ name: claim, from, group }) => ({
    claim,
    from: group === undefined ? from : `${from} ${labels.get(group) ?? 'that there was'}`,
  }));
}

function labelOf(group: GroupName, { seesGroupsOf }: Previewed): string {
  return seesGroupsOf(group.organisation) ? writtenGroup(group) : 'of another organisation';
}

function claimsOf(
  previewed: Previewed,
  own: readonly Source[],
  { idToken, left, known }: Known,
): PreviewedClaim[] {
  const { client, scopes, resource } = previewed;
  const standard = scopes
    .filter((scope) => scope !== 'openid')
    .flatMap(claimsOfScope)
    .map((claim) => ({ claim, from: STANDARD_CLAIMS.get(claim)?.from ?? groupsFrom(client) }));
  return [...standard, ...own].map(({ claim, from }) => {
    const isKnown = Object.hasOwn(known, claim);
    const inIdToken = Object.hasOwn(idToken, claim);
    const atUserinfo = isKnown && !resource;
    const why = isKnown ? whyNotBoth(previewed, inIdToken, left.includes(claim)) : NOTHING;
    return { claim, from, inIdToken, atUserinfo, why };
  });
}

const NOTHING = 'there is nothing to say of this person';

function groupsFrom({ groups }: ClientRecord): string {
  if (groups === 'none') return 'no group is told to this app';
  return groups === 'all' ? 'all groups of the person' : 'those groups that this app is told of';
}

function whyNotBoth({ resource }: Previewed, inIdToken: boolean, isLeft: boolean): string | null {
  if (isLeft) return `the ID token would be longer than ${LONGEST_ID_TOKEN} bytes`;
  if (resource) return 'userinfo refuses a token for a resource';
  return inIdToken ? null : 'in an ID token only where it is asked for by name';
}
