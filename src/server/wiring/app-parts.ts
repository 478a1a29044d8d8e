/** What the server is made of. */
import type { Logger } from 'pino';
import type { HashMeter } from '../../throttling/hash-turns.ts';
import type { Relay } from '../../outbox/relay.ts';
import type { Config } from '../../config/schema.ts';
import type { MailQueue } from '../../mail/queue.ts';
import type { Watched } from '../../operations/health/watched.ts';
import type { Vault } from '../../secrets/vault.ts';
import type { Store } from '../../storage/store.ts';
import type { ProbeParts } from '../../web/requests/health.ts';
import type { RequestMeter } from '../../web/requests/measure-requests.ts';
import type { Pause } from '../../timing/pause.ts';
import type { Views } from '../load-views.ts';

export interface AppParts {
  config: Config;
  store: Store;
  vault: Vault;
  log: Logger;
  relay: Relay;
  mailQueue: MailQueue;
  /** Takes over which encryption keys do what, as the store says. Absent: they stay as they are. */
  followVault?: () => Promise<void>;
  /** Absent: nothing is measured. */
  meters?: { requests: RequestMeter; hashes: HashMeter } | undefined;
  state?: ProbeParts['state'];
  /** What this process knows of itself; absent: nothing. */
  watched?: Watched;
  /** Absent: they are loaded. */
  views?: Views | undefined;
  /** Milliseconds since the epoch. */
  now(): number;
  /** How it is waited for that a change holds everywhere; as long as it takes, unless told. */
  pause?: Pause | undefined;
  /** Of libuv; as many as a process begins with, unless told. */
  threads?: number;
}
