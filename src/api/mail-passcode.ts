/**
 * `POST /mail/passcode`: a mail server has an application passcode checked, in the shape of the
 * password grant (RFC 6749 §4.3) as Dovecot sends it. No token is issued: what leaks from the mail
 * server opens nothing. `invalid_grant` is said of a wrong passcode alone, as mail programs forget
 * theirs when they hear it; limits are 429, and trouble is 503.
 */
import { SELF } from '../audit/actor.ts';
import Router from '@koa/router';
import type { Context } from 'koa';
import getRawBody from 'raw-body';
import { z } from 'zod';
import { fold } from '../text/fold.ts';
import { PROTOCOLS, type Protocol } from '../records/passcode.ts';
import { halfSecond } from '../timing/half-second.ts';
import type { Config } from '../config/schema.ts';
import { standIn } from '../oidc/clients/client-authentication.ts';
import type { ClientSecrets, SecretVerdict } from '../oidc/clients/secrets/client-secrets.ts';
import type { ClientRecord } from '../records/client.ts';
import { getClient } from '../oidc/clients/clients.ts';
import type { KnownOrganisations } from '../oidc/clients/known-organisations.ts';
import { shutOutBy } from '../policy/apps/who-may.ts';
import { checkMailTry, type CheckParts, type MailTry } from '../passcodes/check.ts';
import type { MailAccess } from '../passcodes/passcode.ts';
import { parseFields, text, type Fields } from '../web/forms.ts';
import { requestOrigin } from '../net/request-origin.ts';

export interface MailPasscodeParts extends CheckParts {
  config: Pick<Config, 'default_language'>;
  clientSecrets: ClientSecrets;
  organisations: KnownOrganisations;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** Bytes. */
export const LARGEST_BODY = 16 * 1024;
/** Seconds: mail servers want a number; nothing expires. */
const EXPIRES_IN = 60;

/** A client that is none, as it would be stored. */
const NOBODY = JSON.stringify(standIn('x'.repeat(43)));

const form = z.object({
  grant_type: text(100),
  username: text(255),
  password: text(1024),
  scope: text(200),
  client_id: text(100),
  client_secret: text(200),
});
type Form = z.infer<typeof form>;
type NotAuthenticated = Exclude<SecretVerdict, { verdict: 'right' }>;

export function mailPasscodeRoutes(parts: MailPasscodeParts): Router {
  const router = new Router();
  const clientOf = knownClients(parts);
  router.post('/mail/passcode', async (ctx) => {
    ctx.set('Cache-Control', 'no-store');
    const fields = await readFields(ctx);
    const parsed = fields && parseFields(form, fields);
    if (!parsed?.ok) return refuse(ctx, 400, 'invalid_request');
    const client = await mailClient(parts, clientOf, ctx, parsed.values);
    if ('verdict' in client) return refuseClient(ctx, client);
    if (parsed.values.grant_type !== 'password') return refuse(ctx, 400, 'unsupported_grant_type');
    return answerMailServer(parts, ctx, client, parsed.values);
  });
  return router;
}

async function answerMailServer(
  parts: MailPasscodeParts,
  ctx: Context,
  client: ClientRecord,
  { username, password, scope }: Form,
): Promise<void> {
  const access = accessOf(ctx);
  const origin = { ...requestOrigin(ctx, client.id), address: access.address, userAgent: null };
  const performed = {
    actor: SELF,
    origin,
    language: parts.config.default_language,
    fresh: false,
    now: parts.now(),
  };
  const mayUse = maySend(parts, client, access);
  const given = { username, password, access, mayUse };
  const verdict = await checkMailTry(parts, given, performed);
  if (verdict.verdict === 'wrong') return refuse(ctx, 400, 'invalid_grant');
  if (verdict.verdict === 'wait') {
    ctx.set('Retry-After', String(verdict.seconds));
    return refuse(ctx, 429, 'slow_down');
  }
  ctx.body = {
    access_token: 'passcode-ok',
    token_type: 'Bearer',
    expires_in: EXPIRES_IN,
    active: 'true',
    username: fold(username),
    email: verdict.person.email,
    ...(scope === '' ? {} : { scope }),
  };
}

/**
 * Of people that the mail server is open to, by the protocols that it is registered for; one that it does not
 * tell might be any. As much is read for nobody.
 */
function maySend(
  { organisations }: MailPasscodeParts,
  client: ClientRecord,
  { protocol }: MailAccess,
): MailTry['mayUse'] {
  const { protocols } = client;
  const isServed = protocol ? protocols.includes(protocol) : protocols.length === PROTOCOLS.length;
  return async (person) => {
    const who = await organisations.of(person);
    return isServed && who !== undefined && shutOutBy(client, who) === undefined;
  };
}

/** RFC 6749 §5.2; RFC 6585 §4. */
function refuseClient(ctx: Context, refused: NotAuthenticated): void {
  if (refused.verdict === 'too-many') {
    ctx.set('Retry-After', String(refused.seconds));
    return refuse(ctx, 429, 'invalid_client');
  }
  ctx.set('WWW-Authenticate', 'Basic realm="mail"');
  return refuse(ctx, 401, 'invalid_client');
}

function refuse(ctx: Context, status: number, error: string): void {
  ctx.status = status;
  ctx.body = { error };
}

/** Undefined: no form, too large, or broken off. A field given twice counts once, the first. */
async function readFields(ctx: Context): Promise<Fields | undefined> {
  if (!ctx.is('application/x-www-form-urlencoded')) return undefined;
  const length = ctx.get('content-length') || null;
  const options = { limit: LARGEST_BODY, length, encoding: 'utf8' as const };
  const body = await getRawBody(ctx.req, options).catch(() => undefined);
  if (body === undefined) return undefined;
  const fields: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of new URLSearchParams(body)) fields[name] ??= value;
  return fields;
}

/** Of an id; one that is none where it is nobody's. Half a second old at most, as at the other endpoints. */
type ClientOf = (id: string) => ClientRecord | Promise<ClientRecord>;

/** Clients that are remembered; those that somebody makes up push out others for a moment. */
const MOST = 1000;

function knownClients({ store, now }: Pick<MailPasscodeParts, 'store' | 'now'>): ClientOf {
  // Made and kept for nobody too: what it takes must not tell whether a client was found.
  const read = async (id: string): Promise<ClientRecord> =>
    (await getClient(store, id)) ?? (JSON.parse(NOBODY) as ClientRecord);
  return halfSecond({ read, now, most: MOST });
}

/** By Basic or by form (RFC 6749 §2.3.1). */
async function mailClient(
  { clientSecrets }: MailPasscodeParts,
  clientOf: ClientOf,
  ctx: Context,
  { client_id, client_secret }: Form,
): Promise<ClientRecord | NotAuthenticated> {
  const basic = basicCredentials(ctx.get('authorization'));
  const [id, secret] = basic ?? [client_id, client_secret];
  if (id === '' || id.length > 100) return { verdict: 'wrong' };
  const found = await clientOf(id);
  const client = found.kind === 'mail' ? found : undefined;
  const judged = clientSecrets.judge(ctx, id, client?.secrets, secret);
  if (judged.verdict !== 'right') return judged;
  return client ?? { verdict: 'wrong' };
}

function basicCredentials(header: string): [string, string] | undefined {
  const [, encoded] = /^Basic ([\w+/=-]{1,1000})$/iu.exec(header) ?? [];
  if (encoded === undefined) return undefined;
  const [, id = '', secret = ''] =
    /^([^:]*):(.*)$/su.exec(Buffer.from(encoded, 'base64').toString('utf8')) ?? [];
  try {
    return [decodeURIComponent(id), decodeURIComponent(secret)];
  } catch {
    return undefined;
  }
}

/** Believed of a registered mail server only, which has shown its secret. */
function accessOf(ctx: Context): MailAccess {
  const service = ctx.get('x-dovecot-auth-service').toLowerCase();
  const named = service === 'submission' ? 'smtp' : service === 'managesieve' ? 'sieve' : service;
  const protocol: Protocol | null = PROTOCOLS.find((known) => known === named) ?? null;
  return { protocol, address: addressIn(ctx.get('x-dovecot-auth-remote')) };
}

/** `192.0.2.7:50123`, `[2001:db8::7]:50123`, or `2001:db8::7:50123` as Dovecot writes it. */
function addressIn(header: string): string | null {
  const [, address] = /^\[?([\da-f.:]{2,45}?)\]?:\d{1,5}$/iu.exec(header) ?? [];
  return address ?? null;
}
