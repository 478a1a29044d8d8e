/**
 * What the other side of a client is configured with. This folder owns the ways that known apps are registered and set up: pure
 * functions from what was registered to files, for the console and the command line alike. Nothing is read or
 * written here.
 */
import type { ClientRecord } from '../records/client.ts';
import type { Config } from '../config/schema.ts';

/** What a client of this kind of app is registered with; what is absent is as with any other. */
export type TemplateClient = Pick<ClientRecord, 'kind' | 'redirectUris'> &
  Partial<
    Pick<
      ClientRecord,
      | 'postLogoutRedirectUris'
      | 'backchannelLogoutUri'
      | 'clientUri'
      | 'tokenEndpointAuthMethod'
      | 'requirePkce'
      | 'scopes'
      | 'claimsInIdToken'
      | 'errors'
      | 'resource'
      | 'protocols'
    >
  >;

/** What the files are filled in with. */
export interface TemplateValues {
  issuer: string;
  clientId: string;
  /** In clear, or a word that stands for it. */
  secret: string;
  /** Where people find the app, without a slash at its end. */
  url: string;
  /** People know the sign-in by it. */
  name: string;
  mailbox: Config['mailbox'];
  /** Where the files lie on the other side; undefined: where Debian has them. */
  folder?: string | undefined;
}

export interface TemplateFile {
  /** Its basename. */
  name: string;
  /** The path on the other side. */
  where: string;
  text: string;
  /** It holds a secret, so only its program may read it. */
  secret: boolean;
}

export interface Template {
  /** What the app is called where nobody says anything else. */
  title: string;
  /** `false`: it has no address that people find it at. */
  hasUrl: boolean;
  /** Undefined: it is no client of its own. */
  client?(url: string): TemplateClient;
  files(values: TemplateValues): TemplateFile[];
  /** What is left to do there, a sentence each. */
  todo(values: TemplateValues): string[];
}

export type ClientTemplate = Template & Required<Pick<Template, 'client'>>;

/** Stands for a secret that is not known any more. */
export const CLIENT_SECRET = 'CLIENT_SECRET';

/** `secret`: null where it is not known any more. */
export function templateValues(
  { issuer, mailbox, branding }: Pick<Config, 'issuer' | 'mailbox' | 'branding'>,
  about: Pick<TemplateValues, 'clientId' | 'url' | 'folder'> & { secret: string | null },
): TemplateValues {
  const secret = about.secret ?? CLIENT_SECRET;
  return { issuer, mailbox, name: branding.name ?? 'Latchkey', ...about, secret };
}

/** Where people find an app, without a slash at its end. Undefined: it is no such address. */
export function templateUrl(given: string): string | undefined {
  const url = given.replace(/\/+$/u, '');
  return /^https?:$/u.test(URL.parse(url)?.protocol ?? '') && !/[?#]/u.test(url) ? url : undefined;
}

/** `folder`: Debian's. The path of a file is its folder, or the one that was named, and its name. */
export function templateFile(
  { folder }: Pick<TemplateValues, 'folder'>,
  { debian, ...file }: Omit<TemplateFile, 'where'> & { debian: string },
): TemplateFile {
  return { ...file, where: `${folder ?? debian}/${file.name}` };
}

/** Of our endpoints. */
export function endpoints({ issuer }: Pick<TemplateValues, 'issuer'>) {
  const at = (path: string): string => `${issuer}${path}`;
  return {
    authorization: at('/auth'),
    token: at('/token'),
    userinfo: at('/me'),
    endSession: at('/session/end'),
    introspection: at('/token/introspection'),
    passcode: at('/mail/passcode'),
    discovery: at('/.well-known/openid-configuration'),
  };
}
