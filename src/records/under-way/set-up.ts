/** What the set-up of the first administrator keeps on its way. */
import { collection } from '../../storage/store.ts';
import type { Authenticator } from '../person.ts';

/** What the form said, kept until the authenticator is proven. One for each link and browser. */
export interface SetUpDraft {
  personId: string;
  organisation: string;
  name: string;
  email: string;
  login: string;
  passwordHash: string;
  /** When the password was typed, milliseconds since the epoch; absent: an older version wrote it. */
  passwordAt?: number;
  authenticator: Authenticator;
  /** Wrong codes and passwords; a set-up that is guessed at begins anew. */
  failures: number;
}
export const setUpDraftCollection = collection<SetUpDraft>('set_up_draft', { key: 'hash' });

/** For a short while the browser that made the administrator may see the one-time codes. */
export interface SetUpFinished {
  person: string;
  /** When their codes were made, milliseconds since the epoch; absent: an older version wrote it. */
  at?: number;
}
export const setUpFinishedCollection = collection<SetUpFinished>('set_up_finished', {
  key: 'hash',
});
