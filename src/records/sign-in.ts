/**
 * A half-finished sign-in: what the library keeps about the interaction and what has been proven so
 * far, in one document, so that each step and the finish are one conditional write. It is another
 * type and another record than a session; only the interaction pages accept it.
 */
import type { AdapterPayload } from 'oidc-provider';
import {
  withMessages,
  outboxIndex,
  type MessageCarrier,
  type OutboxMessage,
} from '../outbox/message.ts';
import type { SentCode } from './factors/sent-code.ts';
import type { FactorId } from './factor-id.ts';
import type { Proof } from './proof.ts';
import { collection, type Change, type Expiry, type Store } from '../storage/store.ts';

export interface SignInRecord extends MessageCarrier {
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
  /** Whose login name the password's page has in it after a set-up; subject identifier. */
  expects?: string | null;
  /** What the last page of the set-up shows. */
  enrolled: {
    person: string;
    factor: FactorId;
    at: number;
    newCodes: boolean;
    /** Beside factors that the person had; absent: it is their first one. */
    added?: true;
  } | null;
  /** "Trust this computer" was chosen with the factor that was accepted, and this is the factor. */
  trust: FactorId | null;
  /** The set-up that is required later was put off, in this sign-in. */
  postponed: boolean;
  /** The administrator's code after a reset was shown, in this sign-in. */
  enrolmentCodeShown: boolean;
  /** Email codes sent in this sign-in, oldest first; only the newest one works. */
  emailCodes: SentCode[];
  /** Raised with every answer of a passkey that is evaluated: a challenge is good for one. */
  passkeyRound: number;
  /** The factor that the account pages asked for was set up here. */
  setUp?: true;
  /** Few one-time codes are left: `due`, offer a new set; `wanted`: it needs a fresh proof first; `made`: show it. */
  newCodes: 'due' | 'wanted' | 'made' | null;
  /** The page of a set-up that a proof grew old on: the way back to it when there is a fresh one. */
  setUpPage?: SetUpPage;
  /** To go on as the person of the session, where the request wants that to be chosen. */
  accountChosen?: true;
  /** Somebody has posted to it: it is kept for its whole lifetime. Absent: not yet. */
  posted?: true;
  /** `finished`: the result is there, the browser is on its way back; `spent`: it has arrived. */
  state: 'open' | 'finished' | 'spent';
}

export interface SetUpPage {
  /** Whose set-up it is. */
  person: string;
  step: string;
  page: string;
  /** The name that was typed for the new factor. */
  name: string;
  /** Is the way back still to be taken? */
  due: boolean;
}

export const signInCollection = collection<SignInRecord>('interaction', {
  key: 'hash',
  indexes: { postings: outboxIndex },
});

/** The part of a record that a sign-in begins with, and begins anew with after "Not you?". */
export const NOTHING_PROVEN = {
  person: null,
  proofs: [],
  stage: 'sign-in',
  enrolled: null,
  expects: null,
  trust: null,
  postponed: false,
  enrolmentCodeShown: false,
  emailCodes: [],
  newCodes: null,
} as const satisfies Partial<SignInRecord> | object;

/** As one that no session stood behind when it began. */
export function withoutSession(record: SignInRecord): SignInRecord {
  const { session: _, ...payload } = record.payload;
  return { ...record, payload };
}

/** What a finished sign-in hands to the resumed authorization request, inside the library's result. */
export interface SignInResult {
  startedAt: number;
  epoch: number;
  proofs: Proof[];
  /** The factor that was asked for has been set up. */
  setUp?: true;
}

/**
 * Somebody posts to it: from now on it is kept as long as a sign-in may take (`lifetime`, in seconds).
 */
export async function keepSignIn(
  store: Pick<Store, 'update'>,
  id: string,
  lifetime: number,
): Promise<void> {
  await store.update(signInCollection, id, (record): Change<SignInRecord, void> => {
    if (record?.state !== 'open' || record.posted) return { result: undefined };
    const { put, ...expiry } = kept(record, record, lifetime);
    return { put, ...expiry, result: undefined };
  });
}

/** `before`, changed to `changed` by somebody who has posted to it. */
function kept(
  before: SignInRecord,
  changed: SignInRecord,
  lifetime: number,
): { put: SignInRecord } & Expiry {
  if (before.posted) return { put: changed };
  return { put: { ...changed, posted: true }, expiresAt: before.startedAt + lifetime * 1000 };
}

/**
 * Changes an open sign-in in one conditional write; `undefined` when it is gone or no longer open
 * (finished in another tab). `messages` ride in the write, those of a function are of the record as it is
 * written; `change` answers the record itself to leave everything as it is. `lifetime`: of one that somebody
 * posts to with it, in seconds.
 */
export async function changeSignIn(
  store: Pick<Store, 'update'>,
  id: string,
  change: (record: SignInRecord) => SignInRecord,
  messages: readonly OutboxMessage[] | ((changed: SignInRecord) => OutboxMessage[]) = [],
  lifetime?: number,
): Promise<SignInRecord | undefined> {
  return store.update(
    signInCollection,
    id,
    (record): Change<SignInRecord, SignInRecord | undefined> => {
      if (record?.state !== 'open') return { result: undefined };
      const changed = change(record);
      if (changed === record) return { result: record };
      const more = typeof messages === 'function' ? messages(changed) : messages;
      const told = more.length > 0 ? { ...changed, ...withMessages(record, ...more) } : changed;
      const { put, ...expiry } =
        lifetime === undefined ? { put: told } : kept(record, told, lifetime);
      return { put, ...expiry, result: put };
    },
  );
}
