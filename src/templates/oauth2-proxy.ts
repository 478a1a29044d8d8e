import { quoted } from './quoting.ts';
import { templateFile, type ClientTemplate, type TemplateValues } from './template.ts';

/** oauth2-proxy 7.15: it reads the ID token, and a claim of it says who may in. */
export const oauth2Proxy: ClientTemplate = {
  title: 'oauth2-proxy',
  hasUrl: true,
  client: (url) => ({
    kind: 'web',
    redirectUris: [`${url}/oauth2/callback`],
    postLogoutRedirectUris: [`${url}/`],
    clientUri: url,
    tokenEndpointAuthMethod: 'client_secret_basic',
    requirePkce: true,
    scopes: ['openid', 'email', 'profile'],
    claimsInIdToken: true,
  }),
  files: (values) => [
    templateFile(values, {
      name: 'oauth2-proxy.cfg',
      debian: '/etc/oauth2-proxy',
      text: config(values),
      secret: true,
    }),
  ],
  todo: ({ clientId }) => [
    // As standard base64 it takes it for raw bytes, which are too many with the newline.
    "Make the secret of its cookies: openssl rand -base64 24 | tr -- '+/' '-_' > cookie-secret, named by cookie_secret_file.",
    'It refuses people whose address is not verified: latchkey org set ORGANISATION --domain example.org says which ones are.',
    `Say whose group is what: latchkey client set ${clientId} --role user=group:ORGANISATION/GROUP; nobody else gets in. For everybody, take allowed_groups out.`,
  ],
};

function config({ issuer, clientId, secret, url, folder = '/etc/oauth2-proxy' }: TemplateValues) {
  return `provider = "oidc"
provider_display_name = "Latchkey"
oidc_issuer_url = ${quoted(issuer)}
client_id = ${quoted(clientId)}
client_secret = ${quoted(secret)}
redirect_url = ${quoted(`${url}/oauth2/callback`)}
scope = "openid email profile"
code_challenge_method = "S256"
email_domains = ["*"]
# The values that groups are given for this app.
oidc_groups_claim = "roles"
allowed_groups = ["user"]
# Who has left the group, was disabled or has signed out is asked about so often. Without it, a week later.
cookie_refresh = "5m"
# Where /oauth2/sign_out may lead to.
whitelist_domains = [${quoted(new URL(issuer).host)}]
cookie_secret_file = ${quoted(`${folder}/cookie-secret`)}
cookie_secure = ${url.startsWith('https:')}
`;
}
