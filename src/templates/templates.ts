/** THE TABLE of apps whose other side is known. */
import { dovecot } from './dovecot.ts';
import { modAuthOpenidc } from './mod-auth-openidc.ts';
import { nextcloud } from './nextcloud.ts';
import { oauth2Proxy } from './oauth2-proxy.ts';
import { postfix } from './postfix.ts';
import { roundcube16, roundcube17 } from './roundcube.ts';
import type { Template } from './template.ts';

export const TEMPLATES = {
  'roundcube-1.6': roundcube16,
  'roundcube-1.7': roundcube17,
  dovecot,
  postfix,
  nextcloud,
  'oauth2-proxy': oauth2Proxy,
  'mod-auth-openidc': modAuthOpenidc,
} as const satisfies Record<string, Template>;

export type TemplateId = keyof typeof TEMPLATES;

/** Those that register a client. */
export const CLIENT_TEMPLATES = (Object.keys(TEMPLATES) as TemplateId[]).filter(
  (id) => 'client' in TEMPLATES[id],
);
