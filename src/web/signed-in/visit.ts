/** Who is at a page of an area: judged by the one policy, with every request, on the provider's own session. */
import type { Context } from 'koa';
import { FRESH } from '../../oidc/clients/own/own-client.ts';
import { authenticationContext } from '../../oidc/authorization/authentication.ts';
import { clientMetadata, getClient, policyOf } from '../../oidc/clients/clients.ts';
import { sessionProofs } from '../../oidc/adapters/proofs.ts';
import { cookieName } from '../../oidc/provider.ts';
import { FRESH_PROOF, missingProof } from '../../policy/fresh-proof.ts';
import type { AuthenticationRequest } from '../../policy/authentication-context.ts';
import { countingProofs, requiredSteps } from '../../policy/required-steps.ts';
import { Problem } from '../../problem.ts';
import type { Person } from '../../records/person.ts';
import { showFor } from '../brand/organisation-brand.ts';
import { browserOf } from '../browser-secret.ts';
import { languageOf } from '../pages.ts';
import { requestOrigin } from '../../net/request-origin.ts';
import type { Area, Visit } from './page.ts';
import type { VisitorParts } from '../visitor-parts.ts';

/** `door`: nobody, or not well enough: that is the way in. `person`: whose session it is all the same. */
export type Arrival =
  { visit: Omit<Visit, 'params' | 'held'> } | { door: true; person: string | null };

export async function whoIsThere(
  parts: VisitorParts,
  ctx: Context,
  area: Pick<Area, 'client' | 'actor'>,
): Promise<Arrival> {
  const session = await sessionHere(parts, ctx, area.client);
  const person = session && (await parts.people.get(undefined, session.accountId));
  const client = await getClient(parts.store, area.client);
  const proofs = person && (await sessionProofs(parts, session.uid, person));
  if (!session || !person || !client || !proofs) return { door: true, person: null };

  const known = { person, proofs, client: policyOf(clientMetadata(client)), request: REQUEST };
  const standing = await authenticationContext(parts, known);
  const { who, now } = standing;
  if (requiredSteps(standing).next !== 'done' || !who) return { door: true, person: person.id };
  const origin = requestOrigin(ctx, area.client);
  ctx.state['ownLanguage'] = person.language;
  if (!isForAll(area, person)) showFor(ctx, who.organisation);
  const language = languageOf(ctx, parts.config.default_language);
  const missing = missingProof(who, standing);
  const fresh = missing === undefined;
  const actor = { kind: area.actor, id: person.id };
  return {
    visit: {
      parts,
      ctx,
      person,
      who,
      session,
      proofs: countingProofs(standing),
      missing,
      browser: browserOf(ctx),
      performed: { actor, origin, language, fresh, now, epoch: person.epoch },
      now,
    },
  };
}

/** The console of whoever looks after all organisations is none's. */
function isForAll({ actor }: Pick<Area, 'actor'>, { role }: Pick<Person, 'role'>): boolean {
  return actor === 'administrator' && role === 'administrator';
}

/** Of this browser, if it came by the authorization endpoint for these pages: else it has not been judged for them. */
async function sessionHere(
  parts: VisitorParts,
  ctx: Context,
  client: string,
): Promise<(Visit['session'] & { accountId: string }) | undefined> {
  const session = await findSession(parts, ctx);
  if (!session?.accountId || !session.authorizations?.[client]) return undefined;
  const { uid, accountId, loginTs = 0 } = session;
  return { uid, accountId, signedInAt: loginTs * 1000 };
}

async function findSession(
  { config, provider }: Pick<VisitorParts, 'config' | 'provider'>,
  ctx: Context,
) {
  const cookie = ctx.cookies.get(cookieName(config.issuer, '__Host-', 'session'));
  return cookie === undefined ? undefined : provider.Session.find(cookie);
}

/** Whose account this browser is signed in to, for a page that asks for no proof; they may open nothing by it. */
export async function accountHere(
  parts: Pick<VisitorParts, 'config' | 'provider' | 'people'>,
  ctx: Context,
): Promise<Pick<Person, 'name' | 'login' | 'organisation'> | null> {
  const session = await findSession(parts, ctx);
  const person = session?.accountId && (await parts.people.get(undefined, session.accountId));
  if (!person) return null;
  const { name, login, organisation } = person;
  return { name, login, organisation };
}

/** Of a page: nothing is young for having been proven for it. */
const REQUEST: AuthenticationRequest = {
  acrValues: [],
  essentialAcr: undefined,
  maxAge: undefined,
  forceLogin: false,
  startedAt: Infinity,
};

/**
 * What the step-up asks of the authorization endpoint. Problem `factor-not-allowed`: nothing that the
 * person has can prove it, and a password alone must not change anything then.
 */
export function freshProof(
  { missing }: Pick<Visit, 'missing'>,
  { home }: Pick<Area, 'home'>,
): Record<string, string> {
  if (missing?.next === 'refuse')
    throw new Problem('factor-not-allowed', { status: 403, back: home });
  return { [FRESH]: 'yes', max_age: String(FRESH_PROOF / 1000) };
}
