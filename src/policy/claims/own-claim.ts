/** Names that claims of a client's own may have (records/client.ts `claims`, `rolesClaim`). Pure. */

/** What the provider itself says, or what a token would mean something else with. */
const OF_TOKENS =
  'iss sub aud exp nbf iat jti nonce auth_time acr amr azp at_hash c_hash s_hash sid cnf events scope ' +
  'client_id act may_act _claim_names _claim_sources groups';
/** OIDC Core §5.1. */
const OF_PEOPLE =
  'name given_name family_name middle_name nickname preferred_username profile picture website email ' +
  'email_verified gender birthdate zoneinfo locale phone_number phone_number_verified address updated_at';

const REFUSED: ReadonlySet<string> = new Set([...OF_TOKENS.split(' '), ...OF_PEOPLE.split(' ')]);

/** Claims of its own that a client can have. */
export const MOST_OWN_CLAIMS = 20;
/** Bytes of all of them, as JSON. */
export const LONGEST_OWN_CLAIMS = 4096;

/** Why a claim of a client's own cannot be called that: `format`, or `taken` by what tokens have already. */
export function ownClaimNameFault(name: string): 'format' | 'taken' | undefined {
  if (!/^[A-Za-z][\w.:/-]{0,99}$/u.test(name)) return 'format';
  // Some readers of JSON take names that differ in case for one (Go's encoding/json).
  return REFUSED.has(name.toLowerCase()) ? 'taken' : undefined;
}

export function isOwnClaimName(name: string): boolean {
  return ownClaimNameFault(name) === undefined;
}
