import { quoted } from './quoting.ts';
import { endpoints, templateFile, type ClientTemplate, type TemplateValues } from './template.ts';

const REDIRECT = '/latchkey/redirect';

/** Apache's mod_auth_openidc 2.4: PKCE, RP-initiated and back-channel logout. */
export const modAuthOpenidc: ClientTemplate = {
  title: 'Apache',
  hasUrl: true,
  client: (url) => ({
    kind: 'web',
    redirectUris: [`${url}${REDIRECT}`],
    postLogoutRedirectUris: [`${url}/`],
    backchannelLogoutUri: `${url}${REDIRECT}?logout=backchannel`,
    clientUri: url,
    tokenEndpointAuthMethod: 'client_secret_basic',
    requirePkce: true,
    scopes: ['openid', 'email', 'profile'],
  }),
  files: (values) => [
    templateFile(values, {
      name: 'latchkey.conf',
      debian: '/etc/apache2/conf-available',
      text: config(values),
      secret: true,
    }),
  ],
  todo: () => [
    'Switch it on: a2enmod auth_openidc && a2enconf latchkey && systemctl reload apache2',
    'OIDCCryptoPassphrase: openssl rand -hex 32 makes one.',
  ],
};

function config(values: TemplateValues): string {
  return `OIDCProviderMetadataURL ${endpoints(values).discovery}
OIDCClientID ${quoted(values.clientId)}
OIDCClientSecret ${quoted(values.secret)}
OIDCProviderTokenEndpointAuth client_secret_basic
OIDCRedirectURI ${values.url}${REDIRECT}
OIDCCryptoPassphrase PASSPHRASE
OIDCScope "openid email profile"
OIDCPKCEMethod S256
OIDCRemoteUserClaim preferred_username

<Location />
  AuthType openid-connect
  Require valid-user
</Location>
# For one that wants a second factor whatever else is asked: ask for it, and look at the answer.
#<Location /secret>
#  AuthType openid-connect
#  OIDCPathAuthRequestParams acr_values=urn:latchkey:acr:mfa
#  Require claim acr:urn:latchkey:acr:mfa
#  OIDCUnAutzAction auth
#</Location>
# Nobody is signed in yet who comes back there, nor is whoever tells of a sign-out: no claim is asked for.
<Location ${REDIRECT}>
  AuthType openid-connect
  Require valid-user
</Location>
`;
}
