/** `/account`: is it safe, and what needs attention. */
import { shownNames } from '../../../oidc/clients/client-names.ts';
import { recentActivity } from '../../../audit/activity.ts';
import { codesLeft, FEW_CODES } from '../../../factors/one-time-codes.ts';
import { enrolledFactors, isEnrolled, FACTORS } from '../../../policy/factors.ts';
import { enrolledSince } from '../../../policy/enrolled-factors.ts';
import { mayEnrol, requiredFrom } from '../../../policy/assurance.ts';
import { getProfile } from '../../../records/profile.ts';
import { browserName } from '../../../text/browser-name.ts';
import type { AccountPage, AccountVisit } from '../page.ts';

export const overview: AccountPage = {
  path: '/account',
  operation: 'account.show',
  section: 'overview',
  fresh: false,

  async show(visit) {
    const { person, who, now } = visit;
    const from = requiredFrom(who);
    const context = {
      enrolled: isEnrolled(person),
      since: enrolledSince(person),
      required: from !== undefined && from <= now,
      mayEnrol: mayEnrol(who),
      factors: enrolledFactors(person)
        .filter((id) => !FACTORS[id].secondaryOnly)
        .map((id) => FACTORS[id].label),
      codesLeft: codesLeft(person),
      attention: attention(visit),
      signIns: await lastSignIns(visit),
      zone: (await getProfile(visit.parts.store, person.id)).zone,
    };
    return { show: 'account/overview', context };
  },
};

interface SignInShown {
  at: number;
  browser: string | null;
  app: string | null;
  address: string | null;
}

/** The newest ones; never none: whoever looks has signed in, though the log may be behind or long past it. */
async function lastSignIns(visit: AccountVisit): Promise<SignInShown[]> {
  const { parts, person, session, performed } = visit;
  const { items } = await recentActivity(parts.store, person.id, {
    appName: shownNames(parts.store),
    only: 'sign-in.completed',
    limit: 3,
  });
  if (items.length > 0) return items;
  const browser = browserName(performed.origin.userAgent ?? undefined);
  return [{ at: session.signedInAt, browser, app: null, address: null }];
}

/** What should be done, most urgent first: why (`overview.attention.*` in the catalogue), its values, where. */
function attention({
  person,
  who,
  now,
}: AccountVisit): { why: string; values: Record<string, number>; href: string }[] {
  const from = requiredFrom(who);
  const enrolled = isEnrolled(person);
  const left = codesLeft(person);
  const href = '/account/two-step';
  return [
    ...(!enrolled && from !== undefined && from > now
      ? [{ why: 'required-from', values: { at: from }, href }]
      : []),
    ...(!enrolled && from === undefined && mayEnrol(who)
      ? [{ why: 'no-mfa', values: {}, href }]
      : []),
    ...(enrolled && left <= FEW_CODES ? [{ why: 'few-codes', values: { left }, href }] : []),
    ...(person.secondaryEmail && person.secondaryEmail.verifiedAt === null
      ? [{ why: 'unverified-address', values: {}, href: '/account/password' }]
      : []),
  ];
}
