/**
 * A request that only one person may answer (OIDC Core §3.1.2.2): by `id_token_hint`, or by a `sub`
 * that its `claims` want in the ID token. The library looks at a session that is there, but not at who
 * signs in for the request.
 */
import { errors, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';

/** Reasons of a prompt that is shown because somebody else is signed in, or nobody. */
export const SUBJECT_REASONS: readonly string[] = ['id_token_hint', 'claims_id_token_sub_value'];

/** The checks that ask for a sign-in while the session is not that person's. */
export function subjectChecks(): interactionPolicy.Check[] {
  const { Check } = interactionPolicy;
  const asks = async (ctx: KoaContextWithOIDC, wanted: readonly unknown[] | undefined) =>
    isAnswered(ctx, wanted) ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT;
  const [byHint = '', byClaim = ''] = SUBJECT_REASONS;
  return [
    new Check(
      byHint,
      'id_token_hint and authenticated subject do not match',
      'login_required',
      async (ctx) => asks(ctx, await hinted(ctx)),
    ),
    new Check(byClaim, 'requested subject could not be obtained', 'login_required', async (ctx) =>
      asks(ctx, claimed(ctx)),
    ),
  ];
}

/**
 * Rejects with `login_required` when it was somebody else who signed in for the request (asking again
 * would never end), or when nobody may be asked.
 */
export async function requireSubject(ctx: KoaContextWithOIDC): Promise<void> {
  const { result } = ctx.oidc;
  if (!result?.login && !ctx.oidc.promptPending('none')) return;
  const answered = isAnswered(ctx, await hinted(ctx)) && isAnswered(ctx, claimed(ctx));
  if (!answered)
    throw new errors.LoginRequired('the requested subject is not the authenticated one');
}

/** For the page: whom the client believes to be there. Only of a token that we have issued to it. */
export async function subjectHint(ctx: KoaContextWithOIDC): Promise<{ subject?: string }> {
  const [subject] = (await hinted(ctx)) ?? [];
  return typeof subject === 'string' ? { subject } : {};
}

function isAnswered({ oidc }: KoaContextWithOIDC, wanted: readonly unknown[] | undefined): boolean {
  return (
    wanted === undefined || (!!oidc.session?.accountId && wanted.includes(oidc.session.accountId))
  );
}

/** A resumed request has the parameter only: the token is validated again, as for a new one. */
async function hinted({ oidc }: KoaContextWithOIDC): Promise<readonly unknown[] | undefined> {
  const hint = oidc.params?.['id_token_hint'];
  if (typeof hint !== 'string' || !oidc.client) return undefined;
  const { IdToken } = oidc.provider;
  const { payload } = await IdToken.validate(hint, oidc.client).catch((cause: unknown) => {
    if (cause instanceof errors.OIDCProviderError) throw cause;
    throw new errors.InvalidRequest('could not validate id_token_hint');
  });
  return [payload['sub']];
}

/** OIDC Core §5.5.1. */
function claimed({ oidc }: KoaContextWithOIDC): readonly unknown[] | undefined {
  const { sub } = (oidc.claims.id_token ?? {}) as { sub?: Record<string, unknown> | null };
  if (typeof sub !== 'object' || sub === null) return undefined;
  if ('value' in sub) return [sub['value']];
  return Array.isArray(sub['values']) ? sub['values'] : undefined;
}
