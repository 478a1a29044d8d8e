/** What the pages of the sign-in and of the account are made with; the modules that they call want less. */
import type { Provider } from 'oidc-provider';
import type { Logger } from 'pino';
import type { Passwords } from '../factors/password.ts';
import type { Relay } from '../outbox/relay.ts';
import type { Config } from '../config/schema.ts';
import type { ComputerCookie } from '../devices/computer-cookie.ts';
import type { FactorId } from '../records/factor-id.ts';
import type { Notices } from '../mail/notices.ts';
import type { MailQueue } from '../mail/queue.ts';
import type { ClientLabel } from '../oidc/clients/client-names.ts';
import type { KnownSignIns } from '../oidc/known-sign-ins.ts';
import type { RequestPeople } from '../oidc/adapters/request-people.ts';
import type { ReadOrganisation } from '../oidc/clients/known-organisations.ts';
import type { Watched } from '../operations/health/watched.ts';
import type { Resources } from '../oidc/resources/resources.ts';
import type { Vault } from '../secrets/vault.ts';
import type { Store } from '../storage/store.ts';
import type { Pause } from '../timing/pause.ts';
import type { Pages } from './pages.ts';

export interface VisitorParts {
  config: Config;
  store: Store;
  vault: Vault;
  people: RequestPeople;
  resources: Resources;
  /** Whom sign-ins are about that this process has seen. */
  signIns: KnownSignIns;
  /** As of the last half second; for pages, never for what a sign-in is judged by. */
  readOrganisation: ReadOrganisation;
  clientLabel: ClientLabel;
  passwords: Passwords;
  provider: Provider;
  pages: Pages;
  relay: Relay;
  notices: Notices;
  mailQueue: MailQueue;
  computerCookie: ComputerCookie;
  log: Logger;
  /** What this process knows of itself. */
  watched: Watched;
  /** Factors that this installation can check. */
  available: readonly FactorId[];
  /** Milliseconds since the epoch. */
  now(): number;
  /** How it is waited for that a change holds everywhere; as long as it takes, unless told. */
  pause?: Pause | undefined;
}
