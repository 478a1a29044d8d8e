/**
 * When a person is asked for consent: THE TABLE of the library's reasons. Each is either one that the
 * consent page can settle, or refused at once: a question without an answer would be asked for ever.
 */
import { errors, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';
import { recordOf } from '../clients/clients.ts';
import type { SignInResult } from '../../records/sign-in.ts';

/** `page`: what is allowed there settles it; `ours`: our own check in its place; `refused`: we grant nothing of the kind. */
export const CONSENT_REASONS: Readonly<Record<string, 'page' | 'ours' | 'refused'>> = {
  /** `prompt=consent`. */
  consent_prompt: 'page',
  /** RFC 8252 §8.6. */
  native_client_prompt: 'ours',
  op_scopes_missing: 'page',
  /** OIDC Core §5.5. What is left of the parameter by then can be granted (requested.ts). */
  op_claims_missing: 'page',
  /** Scopes of a resource (RFC 8707). */
  rs_scopes_missing: 'page',
  /** `authorization_details` (RFC 9396). */
  rar_prompt: 'refused',
};

const { Check } = interactionPolicy;

/** The library's own prompt, its checks by the table; one that is not in it is refused. */
export function consentPrompt(): interactionPolicy.Prompt {
  const prompt = interactionPolicy.base().get('consent');
  if (!prompt) throw new Error('The library has no consent prompt.');
  const checks = [...prompt.checks].map((check) => {
    const way = CONSENT_REASONS[check.reason] ?? 'refused';
    if (way === 'page') return check;
    return way === 'ours' ? nativeCheck(check) : refusing(check);
  });
  prompt.checks.clear();
  for (const check of checks) prompt.checks.add(check);
  return prompt;
}

type Check = interactionPolicy.Check;

function refusing({ reason, description, error, check }: Check): Check {
  return new Check(reason, description, error ?? 'consent_required', async (ctx) => {
    if (await check(ctx))
      throw new errors.InvalidRequest(`nothing of the kind can be granted here (${reason})`);
    return Check.NO_NEED_TO_PROMPT;
  });
}

/**
 * Any app of the device may have opened the browser, in the name of this one: nothing is given away
 * without a gesture of the person's (RFC 8252 §8.6). For one of the organisation's own it is enough that
 * they have just typed something for this very request, or that the answer goes to an address that the
 * operating system holds for that app (claimed `https`, §7.2), or that they have confirmed the code of a
 * device (web/device/device.ts).
 */
function nativeCheck({ reason, description, error, check }: Check): Check {
  return new Check(reason, description, error ?? 'consent_required', async (ctx) => {
    const isAsked = await check(ctx);
    const isOwn = ctx.oidc.client !== undefined && recordOf(ctx.oidc.client).firstParty;
    return isAsked && !(isOwn && (isDevices(ctx) || goesToClaimedAddress(ctx) || wasTypedFor(ctx)))
      ? Check.REQUEST_PROMPT
      : Check.NO_NEED_TO_PROMPT;
  });
}

const isDevices = ({ oidc }: KoaContextWithOIDC): boolean => oidc.route === 'device_resume';

function goesToClaimedAddress({ oidc }: KoaContextWithOIDC): boolean {
  const uri = oidc.params?.['redirect_uri'];
  return typeof uri === 'string' && uri.startsWith('https://');
}

/** The trust in a computer is nobody's gesture, and neither is what was proven before the request came. */
function wasTypedFor({ oidc }: KoaContextWithOIDC): boolean {
  const signIn = oidc.result?.['signIn'] as SignInResult | undefined;
  if (!signIn || !oidc.result?.login) return false;
  const { startedAt, proofs } = signIn;
  return proofs.some(({ method, at }) => method !== 'trusted-computer' && at >= startedAt);
}
