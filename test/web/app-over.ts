/** The whole application over a store that tests break, with a person and an app. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import pino from 'pino';
import { createApp } from '../../src/server/app.ts';
import type { AppParts } from '../../src/server/wiring/app-parts.ts';
import { createRelay } from '../../src/outbox/relay.ts';
import { MESSAGE_CARRIERS, messageHandlers } from '../../src/server/outbox.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createMailQueue } from '../../src/mail/queue.ts';
import type { Store } from '../../src/storage/store.ts';
import { openFreshStore } from '../support/fresh-store.ts';
import type { Registration } from '../support/relying-party.ts';

import { addPerson } from '../support/operator.ts';
import { byOperator } from '../support/by-operator.ts';
import { hashOfPassword, REDIRECT, sharedViews } from '../support/server.ts';

export interface AppOver {
  issuer: string;
  client: Registration;
  /** A person without a second factor, in an organisation that asks for none; PASSWORD is theirs. */
  login: string;
  /** What is done instead of asking the store, of one operation if told; undefined when it is whole. */
  fault: {
    work: ((operation: keyof Store) => Promise<never>) | undefined;
    only?: 'writes' | 'put' | 'update';
  };
  /** Milliseconds; what is cached gets old by it. */
  clock: { now: number };
  /** What was logged. */
  lines: string[];
  close(): Promise<void>;
}

export async function startAppOver(more: Partial<AppParts> = {}): Promise<AppOver> {
  const fresh = await openFreshStore(Date.now());
  const now = () => fresh.clock.now;
  const fault: AppOver['fault'] = { work: undefined };
  const store = breakable(fresh.store, fault);
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`;
  const env = { LATCHKEY_ISSUER: issuer, LATCHKEY_PASSWORDS_HASH_MEMORY_KIB: '7168' };
  const config = loadConfig({ cwd: fresh.folder, env });
  const lines: string[] = [];
  const log = pino({ base: null }, { write: (line: string) => void lines.push(line) });
  const mailQueue = createMailQueue(store);
  const relay = createRelay({
    store,
    handlers: messageHandlers(store, mailQueue),
    carriers: MESSAGE_CARRIERS,
    auditRetention: 60,
    now: () => fresh.clock.now,
    log,
  });
  const { vault } = fresh;
  const parts = {
    config,
    store,
    vault,
    log,
    relay,
    mailQueue,
    now,
    views: await sharedViews(),
    ...more,
  };
  server.on('request', (await createApp(parts)).handler);

  const operator = byOperator({ store, vault, now });
  await operator.addOrganisation({ name: 'Acme', mfa: 'off' });
  const passwordHash = await hashOfPassword();
  const known = { organisation: 'acme', login: 'alice', email: 'alice@acme.test', name: 'Alice' };
  await addPerson(store, { ...known, passwordHash }, now());
  const made = await operator.addClient({
    name: 'Webmail',
    kind: 'web',
    redirectUris: [REDIRECT],
    clientCredentials: true,
  });
  return {
    issuer,
    client: {
      issuer,
      clientId: made.client.id,
      clientSecret: made.secret ?? '',
      redirectUri: REDIRECT,
    },
    login: known.login,
    fault,
    clock: fresh.clock,
    lines,
    async close() {
      fault.work = undefined;
      server.close();
      server.closeAllConnections();
      await relay.close();
      await fresh.close();
    },
  };
}

const WRITES: ReadonlySet<keyof Store> = new Set(['insert', 'put', 'update', 'delete', 'take']);

function breakable(store: Store, fault: AppOver['fault']): Store {
  const isMeant = (operation: keyof Store): boolean =>
    fault.only === 'writes' ? WRITES.has(operation) : (fault.only ?? operation) === operation;
  const asked = (operation: keyof Store): unknown => {
    const work = store[operation] as (...given: unknown[]) => unknown;
    return (...given: unknown[]) =>
      fault.work && isMeant(operation) ? fault.work(operation) : Reflect.apply(work, store, given);
  };
  return new Proxy(store, {
    get: (_, operation) => (operation in store ? asked(operation as keyof Store) : undefined),
  });
}
