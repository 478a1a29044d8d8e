/**
 * A half-finished sign-in: what the library keeps about the interaction and what has been proven so
 * far, in one document, so that each step and the finish are one conditional write. It is another
 * type and another record than a session; only the interaction pages accept it.
 */
import type { AdapterPayload } from 'oidc-provider';
import type { Proof } from '../factors/factor.ts';
import { kind, type Change, type Store } from '../storage/store.ts';

export interface SignInRecord {
  /** The library's Interaction without the identifiers that its browser shows. */
  payload: AdapterPayload;
  /** Hash of the browser's own secret: no other browser goes on with this sign-in. */
  browser: string;
  /** When the authorization request came, milliseconds since the epoch. */
  startedAt: number;
  /** Who gave the right password here, and the epoch then; proofs under an older epoch are void. */
  person: { id: string; epoch: number } | null;
  proofs: Proof[];
  /** `enrolled`: a factor was just set up here, its last page is due; `again`: sign in with it now. */
  stage: 'sign-in' | 'enrolled' | 'again';
  /** `finished`: the result is there, the browser is on its way back; `spent`: it has arrived. */
  state: 'open' | 'finished' | 'spent';
}

export const signInKind = kind<SignInRecord>('interaction', { key: 'hash' });

/** What a finished sign-in hands to the resumed authorization request, inside the library's result. */
export interface SignInResult {
  startedAt: number;
  epoch: number;
  proofs: Proof[];
}

/**
 * Changes an open sign-in in one conditional write; `undefined` when it is gone or no longer open
 * (finished in another tab).
 */
export async function changeSignIn(
  store: Pick<Store, 'update'>,
  id: string,
  change: (record: SignInRecord) => SignInRecord,
): Promise<SignInRecord | undefined> {
  return store.update(signInKind, id, (record): Change<SignInRecord, SignInRecord | undefined> => {
    if (record?.state !== 'open') return { result: undefined };
    const put = change(record);
    return { put, result: put };
  });
}
