/** What is issued rests on something besides the session: it is handed on here, within a request. */

/**
 * The trusted computer that the `acr` rests on: from the sign-in to its code, from the code to its
 * tokens, from a refresh token to the next one.
 */
const computers = new WeakMap<object, string | null>();

/** Null: on none. Undefined: an older version has not written it down, and nothing is handed on. */
export function passOn(request: object, computer: string | null | undefined): void {
  if (computer !== undefined) computers.set(request, computer);
}

export function passedOn(request: object | undefined): string | null | undefined {
  return request && computers.get(request);
}

const consents = new WeakMap<object, string>();

/** The consent by which this request is granted something (`Consent.id`); undefined: it needs none. */
export function grantedBy(request: object | undefined): string | undefined {
  return request && consents.get(request);
}

export function grantBy(request: object, consent: string): void {
  consents.set(request, consent);
}
