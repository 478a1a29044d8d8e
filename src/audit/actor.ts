/** `self`: the person whom it is about. `id`: subject identifier, or `client_id`; null where nobody signed in. */
export interface Actor {
  kind: 'self' | 'administrator' | 'operator' | 'api-client';
  id: string | null;
}

/** Whoever has a shell on the server: every right, and no account. */
export const OPERATOR: Actor = { kind: 'operator', id: null };

/** By a link, or by a mail program: whoever it is has not signed in. */
export const SELF: Actor = { kind: 'self', id: null };
