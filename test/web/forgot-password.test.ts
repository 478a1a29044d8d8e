/** Whoever asks for a link can't tell by the time of the answer whether there is such a person. */
import { organisationName } from '../../src/records/organisation.ts';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { it } from 'node:test';
import Koa from 'koa';
import pino from 'pino';
import { createRelay } from '../../src/outbox/relay.ts';
import { MESSAGE_CARRIERS, messageHandlers } from '../../src/server/outbox.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createNotices } from '../../src/mail/notices.ts';
import { createMailQueue } from '../../src/mail/queue.ts';
import type { Collection, Store } from '../../src/storage/store.ts';
import { loadAssets } from '../../src/web/assets.ts';
import { forgotPasswordRoutes } from '../../src/web/links/forgot-password.ts';
import { linkTokenCookie } from '../../src/web/links/link-token-cookie.ts';
import { createPages } from '../../src/web/pages.ts';
import { createRenderer } from '../../src/web/render.ts';
import { returnTo } from '../../src/web/return-to.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';
import { addPerson } from '../support/operator.ts';

const VIEWS = join(import.meta.dirname, '..', '..', 'views');
const BROWSER = 'b'.repeat(43);

/** The store, with everything that is asked of it. */
function watched(store: Store, seen: string[]): Store {
  return new Proxy(store, {
    get(target, name: keyof Store) {
      const method = target[name].bind(target) as (...given: unknown[]) => unknown;
      return (...given: unknown[]) => {
        seen.push(`${name} ${(given[0] as Collection<unknown> | undefined)?.name}`);
        return method(...given);
      };
    },
  });
}

async function serve(fresh: FreshStore, seen: string[], told: { answer(): void }) {
  const store = watched(fresh.store, seen);
  const { vault } = fresh;
  const env = { LATCHKEY_MAIL_SMTP_URL: 'smtp://127.0.0.1:9' };
  const config = loadConfig({ cwd: fresh.folder, env });
  const log = pino({ level: 'silent' });
  const mailQueue = createMailQueue(store);
  const relay = createRelay({
    store,
    handlers: messageHandlers(store, mailQueue),
    carriers: MESSAGE_CARRIERS,
    auditRetention: 60,
    now: () => fresh.clock.now,
    log,
  });
  const renderer = createRenderer(VIEWS, await loadAssets(join(VIEWS, 'assets')));
  const router = forgotPasswordRoutes({
    config,
    store,
    vault,
    notices: createNotices(vault, config, organisationName(store)),
    relay,
    pages: createPages(renderer, { vault, config, log }),
    wayBack: returnTo(linkTokenCookie('way_back', false)),
    now: () => fresh.clock.now,
  });
  const app = new Koa();
  app.use((ctx, next) => {
    ctx.state['browser'] = BROWSER;
    return next();
  });
  app.use(router.routes() as Koa.Middleware);
  const handle = app.callback();
  const server = createServer((request, response) => {
    response.once('finish', () => told.answer());
    void handle(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/forgot-password`;
  return { url, relay, server };
}

it('what depends on who it is comes after the answer, the same for everybody until then', async () => {
  const fresh = await openFreshStore();
  const seen: string[] = [];
  let before: string[] = [];
  const told = { answer: () => void (before = seen.splice(0)) };
  const { url, relay, server } = await serve(fresh, seen, told);
  try {
    const names = { organisation: 'acme', login: 'alice', email: 'alice@acme.test', name: 'Alice' };
    await addPerson(fresh.store, names, fresh.clock.now);
    const ask = async (login: string) => {
      const body = new URLSearchParams({ csrf: fresh.vault.hash('csrf', BROWSER), login });
      const { status } = await fetch(url, { method: 'POST', body, redirect: 'manual' });
      assert.equal(status, 303);
      await relay.settle();
      return { before, after: seen.splice(0) };
    };
    const [known, unknown] = [await ask('alice'), await ask('nobody')];
    assert.deepEqual(known.before, ['take code_cap', 'take code_cap']);
    assert.deepEqual(unknown.before, known.before);
    assert.ok(known.after.includes('insert link'), known.after.join());
    assert.ok(!unknown.after.includes('insert link'), unknown.after.join());
  } finally {
    server.close();
    server.closeAllConnections();
    await relay.close();
    await fresh.close();
  }
});
