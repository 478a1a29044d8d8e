/**
 * Requests of apps that are refused before the library sees them: too long, no form, another method or
 * another Host. Each is a line of the log as the others are (oidc/authorization/refused-requests.ts).
 */
import type { Middleware } from 'koa';
import { askedAt } from '../../oidc/endpoints.ts';
import {
  createRefusalLines,
  short,
  type RefusalLogParts,
} from '../../oidc/authorization/refused-requests.ts';
import { Problem } from '../../problem.ts';
import { describeProblem } from './problem-descriptions.ts';

/** Inside of what answers problems; they go on to it. */
export function logRefusedProblems(parts: Pick<RefusalLogParts, 'log' | 'now'>): Middleware {
  const write = createRefusalLines(parts);
  return async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      const endpoint = askedAt(ctx.path);
      if (endpoint !== undefined && error instanceof Problem && error.status < 500)
        write(ctx, { endpoint, error: error.code, of: '' }, () => {
          const { client_id: client } = ctx.query;
          const description = describeProblem(error);
          return { client: typeof client === 'string' ? short(client) : null, description };
        });
      throw error;
    }
  };
}
