/**
 * The end of a sign-in, once: the result is written into its record in one conditional write, and the
 * browser goes back to the authorization request, which is judged again with it.
 */
import type { InteractionResults } from 'oidc-provider';
import { changeSignIn, type SignInResult } from '../src/oidc/sign-in-record.ts';
import type { Authentication } from '../src/oidc/amr.ts';
import type { Visit } from './step.ts';

/** Everything required is proven. */
export async function finishSignIn(visit: Visit, stated: Authentication): Promise<string> {
  const { record, person } = visit;
  if (!person) throw new Error('A sign-in without a person cannot be finished.');
  const signIn: SignInResult = {
    startedAt: record.startedAt,
    epoch: person.epoch,
    proofs: record.person ? record.proofs : [],
  };
  const { acr, amr, authTime } = stated;
  return finish(visit, { login: { accountId: person.id, acr, amr, ts: authTime }, signIn });
}

/** Ends the authorization request with an OAuth error (RFC 6749 §4.1.2.1). */
export async function finishWithError(
  visit: Visit,
  error: string,
  description: string,
): Promise<string> {
  return finish(visit, { error, error_description: description });
}

/**
 * Answers where the browser goes now. A sign-in that was finished in another tab meanwhile leads to
 * the same place: whichever tab arrives first takes the result.
 */
export async function finish(visit: Visit, result: InteractionResults): Promise<string> {
  const { store, provider } = visit.parts;
  await changeSignIn(store, visit.id, (record) => {
    const before = 'error' in result ? {} : record.payload.lastSubmission;
    return {
      ...record,
      state: 'finished',
      payload: { ...record.payload, result: { ...before, ...result } },
    };
  });
  return provider.pathFor('resume', { uid: visit.uid });
}
