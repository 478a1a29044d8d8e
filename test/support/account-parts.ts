/** What changes to an account are made with, on the store of a running server; its own background moves what is told. */
import { organisationName } from '../../src/records/organisation.ts';
import { createRelay } from '../../src/outbox/relay.ts';
import { createPasswords } from '../../src/factors/password.ts';
import { getPerson, type Person } from '../../src/records/person.ts';
import type { Performed } from '../../src/audit/performed.ts';
import { MESSAGE_CARRIERS, messageHandlers } from '../../src/server/outbox.ts';
import { createLog } from '../../src/server/log/log.ts';
import { availableFactors } from '../../src/factors/available.ts';
import { createNotices } from '../../src/mail/notices.ts';
import { createMailQueue } from '../../src/mail/queue.ts';
import { withOrganisation } from '../../src/oidc/authorization/with-organisation.ts';
import type { Subject } from '../../src/policy/assurance.ts';
import type { TestServer } from './server.ts';
import type { Setting } from './setting.ts';

/** For the top of a test file; made when it is first asked for, as the server is there then. */
export function useAccountParts(setting: Setting): () => ReturnType<typeof accountParts> {
  let made: ReturnType<typeof accountParts> | undefined;
  return () => (made ??= accountParts(setting.server));
}

async function accountParts({ config, store, vault }: TestServer) {
  const mailQueue = createMailQueue(store);
  const { log } = createLog('silent', process.stdout);
  const auditRetention = config.audit.retention;
  return {
    config,
    store,
    vault,
    mailQueue,
    notices: createNotices(vault, config, organisationName(store)),
    passwords: await createPasswords({ memoryKib: 7168, passes: 1, workers: 1 }),
    relay: createRelay({
      store,
      handlers: messageHandlers(store, mailQueue),
      carriers: MESSAGE_CARRIERS,
      auditRetention,
      now: Date.now,
      log,
    }),
    available: availableFactors(config),
  };
}

/** A request in English from a loopback address: of somebody who is signed in, or of whoever it is. */
export function performed(server: TestServer, person?: Pick<Person, 'id'>): Performed {
  const origin = { client: null, address: '127.0.0.1', userAgent: null };
  const actor = { kind: 'self', id: person?.id ?? null } as const;
  return { actor, origin, language: 'en', fresh: true, now: server.now() };
}

/** As they are now. */
export async function read({ store }: TestServer, { id }: Pick<Person, 'id'>): Promise<Person> {
  const person = await getPerson(store, id);
  if (!person) throw new Error(`There is no person ${id}.`);
  return person;
}

export async function readWho(server: TestServer, whose: Pick<Person, 'id'>): Promise<Subject> {
  return withOrganisation(server.store, await read(server, whose));
}
