/** The border for what a browser says of a passkey: JSON text of any making, reduced to bounded strings. */

/** Characters of the JSON text. */
export const LONGEST_ANSWER = 16 * 1024;
/** A credential id has 1023 bytes at most (WebAuthn §4). */
const LONGEST_ID = 1364;
/** A user handle has 64 bytes at most (WebAuthn §5.4.3). */
const LONGEST_HANDLE = 86;

/** AuthenticatorAttestationResponse or AuthenticatorAssertionResponse; everything binary is base64url. */
export interface Answer {
  id: string;
  clientDataJSON: string;
  transports: string[];
  attestationObject?: string | undefined;
  authenticatorData?: string | undefined;
  signature?: string | undefined;
  /** The person that the passkey names: decoded, text. */
  userHandle?: string | undefined;
}

/** Undefined for whatever is not the JSON form of a public-key credential's answer. */
export function parseAnswer(text: string): Answer | undefined {
  const credential = parseObject(text);
  const response = asObject(credential?.['response']);
  const id = base64url(credential?.['id'], LONGEST_ID);
  const clientDataJSON = base64url(response?.['clientDataJSON']);
  if (!response || id === undefined || clientDataJSON === undefined) return undefined;
  if (credential?.['rawId'] !== id || credential['type'] !== 'public-key') return undefined;
  const handle = response['userHandle'] ?? '';
  const userHandle = base64url(handle, LONGEST_HANDLE);
  if (handle !== '' && userHandle === undefined) return undefined;
  return {
    id,
    clientDataJSON,
    transports: transportsOf(response['transports']),
    attestationObject: base64url(response['attestationObject']),
    authenticatorData: base64url(response['authenticatorData']),
    signature: base64url(response['signature']),
    userHandle: textOf(userHandle),
  };
}

/** Throws for an answer made inside another site's page: ours are never shown in a frame. */
export function sameOriginOnly({ clientDataJSON }: Answer): void {
  const clientData = parseObject(Buffer.from(clientDataJSON, 'base64url').toString());
  if (!clientData) throw new Error('The client data are not an object.');
  if ((clientData['crossOrigin'] ?? false) !== false || clientData['topOrigin'] !== undefined)
    throw new Error('Answered inside another origin.');
}

function parseObject(text: string): Record<string, unknown> | undefined {
  if (text.length > LONGEST_ANSWER) return undefined;
  try {
    return asObject(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function asObject(value: unknown): Record<string, unknown> | undefined {
  const is = typeof value === 'object' && value !== null && !Array.isArray(value);
  return is ? (value as Record<string, unknown>) : undefined;
}

/** Canonical base64url alone, so that every decoder reads the same bytes in it. */
function base64url(value: unknown, longest = LONGEST_ANSWER): string | undefined {
  if (typeof value !== 'string' || value === '' || value.length > longest) return undefined;
  return Buffer.from(value, 'base64url').toString('base64url') === value ? value : undefined;
}

function textOf(encoded: string | undefined): string | undefined {
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64url').toString();
}

/** Hints of the browser's: kept as they are, if they look like any. */
function transportsOf(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  const hints = value.filter(
    (hint): hint is string => typeof hint === 'string' && /^[a-z-]{1,20}$/u.test(hint),
  );
  return [...new Set(hints)].slice(0, 8);
}
