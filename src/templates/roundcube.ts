import { domainOf, notConfigured, serverOf, type MailServer } from './mail-servers.ts';
import { php } from './quoting.ts';
import { endpoints, templateFile, type ClientTemplate, type TemplateValues } from './template.ts';

const NAME = 'latchkey.inc.php';
const DEBIAN = '/etc/roundcube';
const SCOPES = ['openid', 'email', 'mail'];

/**
 * Roundcube 1.6: it sends no PKCE, takes every error that it is sent for a reason to try again at once, and
 * has neither RP-initiated nor back-channel logout.
 */
export const roundcube16: ClientTemplate = {
  title: 'Webmail',
  hasUrl: true,
  client: (url) => ({
    kind: 'web',
    redirectUris: [`${url}/index.php/login/oauth`],
    clientUri: url,
    tokenEndpointAuthMethod: 'client_secret_post',
    requirePkce: false,
    scopes: SCOPES,
    errors: 'page',
  }),
  files: (values) => [configFile(values, [])],
  todo,
};

/** Roundcube 1.7: PKCE, and both kinds of logout. */
export const roundcube17: ClientTemplate = {
  title: 'Webmail',
  hasUrl: true,
  client: (url) => ({
    kind: 'web',
    redirectUris: [`${url}/index.php/login/oauth`],
    // It names the page that it is at, which is that of the sign-out.
    postLogoutRedirectUris: [`${url}/`, `${url}/?_task=logout`],
    backchannelLogoutUri: `${url}/index.php/login/backchannel`,
    clientUri: url,
    tokenEndpointAuthMethod: 'client_secret_post',
    requirePkce: true,
    scopes: SCOPES,
    errors: 'page',
  }),
  files: (values) => [configFile(values, sinceSeventeen(values))],
  todo,
};

function configFile(values: TemplateValues, more: readonly string[]) {
  const text = `${[...beginning(values), ...more, ...mailServers(values)].join('\n')}\n`;
  return templateFile(values, { name: NAME, debian: DEBIAN, text, secret: true });
}

function beginning(values: TemplateValues): string[] {
  const { authorization, token, userinfo } = endpoints(values);
  return [
    '<?php',
    '// Included by config.inc.php, at its end. Readable by the web server alone.',
    "$config['oauth_provider'] = 'generic';",
    `$config['oauth_provider_name'] = ${php(values.name)};`,
    `$config['oauth_client_id'] = ${php(values.clientId)};`,
    `$config['oauth_client_secret'] = ${php(values.secret)};`,
    `$config['oauth_auth_uri'] = ${php(authorization)};`,
    `$config['oauth_token_uri'] = ${php(token)};`,
    `$config['oauth_identity_uri'] = ${php(userinfo)};`,
    `$config['oauth_scope'] = ${php(SCOPES.join(' '))};`,
    "$config['oauth_identity_fields'] = ['email'];",
    '// Without it a foreign sign-in can be slipped into the browser (login CSRF).',
    "$config['oauth_login_redirect'] = true;",
    '// Tokens only. Else whoever posts a name and a passcode to the hidden form is in, without a second factor.',
    "$config['imap_auth_type'] = 'XOAUTH2';",
    "$config['smtp_auth_type'] = 'XOAUTH2';",
    "$config['smtp_user'] = '%u';",
    "$config['smtp_pass'] = '%p';",
    "// 'Strict' would lose the session on the way back from the sign-in.",
    "$config['session_samesite'] = 'Lax';",
  ];
}

function sinceSeventeen(values: TemplateValues): string[] {
  const { discovery, endSession } = endpoints(values);
  return [
    `$config['oauth_config_uri'] = ${php(discovery)};`,
    `$config['oauth_logout_uri'] = ${php(endSession)};`,
    "$config['oauth_pkce'] = 'S256';",
    '// Back-channel logout finds sessions there.',
    "$config['oauth_cache'] = 'db';",
  ];
}

function mailServers({ mailbox }: TemplateValues): string[] {
  const at = (server: MailServer): string =>
    php(
      `${{ tls: 'ssl://', starttls: 'tls://', none: '' }[server.tls]}${server.host}:${server.port}`,
    );
  const sieve = [
    "$config['plugins'][] = 'managesieve';",
    `$config['managesieve_host'] = ${at(serverOf(mailbox, 'sieve'))};`,
    "$config['managesieve_auth_type'] = 'XOAUTH2';",
  ];
  return [
    `$config['imap_host'] = ${at(serverOf(mailbox, 'imap'))};`,
    `$config['smtp_host'] = ${at(serverOf(mailbox, 'smtp'))};`,
    `$config['mail_domain'] = ${php(domainOf(mailbox))};`,
    ...(mailbox.sieve === undefined ? [] : sieve),
  ];
}

function todo({ mailbox, folder = DEBIAN }: TemplateValues): string[] {
  const guessed = notConfigured(mailbox, ['domain', 'imap', 'smtp']);
  return [
    `At the end of ${folder}/config.inc.php: include __DIR__ . '/${NAME}';`,
    ...(guessed.length > 0
      ? [`Put your own servers in: ${guessed.join(', ')} is not configured here.`]
      : []),
  ];
}
