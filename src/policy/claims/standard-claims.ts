/**
 * THE TABLE of standard claims: the scope that stands for each (OIDC Core §5.4), where its value comes from
 * and what has to be read for it. Pure. Claims of a client's own are in client-claims.ts.
 */
import type { Group } from '../../records/group.ts';
import type { Person } from '../../records/person.ts';
import type { AttributeValue, Profile } from '../../records/profile.ts';

export type ClaimValue = AttributeValue;
export type GroupName = Pick<Group, 'id' | 'organisation' | 'name'>;

/** What is known of a person, as far as it was read (`needsOf`). */
export interface ClaimFacts {
  person: Person;
  profile: Profile;
  /** By the name that the administrator knows it by; undefined: the person has none such. */
  attribute(name: string): AttributeValue | undefined;
  /** Those of the person's groups that there are. */
  groups: readonly GroupName[];
  emailVerified: boolean;
}
export type Need = 'profile' | 'groups' | 'domains';

export interface StandardClaim {
  scope: string;
  /** In words of the administrator's, for the preview. */
  from: string;
  needs?: Need;
  /** Undefined: there is nothing to say. */
  value(facts: ClaimFacts): ClaimValue | undefined;
}

const ofPerson = (
  scope: string,
  from: string,
  value: (person: Person) => ClaimValue | undefined,
): StandardClaim => ({ scope, from, value: ({ person }) => value(person) });

const ofProfile = (
  scope: string,
  from: string,
  value: (profile: Profile, person: Person) => ClaimValue | null | undefined,
): StandardClaim => ({
  scope,
  from,
  needs: 'profile',
  value: ({ profile, person }) => value(profile, person) ?? undefined,
});

/** All but `groups`, which is the client's own matter (client-claims.ts `groupsClaim`). */
export const STANDARD_CLAIMS: ReadonlyMap<string, StandardClaim> = new Map(
  Object.entries({
    name: ofPerson('profile', 'the person’s name', ({ name }) => name),
    given_name: ofProfile('profile', 'attribute given_name', (profile) => profile.givenName),
    family_name: ofProfile('profile', 'attribute family_name', (profile) => profile.familyName),
    preferred_username: ofPerson('profile', 'the login name', ({ login }) => login),
    locale: ofProfile(
      'profile',
      'attribute locale, else the language of their pages',
      ({ locale }, { language }) => locale ?? language,
    ),
    zoneinfo: ofProfile('profile', 'attribute zone', ({ zone }) => zone),
    updated_at: ofProfile(
      'profile',
      'the last change of an attribute, else when they were added',
      ({ updatedAt }, { createdAt }) => Math.floor((updatedAt ?? createdAt) / 1000),
    ),
    email: ofPerson('email', 'the mailbox', ({ email }) => email),
    email_verified: {
      scope: 'email',
      from: 'the domains of the organisation, or a link that was mailed there and used',
      needs: 'domains',
      value: ({ emailVerified }) => emailVerified,
    },
    phone_number: ofProfile('phone', 'attribute phone', ({ phone }) => phone),
    // It is the administrator's to set, and nobody has called there.
    phone_number_verified: ofProfile('phone', 'nobody proves one here', ({ phone }) =>
      phone === null ? null : false,
    ),
  }),
);

/** Of the sign-in rather than of the person: in every token that has them, granted or not. */
const OF_THE_SIGN_IN = ['sub', 'acr', 'amr', 'auth_time'];

/** Scope → claims, for the library. */
export const CLAIMS: Readonly<Record<string, string[]>> = {
  openid: OF_THE_SIGN_IN,
  ...Object.fromEntries(
    [...Map.groupBy(STANDARD_CLAIMS, ([, { scope }]) => scope)].map(([scope, claims]) => [
      scope,
      claims.map(([name]) => name),
    ]),
  ),
  groups: ['groups'],
};

/** Of people: each has words in the catalogue. */
export const STANDARD_CLAIM_NAMES: ReadonlySet<string> = new Set([
  ...STANDARD_CLAIMS.keys(),
  'groups',
]);

/** The scopes that there are without any resource server. */
export const STANDARD_SCOPES = ['openid', 'offline_access', ...Object.keys(CLAIMS).slice(1)];

/** Those, and what else OpenID has of them (OIDC Core §5.4): no resource has one of the name. */
export const OPENID_SCOPES: readonly string[] = [...STANDARD_SCOPES, 'address'];

const ofScope = new Map(Object.entries(CLAIMS));

/** The claims that a scope stands for; none for one that there isn't. */
export function claimsOfScope(scope: string): readonly string[] {
  return ofScope.get(scope) ?? [];
}
