/** How pages call the templates: `apps.template.<text>`, and what is left to do, step by step: `apps.todo.<step>`. */
import type { CLIENT_TEMPLATES } from '../../../templates/templates.ts';

type Id = (typeof CLIENT_TEMPLATES)[number];

export const TEMPLATE_TEXTS: Readonly<Record<Id, { text: string; steps: readonly string[] }>> = {
  'roundcube-1.6': { text: 'roundcube16', steps: ['roundcube-include', 'roundcube-servers'] },
  'roundcube-1.7': { text: 'roundcube17', steps: ['roundcube-include', 'roundcube-servers'] },
  dovecot: { text: 'dovecot', steps: ['dovecot-system', 'dovecot-cache'] },
  postfix: { text: 'postfix', steps: [] },
  nextcloud: { text: 'nextcloud', steps: ['nextcloud-run'] },
  'oauth2-proxy': { text: 'oauth2-proxy', steps: ['proxy-cookie', 'proxy-verified', 'proxy-role'] },
  'mod-auth-openidc': { text: 'apache', steps: ['apache-passphrase', 'apache-enable'] },
};
