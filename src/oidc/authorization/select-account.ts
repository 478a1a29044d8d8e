/**
 * `prompt=select_account` (OpenID Connect Core §3.1.2.1): the first prompt of a request, before `login`,
 * whose sign-in goes on in the same interaction when another account is chosen. Where nobody is signed in
 * there is nothing to choose, and whoever signs in has chosen.
 */
import { interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';
import { subjectChecks, subjectHint } from './requested-subject.ts';

export const SELECT_ACCOUNT = 'select_account';

/** With the reasons of a request that only one person may answer: another one is not to be chosen then. */
export function selectAccountPrompt(): interactionPolicy.Prompt {
  const { Prompt } = interactionPolicy;
  const reasons = subjectChecks().map(ifAsked);
  return new Prompt({ name: SELECT_ACCOUNT, requestable: true }, subjectHint, ...reasons);
}

function ifAsked({ reason, description, check }: interactionPolicy.Check) {
  return new interactionPolicy.Check(
    reason,
    description,
    async (ctx: KoaContextWithOIDC) => ctx.oidc.promptPending(SELECT_ACCOUNT) && check(ctx),
  );
}
