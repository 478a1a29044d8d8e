import { organisationName } from '../records/organisation.ts';
import { createNotices, type Notices } from '../mail/notices.ts';
import type { Relay } from '../outbox/relay.ts';
import type { Installation } from '../server/opened.ts';

export interface OperationParts extends Installation {
  notices: Notices;
  relay: Pick<Relay, 'soon'>;
}

/** What operations need of an installation that a command has opened. */
export function operationParts(installation: Installation): OperationParts {
  const { config, store, vault } = installation;
  const notices = createNotices(vault, config, organisationName(store));
  // All that is to be told is moved before the store is closed (command.ts).
  return { ...installation, notices, relay: { soon() {} } };
}
