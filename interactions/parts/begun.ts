/** A sign-in as the library has just begun it. */
import type { Context } from 'koa';
import { SESSION_TRANSFER } from '../../src/oidc/clients/own/account-client.ts';

/**
 * The client of a sign-in that the request has begun and in which nobody is known: the password is due, and nothing
 * has to be read for it.
 */
export function clientOfNobody(
  { oidc }: Context & { oidc?: BegunSignIn },
  uid: string,
): string | undefined {
  const begun = oidc?.entities.Interaction;
  if (begun?.uid !== uid || begun.prompt.name !== 'login' || begun.session) return undefined;
  const { params } = begun;
  return params[SESSION_TRANSFER] === undefined ? String(params['client_id']) : undefined;
}

/** As the library has it. */
interface BegunSignIn {
  entities: {
    Interaction?: {
      uid: string;
      prompt: { name: string };
      session?: object;
      params: Readonly<Record<string, unknown>>;
    };
  };
}
