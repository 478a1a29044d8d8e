import { AuthorizationResponseError, ClientError, ResponseBodyError } from 'openid-client';

/** A sign-in that did not end well, in words for the page that shows it. */
export class SignInProblem extends Error {
  override readonly name = 'SignInProblem';
  readonly status: number;
  /** An OAuth error code, or one of openid-client's. */
  readonly code: string;
  readonly description: string;
  /** Whether "Try again" should ask for a fresh second factor, as the first try did. */
  readonly fresh: boolean;

  constructor(parts: { status: number; code: string; description: string; fresh?: boolean }) {
    super(`${parts.code}: ${parts.description}`);
    this.status = parts.status;
    this.code = parts.code;
    this.description = parts.description;
    this.fresh = parts.fresh ?? false;
  }

  static unknown(): SignInProblem {
    return new SignInProblem({
      status: 400,
      code: 'unknown_sign_in',
      description:
        'This sign-in was not begun in this browser, or it has been finished already. That happens with an old tab or the back button.',
    });
  }

  static tooWeak(acr: unknown): SignInProblem {
    return new SignInProblem({
      status: 403,
      code: 'acr_not_met',
      description: `A second factor was asked for, but the sign-in only reached the level ${JSON.stringify(acr ?? null)}.`,
      fresh: true,
    });
  }

  /** Puts whatever openid-client throws into words. */
  static from(error: unknown, fresh: boolean): SignInProblem {
    if (error instanceof SignInProblem) return error;
    if (error instanceof AuthorizationResponseError || error instanceof ResponseBodyError) {
      const { error: code, error_description: description } = error;
      return new SignInProblem({ status: 400, code, description: description ?? '', fresh });
    }
    const code = error instanceof ClientError ? (error.code ?? 'invalid_response') : 'server_error';
    return new SignInProblem({ status: 502, code, description: reasonOf(error), fresh });
  }
}

/** The provider cannot be asked who it is. */
export function unreachable(issuer: string, error: unknown): SignInProblem {
  return new SignInProblem({
    status: 502,
    code: 'issuer_unreachable',
    description: `${issuer} does not answer as an OpenID Connect provider (${reasonOf(error)}).`,
  });
}

/** fetch says only "fetch failed"; the reason is in its cause. */
function reasonOf(error: unknown): string {
  const reasons: string[] = [];
  for (let at = error; at instanceof Error && reasons.length < 3; at = at.cause) {
    reasons.push(at.message || ((at as NodeJS.ErrnoException).code ?? at.name));
  }
  return reasons.join(': ');
}
