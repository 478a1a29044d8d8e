/** An installation with an administrator, for operations below the doors: who acts, on whom, with which parts. */
import assert from 'node:assert/strict';
import { after, before, beforeEach } from 'node:test';
import type { AuditEvent } from '../../src/audit/event.ts';
import type { Performed } from '../../src/audit/performed.ts';
import type { Config } from '../../src/config/schema.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createNotices, type Notices } from '../../src/mail/notices.ts';
import type { MessageCarrier } from '../../src/outbox/message.ts';
import { organisationName } from '../../src/records/organisation.ts';
import { personCollection, type Person, type Role } from '../../src/records/person.ts';
import type { Result } from '../../src/result.ts';
import type { Vault } from '../../src/secrets/vault.ts';
import type { Store } from '../../src/storage/store.ts';
import { openFreshStore } from './fresh-store.ts';
import { addPerson } from './operator.ts';

/** Milliseconds since the epoch. */
export const NOW = 4_000_000_000_000;
export const ORIGIN = { client: 'latchkey-admin', address: '192.0.2.7', userAgent: 'Firefox' };

export interface Parts {
  store: Store;
  vault: Vault;
  config: Config;
  notices: Notices;
  relay: { soon(kind: { name: string }, id: string): void };
  /** What the relay was told: `person ID`. */
  soon: string[];
}

export interface Administration {
  readonly store: Store;
  /** Of a name of its own in each test. */
  somebody(role?: Role, organisation?: string, name?: string): Promise<Person>;
  /** Of that store, or of one that is looked at. */
  parts(store?: Store): Parts;
  stored(id: string): Promise<Person>;
}

/** Of whoever has a role: without a second factor, they may nothing. */
export function factorOf(role: Role): Pick<Person, 'authenticators'> {
  const own = { id: `authenticator of ${role}`, secret: 'sealed', createdAt: NOW };
  return { authenticators: role === 'member' ? [] : [own] };
}

/** For the top of a test file. */
export function useAdministration(): Administration {
  const at = {} as { fresh: Awaited<ReturnType<typeof openFreshStore>> };
  let count = 0;
  const person = (login: string, role: Role, organisation: string): Promise<Person> => {
    const names = { organisation, login, email: `${login}@${organisation}.test`, name: login };
    return addPerson(at.fresh.store, { ...names, role, ...factorOf(role) }, NOW);
  };
  before(async () => {
    at.fresh = await openFreshStore(NOW);
    await person('root', 'administrator', 'acme');
  });
  beforeEach(() => (count += 1));
  after(() => at.fresh.close());
  return {
    get store() {
      return at.fresh.store;
    },
    somebody: (role = 'member', organisation = 'acme', name = 'somebody') =>
      person(`${name}${count}-${role}`, role, organisation),
    parts: (store = at.fresh.store) => partsOn(store, at.fresh),
    async stored(id) {
      const found = await at.fresh.store.get(personCollection, id);
      assert.ok(found);
      return found;
    },
  };
}

function partsOn(store: Store, { vault, folder }: { vault: Vault; folder: string }): Parts {
  const env = {
    LATCHKEY_ISSUER: 'https://id.acme.test',
    LATCHKEY_MAIL_SMTP_URL: 'smtp://127.0.0.1:9',
  };
  const config = loadConfig({ cwd: folder, env });
  const soon: string[] = [];
  const relay: Parts['relay'] = { soon: ({ name }, id) => void soon.push(`${name} ${id}`) };
  return {
    store,
    vault,
    config,
    notices: createNotices(vault, config, organisationName(store)),
    relay,
    soon,
  };
}

/** As an administrator in a browser. */
export const by = ({ id }: Pick<Person, 'id'>, more: Partial<Performed> = {}): Performed => ({
  actor: { kind: 'administrator', id },
  origin: ORIGIN,
  language: 'en',
  fresh: true,
  now: NOW,
  ...more,
});

export function eventsIn({ postings = [] }: MessageCarrier): AuditEvent[] {
  return postings.flatMap((message) => ('event' in message ? [message.event] : []));
}

export function mailsIn({ postings = [] }: MessageCarrier): number {
  return postings.filter((message) => 'mail' in message).length;
}

/** The code of the problem, or `ok`. */
export async function codeOf(result: Promise<Result<unknown>>): Promise<string> {
  const settled = await result;
  return settled.ok ? 'ok' : settled.problem.code;
}
