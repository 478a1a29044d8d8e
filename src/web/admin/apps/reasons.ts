/**
 * Reasons that operations tell in English, and the words that pages have for them (`apps.reason.<key>`). What has
 * none there is told as it is. Pure.
 */
const KEYS: Readonly<Record<string, string>> = {
  // Of URIs.
  'blanks and control characters are not allowed': 'uri-blank',
  'a backslash is not allowed: browsers take it for a slash': 'uri-backslash',
  'there are no wildcards (*): each URI is registered in full': 'uri-wildcard',
  'a fragment (#…) is not allowed': 'uri-fragment',
  'only ASCII is allowed: a host in its xn-- form, the rest percent-encoded': 'uri-ascii',
  'it has a character that a URI cannot have unless percent-encoded': 'uri-character',
  'it has a character that a URI cannot have': 'uri-character',
  'not an absolute URI': 'uri-absolute',
  'a user name or password is not allowed': 'uri-user',
  'it is given twice': 'twice',
  'http is for loopback addresses only; use https': 'uri-http',
  'native apps listen at loopback addresses on http (RFC 8252 §7.3)': 'uri-native',
  'the scheme must be https (native apps: also a scheme such as com.example.app)': 'uri-scheme',
  'it has to be an absolute URI, such as https://api.example.org or urn:example:api':
    'uri-absolute',
  'those that begin with urn:latchkey: are built in': 'built-in',
  // Of what belongs together.
  'it keeps a secret or a key; what cannot is an spa, native or device client': 'keeps-secret',
  'its keys are missing: --jwks-file or --jwks-uri': 'keys-missing',
  'keys are in the record or fetched: not both': 'keys-both',
  'keys are for private_key_jwt': 'keys-unused',
  'a mail server serves one of them at least': 'protocols-none',
  'it belongs to the resource that is handed the tokens': 'resource-missing',
  'that is the claim of its roles': 'claim-roles',
  'tokens have a claim of that name already': 'claim-taken',
  'a claim’s name is a letter, then up to 99 letters, digits or . _ : / -': 'claim-name',
  'a name is a letter and up to 99 letters, digits and any of . _ : / - after it': 'scope-name',
  'it is one of OpenID’s': 'scope-openid',
  'it has no description, which people are asked with': 'scope-description',
  'a resource has at least one scope': 'scope-none',
  'a role has 1 to 100 characters that can be printed': 'role-value',
  'a scope has 1 to 100 characters of ASCII, no blank': 'scope-value',
  'it is given with --offline-access yes': 'offline-access',
  'a service gets access tokens alone': 'service-tokens',
  'a service gets nothing else': 'service-tokens',
  'it is open to all: --org says to which alone': 'open-to-all',
  // Of keys.
  'several of them need a kid each, to be told apart': 'key-kids',
  'it is a private key; register the public one, and use this one nowhere': 'key-private',
  'it is no public key for ES256 (P-256), EdDSA (Ed25519), PS256 or RS256': 'key-shape',
  'its kid has no 1 to 200 characters': 'key-kid',
  'it is not for signatures (use: sig)': 'key-use',
  'its coordinates have not 32 bytes': 'key-shape',
  // Of previewed claims: where they come from, and why not.
  'the person’s name': 'from-name',
  'the login name': 'from-login',
  'the mailbox': 'from-mailbox',
  'attribute given_name': 'from-given-name',
  'attribute family_name': 'from-family-name',
  'attribute locale, else the language of their pages': 'from-locale',
  'attribute zone': 'from-zone',
  'attribute phone': 'from-phone',
  'nobody proves one here': 'from-nobody',
  'the last change of an attribute, else when they were added': 'from-updated',
  'the domains of the organisation, or a link that was mailed there and used': 'from-domains',
  'no group is told to this app': 'from-no-groups',
  'all groups of the person': 'from-all-groups',
  'those groups that this app is told of': 'from-some-groups',
  'the roles of its groups': 'from-roles',
  'a constant': 'from-constant',
  'there is nothing to say of this person': 'why-nothing',
  'userinfo refuses a token for a resource': 'why-resource',
  'in an ID token only where it is asked for by name': 'why-userinfo',
};

/** Those with numbers in them, which their words have as `one` and `two`. */
const WITH_NUMBERS: readonly (readonly [RegExp, string])[] = [
  [/^it is (\d+) to (\d+) seconds, as long as the installation’s$/u, 'lifetime'],
  [/^a set has (\d+) to (\d+)$/u, 'key-count'],
  [/^RSA keys have (\d+) to (\d+) bits; it has \d+$/u, 'key-bits'],
  [/^a key of the type (\w+) signs with ([\w ]+)$/u, 'key-alg'],
  [/^there can be (\d+) of them$/u, 'too-many'],
  [/^a resource has at most (\d+) scopes$/u, 'too-many'],
];

/** For a text under `apps.reason`, with what it is about; its key is empty where there are no words for it. */
export function reasonWords(reason: unknown): { key: string; one: string; two: string } {
  const key = reasonKey(reason);
  if (key !== '' || typeof reason !== 'string') return { key, one: '', two: '' };
  for (const [pattern, of] of WITH_NUMBERS) {
    const [, one = '', two = ''] = pattern.exec(reason) ?? [];
    if (one !== '') return { key: of, one, two };
  }
  return { key: '', one: '', two: '' };
}

/** Empty: there are no words for it. */
export function reasonKey(reason: unknown): string {
  return typeof reason === 'string' && Object.hasOwn(KEYS, reason) ? (KEYS[reason] ?? '') : '';
}
