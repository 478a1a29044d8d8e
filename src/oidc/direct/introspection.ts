/** Introspection (RFC 7662) of an access token that is good, by a client that shows its secret in the header. */
import { parse } from 'node:querystring';
import type { AccessToken, ClientCredentials, KoaContextWithOIDC, Provider } from 'oidc-provider';
import { isNobody } from '../clients/client-authentication.ts';
import { recordOf } from '../clients/clients.ts';
import type { ClientSecrets } from '../clients/secrets/client-secrets.ts';
import { introspectionPolicy, type IntrospectionParts } from '../resources/introspection.ts';
import { kindByLength } from '../tokens/token-lengths.ts';
import { readAhead } from '../whole-bodies.ts';
import type { DirectAnswer } from './direct.ts';
import { holdsGrant } from './grant.ts';

/** Of a form that is read here. */
const LONGEST = 4096;
const FORM = /^application\/x-www-form-urlencoded(?:; ?charset=utf-8)?$/iu;
const BASIC = /^Basic ([A-Za-z\d+/]+={0,2})$/u;

export function directIntrospection(
  parts: IntrospectionParts & { clientSecrets: Pick<ClientSecrets, 'isRight'> },
): DirectAnswer {
  const mayKnow = introspectionPolicy(parts);
  return {
    method: 'POST',
    path: '/token/introspection',
    route: 'introspection',
    async answer(ctx) {
      const shown = basicIn(ctx.headers.authorization);
      if (!shown || !isShortForm(ctx)) return undefined;
      const value = tokenIn((await readAhead(ctx.req)).toString());
      const kind = value === undefined ? undefined : kindByLength(value);
      if (value === undefined || (kind !== 'AccessToken' && kind !== 'ClientCredentials'))
        return undefined;
      const { oidc } = ctx;
      const client = await oidc.provider.Client.find(shown.id);
      if (!client?.clientAuthMethod?.startsWith('client_secret_')) return undefined;
      const secrets = isNobody(client) ? undefined : recordOf(client).secrets;
      if (!parts.clientSecrets.isRight(ctx, shown.id, secrets, shown.secret)) return undefined;
      oidc.entity('Client', client);
      const token = await find(oidc.provider, kind, value);
      if (!token?.isValid || token.isSenderConstrained()) return undefined;
      if (!(await holdsGrant(ctx, token)) || !(await mayKnow(ctx, client, token))) return undefined;
      return told(ctx, token);
    },
  };
}

function find(
  { AccessToken: OfPerson, ClientCredentials: OfClient }: Provider,
  kind: 'AccessToken' | 'ClientCredentials',
  value: string,
): Promise<AccessToken | ClientCredentials | undefined> {
  return kind === 'AccessToken' ? OfPerson.find(value) : OfClient.find(value);
}

function isShortForm({ headers }: KoaContextWithOIDC): boolean {
  const length = Number(headers['content-length'] ?? Number.NaN);
  return (
    FORM.test(headers['content-type'] ?? '') &&
    headers['content-encoding'] === undefined &&
    length <= LONGEST
  );
}

/** Of ids and secrets that no encoding changes (RFC 6749 §2.3.1). */
function basicIn(header: string | undefined): { id: string; secret: string } | undefined {
  const [, encoded = ''] = BASIC.exec(header ?? '') ?? [];
  const pair = Buffer.from(encoded, 'base64');
  // One spelling: the library has its own idea of the others.
  if (encoded === '' || pair.toString('base64') !== encoded) return undefined;
  const [, id, secret] = /^([\w.-]+):([\w-]+)$/u.exec(pair.toString()) ?? [];
  return id !== undefined && secret !== undefined ? { id, secret } : undefined;
}

/** Where the form says nothing else. */
function tokenIn(form: string): string | undefined {
  const { token, token_type_hint: hint = '', ...rest } = parse(form);
  if (Object.keys(rest).length > 0 || typeof hint !== 'string') return undefined;
  return typeof token === 'string' ? token : undefined;
}

/** As the library tells it. */
function told({ oidc }: KoaContextWithOIDC, token: AccessToken | ClientCredentials): object {
  const { extra, clientId, exp, iat, aud, scope } = token;
  const { accountId, sid } = token as Partial<AccessToken>;
  return Object.assign({ active: true, sub: accountId }, extra, {
    active: true,
    client_id: clientId,
    exp,
    iat,
    sid,
    iss: oidc.issuer,
    aud,
    scope: scope === '' ? undefined : scope,
    token_type: token.tokenType,
  });
}
