/** Who is at an account page: judged by the one policy, with every request, on the provider's own session. */
import type { Context } from 'koa';
import type { Person } from '../../accounts/person.ts';
import { ACR, FACTORS, compareLevels, heldFactors, type Level } from '../../factors/factor.ts';
import { ACCOUNT_CLIENT } from '../../oidc/account-client.ts';
import { situation } from '../../oidc/authentication.ts';
import { clientMetadata, getClient, policyOf } from '../../oidc/clients.ts';
import { sessionProofs } from '../../oidc/proofs.ts';
import { cookieName } from '../../oidc/provider.ts';
import { allowedFactors, type Who } from '../../policy/requirement.ts';
import {
  countingProofs,
  FRESH_PROOF,
  requiredSteps,
  type AuthenticationRequest,
  type Situation,
} from '../../policy/required-steps.ts';
import { Problem } from '../../problem.ts';
import { browserOf } from '../browser-secret.ts';
import { languageOf } from '../pages.ts';
import { sceneOf } from '../scene.ts';
import type { AccountVisit } from './page.ts';
import type { VisitorParts } from '../visitor-parts.ts';

/** `door`: nobody, or not well enough: that is the way in. `person`: whose session it is all the same. */
export type Arrival =
  { visit: Omit<AccountVisit, 'params' | 'held'> } | { door: true; person: string | null };

export async function whoIsThere(parts: VisitorParts, ctx: Context): Promise<Arrival> {
  const { config, provider, people, store } = parts;
  const cookie = ctx.cookies.get(cookieName(config.issuer, '__Host-', 'session'));
  const session = cookie === undefined ? undefined : await provider.Session.find(cookie);
  // A session that never came by the authorization endpoint for these pages has not been judged for them.
  if (!session?.accountId || !session.authorizations?.[ACCOUNT_CLIENT])
    return { door: true, person: null };
  const person = await people.get(undefined, session.accountId);
  const client = await getClient(store, ACCOUNT_CLIENT);
  if (!person?.active || !client) return { door: true, person: null };

  const now = parts.now();
  const known = {
    person,
    proofs: await sessionProofs(parts, session.uid, person),
    client: policyOf(clientMetadata(client)),
    request: REQUEST,
  };
  const standing = await situation(parts, known);
  if (requiredSteps(standing).next !== 'done' || !standing.who)
    return { door: true, person: person.id };
  return {
    visit: {
      parts,
      ctx,
      person,
      who: standing.who,
      session: { uid: session.uid, signedInAt: (session.loginTs ?? 0) * 1000 },
      proofs: countingProofs(standing),
      fresh: isFresh(standing, standing.who),
      browser: browserOf(ctx),
      doing: {
        scene: sceneOf(ctx, ACCOUNT_CLIENT),
        language: languageOf(ctx, config.default_language),
        now,
      },
      now,
    },
  };
}

/** Of a page: nothing is young for having been proven for it. */
const REQUEST: AuthenticationRequest = {
  acrValues: [],
  essentialAcr: undefined,
  maxAge: undefined,
  forceLogin: false,
  startedAt: Infinity,
};

function isFresh(standing: Situation, who: Who): boolean {
  const level = strongestLevel(who, standing.available);
  if (level === undefined) return false;
  const request = { ...REQUEST, acrValues: [ACR[level]], maxAge: FRESH_PROOF / 1000 };
  return requiredSteps({ ...standing, request }).next === 'done';
}

/** What the step-up asks of the authorization endpoint. Problem `factor-not-allowed`: nothing can meet it. */
export function freshProof({ who, parts }: Pick<AccountVisit, 'who' | 'parts'>): {
  acr_values: string;
  max_age: string;
} {
  const level = strongestLevel(who, parts.available);
  if (level === undefined)
    throw new Problem('factor-not-allowed', { status: 403, back: '/account' });
  return { acr_values: ACR[level], max_age: String(FRESH_PROOF / 1000) };
}

/**
 * Of the factors that the person has and may use; undefined when none of those that they have may be
 * used any more: then nothing is changed here, as a password alone must not do it.
 */
function strongestLevel(who: Who, available: Situation['available']): Level | undefined {
  const held = own(who.person);
  if (held.length === 0) return 'password';
  const usable = held.filter((id) => allowedFactors(who, available).includes(id));
  return usable
    .map((id) => FACTORS[id].level)
    .toSorted(compareLevels)
    .at(-1);
}

function own(person: Person) {
  return heldFactors(person).filter((id) => !FACTORS[id].companion);
}
