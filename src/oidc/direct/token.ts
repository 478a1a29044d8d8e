/**
 * Tokens (RFC 6749 §3.2) for an app that says who it is in the usual way: with its secret in the header, or with its id
 * where it has no secret. What is asked is judged and answered by the library's own grants; only what it does before
 * them for every other request is passed by.
 */
import type { KoaContextWithOIDC } from 'oidc-provider';
import isValidScope from 'oidc-provider/lib/helpers/is_valid_scope.js';
import Params from 'oidc-provider/lib/helpers/params.js';
import instance from 'oidc-provider/lib/helpers/weak_cache.js';
import answeringErrors from 'oidc-provider/lib/shared/error_handler.js';
import type { ClientSecrets } from '../clients/secrets/client-secrets.ts';
import { clientWithoutSecret, clientWithSecret, shortForm, type Fields } from './client.ts';
import type { DirectAnswer } from './direct.ts';

const OF_ALL = ['grant_type', 'client_id', 'resource'];

/** What each takes: a request with anything else is the library's. */
const FIELDS: ReadonlyMap<string | undefined, ReadonlySet<string>> = new Map([
  ['authorization_code', new Set([...OF_ALL, 'code', 'code_verifier', 'redirect_uri'])],
  ['refresh_token', new Set([...OF_ALL, 'refresh_token', 'scope'])],
  ['client_credentials', new Set([...OF_ALL, 'scope'])],
]);

const withErrors = answeringErrors('grant.error');

export function directToken({
  clientSecrets,
}: {
  clientSecrets: Pick<ClientSecrets, 'isRight'>;
}): DirectAnswer<() => Promise<void>> {
  return {
    method: 'POST',
    path: '/token',
    route: 'token',
    async answer(ctx) {
      const form = await shortForm(ctx);
      const known = FIELDS.get(form?.['grant_type']);
      if (!form || !known || !isUsual(form, known)) return undefined;
      const { oidc } = ctx;
      Object.assign(oidc, { params: new Params(known, form) });
      const client =
        (await clientWithSecret(ctx, clientSecrets)) ??
        (await clientWithoutSecret(ctx, form['client_id']));
      if (!client?.grantTypeAllowed(form['grant_type'] ?? '')) return undefined;
      if (form['client_id'] !== undefined && form['client_id'] !== client.clientId)
        return undefined;
      oidc.entity('Client', client);
      return () => granted(ctx, form['grant_type'] ?? '');
    },
  };
}

function isUsual(form: Fields, known: ReadonlySet<string>): boolean {
  return (
    Object.entries(form).every(([name, value]) => known.has(name) && value !== '') &&
    isValidScope(form['scope'])
  );
}

async function granted(ctx: KoaContextWithOIDC, type: string): Promise<void> {
  const { provider } = ctx.oidc;
  const grant = instance(provider).grantTypeHandlers.get(type);
  await withErrors(ctx, async () => {
    await grant?.(ctx);
    provider.emit('grant.success', ctx);
  });
}
