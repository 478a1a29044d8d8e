/**
 * Every authorization, silent ones too, is judged here by the one policy. This replaces the
 * library's own checks of session, `max_age` and essential `acr`: those look at the session's last
 * sign-in only, and would ask for ever for an `acr` that can't be had.
 */
import { errors, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';
import type { Organisation } from '../../records/organisation.ts';
import type { Person } from '../../records/person.ts';
import type {
  AuthenticationRequest,
  Decision,
  AuthenticationContext,
} from '../../policy/authentication-context.ts';
import { requiredSteps } from '../../policy/required-steps.ts';
import { trustBasis, trustRules } from '../../devices/trust.ts';
import { stillTrusted as isStillTrusted } from '../../devices/trusted-computer.ts';
import { type FactorId, FACTOR_IDS } from '../../records/factor-id.ts';
import type { Proof } from '../../records/proof.ts';
import type { ClientPolicy, Subject } from '../../policy/assurance.ts';
import type { Store } from '../../storage/store.ts';
import type { Authentication } from '../../policy/amr.ts';
import { ENROL } from '../clients/own/account-client.ts';
import { ACCOUNT_CLIENT } from '../clients/own/own-clients.ts';
import { FRESH } from '../clients/own/own-client.ts';
import { isOwnClient } from '../clients/own/own-clients.ts';
import { sessionProofs, type ProofParts } from '../adapters/proofs.ts';
import type { RequestPeople } from '../adapters/request-people.ts';
import { policyFor } from '../resources/scope-floors.ts';
import type { Resources } from '../resources/resources.ts';
import { requireSubject, subjectChecks, subjectHint } from './requested-subject.ts';
import { passOn } from '../adapters/resting.ts';
import { NOT_OPEN } from './refused-requests.ts';
import { requireSuited } from './resumed-request.ts';
import type { SignInResult } from '../../records/sign-in.ts';
import { spaceDelimited } from '../space-delimited.ts';
import { withOrganisation } from './with-organisation.ts';

export interface AuthenticationParts extends ProofParts {
  store: Store;
  people: RequestPeople;
  resources: Resources;
  /** Factors that this installation can check. */
  available: readonly FactorId[];
  now(): number;
}

/**
 * The policy's view of an authorization request's parameters. `startedAt`: milliseconds since the
 * epoch; `setUp`: the factor that it asks for has been set up for it.
 */
export function requestOf(
  params: Record<string, unknown>,
  startedAt: number,
  setUp = false,
): AuthenticationRequest {
  const enrol = setUp ? undefined : factorToSetUp(params);
  return {
    ...(enrol ? { enrol } : {}),
    ...(asksForFreshProof(params) ? { fresh: true } : {}),
    acrValues: spaceDelimited(params['acr_values']),
    essentialAcr: essentialAcr(params['claims']),
    maxAge: params['max_age'] === undefined ? undefined : Number(params['max_age']),
    forceLogin: spaceDelimited(params['prompt']).includes('login'),
    startedAt,
  };
}

function asksForFreshProof(params: Record<string, unknown>): boolean {
  return isOwnClient(String(params['client_id'])) && params[FRESH] !== undefined;
}

/** Only the account pages may ask for it. */
function factorToSetUp(params: Record<string, unknown>): FactorId | undefined {
  if (params['client_id'] !== ACCOUNT_CLIENT) return undefined;
  return FACTOR_IDS.find((id) => id === params[ENROL]);
}

function essentialAcr(claims: unknown): string[] | undefined {
  if (typeof claims !== 'string') return undefined;
  const parsed = JSON.parse(claims) as { id_token?: { acr?: Record<string, unknown> | null } };
  const acr = parsed.id_token?.acr;
  if (!acr?.['essential']) return undefined;
  const wanted = acr['values'] ?? acr['value'];
  if (wanted === undefined) return undefined;
  return [wanted].flat().filter((value) => typeof value === 'string');
}

/** The `login` prompt: our check, and those that compare the subject with the one that is asked for. */
export function loginPrompt(parts: AuthenticationParts): interactionPolicy.Prompt {
  const { Check, Prompt } = interactionPolicy;
  const ours = new Check(
    'authentication',
    'End-User authentication is required',
    'login_required',
    async (ctx) => {
      const decision = await judge(parts, ctx);
      await requireSubject(ctx);
      requireSuited(ctx);
      if (decision.next === 'refuse')
        throw new errors.UnmetAuthenticationRequirements(decision.why);
      if (decision.next === 'not-open' && ctx.oidc.promptPending('none'))
        throw new errors.AccessDenied(NOT_OPEN);
      if (decision.next !== 'done') return Check.REQUEST_PROMPT;
      stateInTokens(ctx, decision.authentication);
      return Check.NO_NEED_TO_PROMPT;
    },
  );
  return new Prompt({ name: 'login', requestable: true }, subjectHint, ours, ...subjectChecks());
}

async function judge(parts: AuthenticationParts, ctx: KoaContextWithOIDC): Promise<Decision> {
  const { session, client, params } = ctx.oidc;
  const signIn = ctx.oidc.result?.['signIn'] as SignInResult | undefined;
  const person =
    ctx.oidc.account && session?.accountId
      ? await parts.people.get(ctx, session.accountId)
      : undefined;
  const proofs = person && session ? await provenIn(parts, ctx, person, signIn) : [];
  return requiredSteps(
    await authenticationContext(parts, {
      person,
      proofs,
      client: await policyFor(parts.resources, client ?? {}, params?.['scope']),
      request: requestOf({ ...params }, signIn?.startedAt ?? parts.now(), signIn?.setUp),
    }),
  );
}

/** What the session rests on, with what a sign-in has just added to it (session-adapter.ts keeps it). */
async function provenIn(
  parts: AuthenticationParts,
  ctx: KoaContextWithOIDC,
  person: Person,
  signIn: SignInResult | undefined,
): Promise<Proof[]> {
  const { session } = ctx.oidc;
  // One that this request has made is not in the store.
  const isNew = (session as { new?: true } | undefined)?.new === true;
  const before = (!isNew && (await sessionProofs(parts, session?.uid ?? '', person))) || [];
  return signIn?.epoch === person.epoch ? [...before, ...signIn.proofs] : before;
}

/** What is known, with the organisation, the computers that are still trusted, and the time. */
export async function authenticationContext(
  parts: Pick<AuthenticationParts, 'store' | 'vault' | 'available' | 'now'>,
  known: Pick<AuthenticationContext, 'proofs' | 'client' | 'request'> & {
    person: Person | undefined;
    enrolmentCodeShown?: boolean;
    /** How the organisation is read; as it is in the store now unless told. */
    readOrganisation?: ((id: string) => Promise<Organisation | undefined>) | undefined;
  },
): Promise<AuthenticationContext> {
  const { person, enrolmentCodeShown = false, readOrganisation, ...rest } = known;
  const who = person && (await withOrganisation(parts.store, person, readOrganisation));
  const now = parts.now();
  const { available } = parts;
  const trusted = who ? await stillTrusted(parts, who, known.client, known.proofs, now) : [];
  return { ...rest, who, available, trusted, enrolmentCodeShown, now };
}

async function stillTrusted(
  parts: Pick<AuthenticationParts, 'store' | 'vault' | 'available'>,
  who: Subject,
  client: ClientPolicy,
  proofs: readonly Proof[],
  now: number,
): Promise<string[]> {
  const computers = new Set(proofs.flatMap(({ computer }) => computer ?? []));
  const rules = trustRules(who, client, parts.available);
  const checked = [...computers].map(async (id) =>
    (await isStillTrusted(parts, id, trustBasis(who), rules, now)) ? [id] : [],
  );
  return (await Promise.all(checked)).flat();
}

/**
 * What this request's tokens say. On the request's context, not on the session: another request may
 * rest on other proofs of the same session.
 */
function stateInTokens(
  ctx: KoaContextWithOIDC,
  { acr, amr, authTime, computer }: Authentication,
): void {
  passOn(ctx, computer ?? null);
  Object.defineProperty(ctx.oidc, 'acr', { value: acr, configurable: true });
  Object.defineProperty(ctx.oidc, 'amr', { value: amr, configurable: true });
  Object.defineProperty(ctx.oidc.session, 'authTime', {
    value: () => authTime,
    configurable: true,
  });
}
