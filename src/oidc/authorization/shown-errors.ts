/**
 * Apps that cannot take an error at their redirect URI, as they begin the sign-in anew and for ever (Roundcube
 * 1.6): every error of their authorization requests, a cancelled sign-in included, is shown here, with the
 * way back to the app (web/requests/answer-problems.ts).
 */
import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import { isNobody } from '../clients/client-authentication.ts';
import { recordOf } from '../clients/clients.ts';

/** The library tells of an error before it decides where that goes. */
export function showErrorsHere(provider: Pick<Provider, 'on'>): void {
  const keep = ({ oidc: { client } }: KoaContextWithOIDC, error: Error): void => {
    if (client && !isNobody(client) && recordOf(client).errors === 'page')
      Object.assign(error, { allow_redirect: false });
  };
  provider.on('authorization.error', keep);
  provider.on('server_error', keep);
}
