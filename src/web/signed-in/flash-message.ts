/** What a page says about what was done before it: kept for one answer, in a cookie that only we can make. */
import type { Context } from 'koa';
import { cookieName } from '../../oidc/provider.ts';
import type { Config } from '../../config/schema.ts';
import type { Vault } from '../../secrets/vault.ts';

/** `what`: a text of the catalogue under `said`. */
export interface FlashMessage {
  what: string;
  values: Readonly<Record<string, string | number>>;
  /** Path of the page that takes it back; its link is called `undo.<what>`. */
  undo?: string;
}

interface FlashMessageParts {
  config: Pick<Config, 'issuer'>;
  vault: Pick<Vault, 'hash' | 'isHash'>;
}

const nameOf = ({ config }: FlashMessageParts): string =>
  cookieName(config.issuer, '__Host-', 'said');

export function say(ctx: Context, parts: FlashMessageParts, said: FlashMessage): void {
  const text = Buffer.from(JSON.stringify(said)).toString('base64url');
  ctx.cookies.set(nameOf(parts), `${text}.${parts.vault.hash('said', text)}`, {
    httpOnly: true,
    sameSite: 'lax',
    secure: parts.config.issuer.startsWith('https:'),
    signed: false,
    maxAge: 60_000,
  });
}

/** Answers it once. */
export function readFlashMessage(ctx: Context, parts: FlashMessageParts): FlashMessage | null {
  const name = nameOf(parts);
  const cookie = ctx.cookies.get(name);
  if (cookie === undefined) return null;
  const secure = parts.config.issuer.startsWith('https:');
  ctx.cookies.set(name, null, { signed: false, secure });
  const [text = '', mac] = cookie.split('.');
  if (text === '' || !parts.vault.isHash('said', text, mac ?? '')) return null;
  return JSON.parse(Buffer.from(text, 'base64url').toString()) as FlashMessage;
}
