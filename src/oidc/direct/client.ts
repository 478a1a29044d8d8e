/** Which client asks: those that show their secret in the header, and those that have none (RFC 6749 §2.3.1, §3.2.1). */
import { parse } from 'node:querystring';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { isNobody } from '../clients/client-authentication.ts';
import { recordOf } from '../clients/clients.ts';
import type { ClientSecrets } from '../clients/secrets/client-secrets.ts';
import { readAhead } from '../whole-bodies.ts';

/** Of a form that is read here, in bytes. */
const LONGEST = 4096;
const FORM = /^application\/x-www-form-urlencoded(?:; ?charset=utf-8)?$/iu;
const BASIC = /^Basic ([A-Za-z\d+/]+={0,2})$/u;

export type Fields = Readonly<Partial<Record<string, string>>>;

/** Undefined: long, in another encoding, or with a field that is there twice. */
export async function shortForm({ req, headers }: KoaContextWithOIDC): Promise<Fields | undefined> {
  const length = Number(headers['content-length'] ?? Number.NaN);
  if (!FORM.test(headers['content-type'] ?? '') || headers['content-encoding'] !== undefined)
    return undefined;
  if (!(length <= LONGEST)) return undefined;
  const fields = parse((await readAhead(req)).toString());
  return Object.values(fields).every((value) => typeof value === 'string')
    ? (fields as Fields)
    : undefined;
}

/** Undefined: the library is to judge. Nothing is counted here. */
export async function clientWithSecret(
  ctx: KoaContextWithOIDC,
  secrets: Pick<ClientSecrets, 'isRight'>,
) {
  const shown = basicIn(ctx.headers.authorization);
  if (!shown) return undefined;
  const client = await ctx.oidc.provider.Client.find(shown.id);
  if (!client?.clientAuthMethod?.startsWith('client_secret_')) return undefined;
  const kept = isNobody(client) ? undefined : recordOf(client).secrets;
  return secrets.isRight(ctx, shown.id, kept, shown.secret) ? client : undefined;
}

/** Undefined: the library is to judge. */
export async function clientWithoutSecret(ctx: KoaContextWithOIDC, id: string | undefined) {
  if (id === undefined || ctx.headers.authorization !== undefined) return undefined;
  const client = await ctx.oidc.provider.Client.find(id);
  return client?.clientAuthMethod === 'none' && !isNobody(client) ? client : undefined;
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
