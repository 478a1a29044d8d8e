import type { Context } from 'koa';

/** Where a request came from, as it is recorded. */
export interface RequestOrigin {
  /** `client_id` of the relying party, when there is one. */
  client: string | null;
  address: string | null;
  /** At most 300 characters. */
  userAgent: string | null;
  /** The id of the request, as the log has it; absent where there was none. */
  request?: string;
}

/** Of the command line: nobody's browser. */
export const OPERATOR_ORIGIN: RequestOrigin = { client: null, address: null, userAgent: null };

const LONGEST_USER_AGENT = 300;

/** `client`: `client_id` of the relying party that it is for, if any. */
export function requestOrigin(ctx: Context, client: string | null): RequestOrigin {
  const userAgent = ctx.get('user-agent').replaceAll(/\p{Cc}/gu, '');
  const { requestId } = ctx.state as { requestId?: string };
  return {
    client,
    address: ctx.ip,
    userAgent: userAgent.slice(0, LONGEST_USER_AGENT) || null,
    ...(requestId === undefined ? {} : { request: requestId }),
  };
}
