/**
 * When a person is asked for consent: THE TABLE of the library's reasons. Each is either one that the
 * consent page can settle, or refused at once: a question without an answer would be asked for ever.
 */
import { errors, interactionPolicy } from 'oidc-provider';

/** `page`: what is allowed there settles it; `refused`: we grant nothing of the kind. */
export const CONSENT_REASONS: Readonly<Record<string, 'page' | 'refused'>> = {
  /** `prompt=consent`. */
  consent_prompt: 'page',
  /** RFC 8252 §8.6. */
  native_client_prompt: 'page',
  op_scopes_missing: 'page',
  /** OIDC Core §5.5. What is left of the parameter by then can be granted (requested.ts). */
  op_claims_missing: 'page',
  /** Scopes of resource servers (RFC 8707), of which there are none. */
  rs_scopes_missing: 'refused',
  /** `authorization_details` (RFC 9396). */
  rar_prompt: 'refused',
};

const { Check } = interactionPolicy;

/** The library's own prompt, its checks by the table; one that is not in it is refused. */
export function consentPrompt(): interactionPolicy.Prompt {
  const prompt = interactionPolicy.base().get('consent');
  if (!prompt) throw new Error('The library has no consent prompt.');
  const checks = [...prompt.checks].map((check) => {
    return CONSENT_REASONS[check.reason] === 'page' ? check : refusing(check);
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
