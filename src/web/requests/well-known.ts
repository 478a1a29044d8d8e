/**
 * Where password managers look for the pages on which a password is changed (W3C, A Well-Known URL for
 * Changing Passwords) and passkeys are made and managed (W3C, A Well-Known URL for Relying Party Passkey
 * Endpoints). They tell nothing of anybody and carry no cookie.
 */
import Router from '@koa/router';
import type { Config } from '../../config/schema.ts';
import type { FactorId } from '../../records/factor-id.ts';
import { passwordChange } from '../account/pages/password.ts';
import { setUpPath, TWO_STEP } from '../account/pages/two-step.ts';

export interface WellKnownParts {
  config: Pick<Config, 'issuer'>;
  /** The factors that this installation can check. */
  available: readonly FactorId[];
}

export const CHANGE_PASSWORD = '/.well-known/change-password';
export const PASSKEY_ENDPOINTS = '/.well-known/passkey-endpoints';

export function wellKnownRoutes({ config, available }: WellKnownParts): Router {
  const router = new Router();
  router.get(CHANGE_PASSWORD, (ctx) => {
    ctx.set('Cache-Control', 'no-store');
    ctx.status = 303;
    ctx.redirect(passwordChange.path);
  });
  if (available.includes('passkey'))
    router.get(PASSKEY_ENDPOINTS, (ctx) => {
      ctx.body = {
        enroll: `${config.issuer}${setUpPath('passkey')}`,
        manage: `${config.issuer}${TWO_STEP}`,
      };
    });
  return router;
}
