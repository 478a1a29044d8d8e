import { shell } from './quoting.ts';
import { endpoints, templateFile, type ClientTemplate, type TemplateValues } from './template.ts';

/** What Nextcloud calls this provider; it is in the path that the end of sessions is told at. */
const IDENTIFIER = 'latchkey';
const SCOPES = ['openid', 'profile', 'email', 'groups'];

/** Nextcloud's app user_oidc: PKCE, the secret in the form, and it prefers the ID token to userinfo. */
export const nextcloud: ClientTemplate = {
  title: 'Nextcloud',
  hasUrl: true,
  client: (url) => ({
    kind: 'web',
    // Which of the two it sends depends on whether its web server rewrites addresses.
    redirectUris: [`${url}/apps/user_oidc/code`, `${url}/index.php/apps/user_oidc/code`],
    postLogoutRedirectUris: [`${url}/`],
    backchannelLogoutUri: `${url}/index.php/apps/user_oidc/backchannel-logout/${IDENTIFIER}`,
    clientUri: url,
    tokenEndpointAuthMethod: 'client_secret_post',
    requirePkce: true,
    scopes: SCOPES,
    claimsInIdToken: true,
  }),
  files: (values) => [
    templateFile(values, {
      name: 'latchkey-nextcloud.sh',
      debian: '/root',
      text: commands(values),
      secret: true,
    }),
  ],
  todo: () => [
    'Run it once, in the folder of Nextcloud, as the user of its web server; then remove it.',
  ],
};

function commands(values: TemplateValues): string {
  return `#!/bin/sh
set -e
php occ app:install user_oidc || php occ app:enable user_oidc
LATCHKEY_SECRET=${shell(values.secret)} php occ user_oidc:provider ${IDENTIFIER} \\
  --clientid=${shell(values.clientId)} --clientsecret-env=LATCHKEY_SECRET \\
  --discoveryuri=${shell(endpoints(values).discovery)} \\
  --postlogouturi=${shell(`${values.url}/`)} \\
  --scope='${SCOPES.join(' ')}' \\
  --unique-uid=0 --mapping-uid=preferred_username --mapping-display-name=name \\
  --mapping-email=email --group-provisioning=1 --mapping-groups=groups
`;
}
