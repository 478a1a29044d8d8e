import { domainOf, notConfigured } from './mail-servers.ts';
import { pattern } from './quoting.ts';
import { templateFile, type Template, type TemplateValues } from './template.ts';

const DEBIAN = '/etc/postfix';
const MAIN = 'latchkey-main.cf';
const MASTER = 'latchkey-master.cf';
const SENDERS = 'latchkey-senders.regexp';

/** Postfix 3.7: submission, signed in to by Dovecot's SASL. It is no client: Dovecot asks for it. */
export const postfix: Template = {
  title: 'Postfix',
  hasUrl: false,
  files: (values) => [
    file(values, MAIN, main(values)),
    file(values, MASTER, master(values)),
    file(values, SENDERS, senders(values)),
  ],
  todo: ({ mailbox, folder = DEBIAN }) => [
    `Put ${MAIN} at the end of ${DEBIAN}/main.cf, and ${MASTER} at the end of master.cf; ${SENDERS} stays a file of its own, in ${folder}.`,
    'In dovecot.conf, service auth: unix_listener /var/spool/postfix/private/auth { mode = 0660, user = postfix, group = postfix }',
    ...(notConfigured(mailbox, ['domain']).length > 0
      ? ['Put your own domain in: mailbox.domain is not configured here.']
      : []),
  ],
};

function file(values: TemplateValues, name: string, text: string) {
  return templateFile(values, { name, debian: DEBIAN, text, secret: false });
}

function main({ mailbox, folder = DEBIAN }: TemplateValues): string {
  return `# Submission, signed in to by Latchkey through Dovecot.
virtual_mailbox_domains = ${domainOf(mailbox)}
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
smtpd_sasl_security_options = noanonymous
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
# Whoever is signed in sends as their own mailbox.
smtpd_sender_login_maps = regexp:${folder}/${SENDERS}
`;
}

/**
 * Postfix answers 535 while Latchkey can't be asked, and mail programs then want a new passcode; where
 * that matters they submit through Dovecot's submission service, which answers 454.
 */
function master({ issuer }: TemplateValues): string {
  const tls = issuer.startsWith('https:') ? 'encrypt' : 'may';
  return `submission inet n - y - - smtpd
  -o syslog_name=postfix/submission
  -o smtpd_tls_security_level=${tls}
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_tls_auth_only=${tls === 'encrypt' ? 'yes' : 'no'}
  -o smtpd_client_restrictions=permit_sasl_authenticated,reject
  -o smtpd_sender_restrictions=reject_sender_login_mismatch
`;
}

function senders({ mailbox }: TemplateValues): string {
  return `/^([^@]+@${pattern(domainOf(mailbox))})$/ \${1}\n`;
}
