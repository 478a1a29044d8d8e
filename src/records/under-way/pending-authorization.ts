import { collection } from '../../storage/store.ts';

/** Somebody on their way through the authorization endpoint, with what they have filled in. */
export interface PendingAuthorization {
  /** Hash of the browser's own secret. */
  browser: string;
  /** As JSON, sealed; null: nothing. It is shown to nobody else. */
  held: { person: string; fields: string } | null;
  /** Of the version before alone: it kept here what travels in `state` now. */
  verifier?: string;
  to?: string;
  arrived?: boolean;
}

export const pendingAuthorizationCollection = collection<PendingAuthorization>('account_passage', {
  key: 'hash',
});
