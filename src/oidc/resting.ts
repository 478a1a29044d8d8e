/**
 * The trusted computer that the `acr` of what is issued rests on, handed on within a request: from the
 * sign-in to its code, from the code to its tokens, from a refresh token to the next one.
 */
const computers = new WeakMap<object, string | null>();

/** Null: on none. Undefined: an older version has not written it down, and nothing is handed on. */
export function passOn(request: object, computer: string | null | undefined): void {
  if (computer !== undefined) computers.set(request, computer);
}

export function passedOn(request: object | undefined): string | null | undefined {
  return request && computers.get(request);
}
