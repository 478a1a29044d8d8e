import { quoted } from './quoting.ts';
import { endpoints, templateFile, type ClientTemplate, type TemplateValues } from './template.ts';

const DEBIAN = '/etc/dovecot';
const CONFIG = '99-latchkey.conf';
const TOKEN = 'latchkey-token.conf.ext';
const PASSCODE = 'latchkey-passcode.conf.ext';
/** Debian's; without it Dovecot trusts nobody. */
const TLS_CA = '/etc/ssl/certs/ca-certificates.crt';

/** Dovecot 2.3: bearer tokens by introspection, application passcodes by the password grant's request. */
export const dovecot: ClientTemplate = {
  title: 'Dovecot',
  hasUrl: false,
  client: () => ({
    kind: 'mail',
    redirectUris: [],
    resource: 'urn:latchkey:mail',
    protocols: ['imap', 'pop3', 'smtp', 'sieve'],
  }),
  files: (values) => [
    file(values, CONFIG, config(values), values.folder ?? `${DEBIAN}/conf.d`),
    file(values, TOKEN, token(values)),
    file(values, PASSCODE, passcode(values)),
  ],
  todo: ({ folder, mailbox }) => [
    folder === undefined
      ? `Take the line "!include auth-system.conf.ext" out of ${DEBIAN}/conf.d/10-auth.conf: passwords of the system would open mailboxes too.`
      : `At the end of dovecot.conf, and after no other passdb: !include ${folder}/${CONFIG}`,
    'Leave auth_cache_size at 0: what is revoked would go on for as long as it is cached.',
    ...(mailbox.doveadm_url === undefined
      ? []
      : ['Put the key of mailbox.doveadm_key_file in as doveadm_api_key.']),
  ],
};

function file(values: TemplateValues, name: string, text: string, debian = DEBIAN) {
  return templateFile(values, { name, debian, text, secret: name !== CONFIG });
}

function config({ folder = DEBIAN }: TemplateValues): string {
  return `# Sign-in to mailboxes, by Latchkey alone.
auth_mechanisms = plain login xoauth2 oauthbearer
auth_cache_size = 0

# Webmail and mail programs that know OAuth: a token, which Latchkey is asked about.
passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = ${folder}/${TOKEN}
}
# An empty password ends the auth process of Dovecot 2.3.19: it is refused before it gets there.
passdb {
  driver = static
  mechanisms = plain login
  args = password=
  result_success = return-fail
  result_failure = continue
  result_internalfail = return-fail
}
# All other mail programs: an application passcode, which Latchkey is asked about.
passdb {
  driver = oauth2
  mechanisms = plain login
  args = ${folder}/${PASSCODE}
}
`;
}

function token(values: TemplateValues): string {
  const { introspection, discovery } = endpoints(values);
  return `introspection_mode = post
introspection_url = ${introspection}
${credentials(values)}
username_attribute = email
active_attribute = active
active_value = true
scope = mail
force_introspection = yes
openid_configuration_url = ${discovery}
${connection(values)}`;
}

function passcode(values: TemplateValues): string {
  return `grant_url = ${endpoints(values).passcode}
use_grant_password = yes
${credentials(values)}
username_attribute = username
pass_attrs = user=%{oauth2:email}
active_attribute = active
active_value = true
scope = mail
${connection(values)}`;
}

function credentials({ clientId, secret }: TemplateValues): string {
  const plain = /^[\w.~-]+$/u.test(secret) ? secret : quoted(secret);
  return `client_id = ${clientId}\nclient_secret = ${plain}`;
}

function connection({ issuer }: TemplateValues): string {
  const tls = issuer.startsWith('https:') ? `tls_ca_cert_file = ${TLS_CA}\n` : '';
  return `send_auth_headers = yes\ntimeout_msecs = 5000\nmax_idle_time_msecs = 60000\n${tls}`;
}
