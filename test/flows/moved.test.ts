/** An installation that moves to another store and back: people and apps notice nothing. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { startServer, type RunningServer } from '../../src/server/server.ts';
import { loadConfig } from '../../src/config/load.ts';
import { runHere } from '../support/command-line.ts';
import { afterPassword, isSignedIn, toStep } from '../support/factors.ts';
import { exchange, token, type Registration } from '../support/relying-party.ts';
import { freePort } from '../support/free-port.ts';
import { seeding, type TestPerson } from '../support/server.ts';
import { signIn, silently, type SignedIn } from '../support/sign-in.ts';
import { newStore, type TestStore } from '../support/stores.ts';
import { byOperator } from '../support/by-operator.ts';

let folder: string;
/** On the engine of this run, a file, and that engine again. */
let stores: [TestStore, TestStore, TestStore];
let fixed: Record<string, string>;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-moved-'));
  const file = join(folder, 'moved.db');
  const sqlite: TestStore = {
    ...newStore(join(folder, 'unused')),
    options: { engine: 'sqlite', path: file },
    env: { LATCHKEY_STORE_ENGINE: 'sqlite', LATCHKEY_STORE_PATH: file },
  };
  stores = [newStore(join(folder, 'first')), sqlite, newStore(join(folder, 'last'))];
  const port = String(await freePort());
  fixed = {
    LATCHKEY_ISSUER: `http://localhost:${port}`,
    LATCHKEY_LISTEN_PORT: port,
    LATCHKEY_PASSWORDS_HASH_MEMORY_KIB: '7168',
    LATCHKEY_PASSWORDS_HASH_PASSES: '1',
  };
});
after(async () => {
  for (const store of stores) await store.remove();
  await rm(folder, { recursive: true, force: true });
});

/** The key goes along: it is that of the first. */
const envOf = (store: TestStore): Record<string, string> => ({
  ...fixed,
  ...store.env,
  LATCHKEY_ENCRYPTION_KEY_FILE: stores[0].env['LATCHKEY_ENCRYPTION_KEY_FILE'] ?? '',
});

async function serving<T>(
  store: TestStore,
  work: (server: RunningServer) => Promise<T>,
): Promise<T> {
  const config = loadConfig({ cwd: folder, env: envOf(store) });
  const world = { stdout: { write: () => true }, now: Date.now };
  const server = await startServer(config, world, { purpose: 'production' });
  return work(server).finally(() => server.close());
}

/** As an operator does it: each side is named by its engine, and its place is in the configuration. */
async function move(from: TestStore, to: TestStore): Promise<void> {
  const args = ['migrate', '--from', nameOf(from), '--to', nameOf(to), '--json'];
  const { code, stdout, stderr } = await runHere(args, {
    cwd: folder,
    env: { ...envOf(from), ...envOf(to), ...mongoOf(from), ...mongoOf(to) },
  });
  assert.equal(code, 0, stdout + stderr);
}

const nameOf = ({ options }: TestStore): string =>
  options.engine === 'sqlite' ? `sqlite:${options.path}` : 'mongodb';

const mongoOf = ({ options }: TestStore): Record<string, string> =>
  options.engine === 'mongodb' ? { LATCHKEY_STORE_MONGODB_URL: options.url } : {};

it('sessions, tokens, factors and used codes go along, there and back', async () => {
  const { signedIn, person, webmail, spa } = await serving(stores[0], async (server) => {
    await byOperator({ ...server, now: Date.now }).addOrganisation({
      name: 'Acme',
      mfa: 'required',
    });
    const seed = seeding(server, fixed['LATCHKEY_ISSUER'] ?? '', Date.now);
    const people = await seed.addPerson({}, { totp: true, oneTimeCodes: true });
    const app = await seed.addClient();
    const publicApp = await seed.addClient({ kind: 'spa' });
    await useCode(app, people, 0);
    const first = await signIn(app, people);
    const second = await signIn(publicApp, people, { browser: first.browser });
    return {
      signedIn: { ...first, tokens: second.tokens },
      person: people,
      webmail: app,
      spa: publicApp,
    };
  });

  let { refresh_token: refreshToken = '' } = signedIn.tokens;
  let used = 1;
  for (const [from, to] of [
    [stores[0], stores[1]],
    [stores[1], stores[2]],
  ] as const) {
    await move(from, to);
    refreshToken = await serving(to, async () => {
      await goesOn(signedIn, webmail);
      for (let nth = 0; nth < used; nth += 1)
        assert.ok(!(await useCode(webmail, person, nth)), `code ${nth} is used up`);
      assert.ok(await useCode(webmail, person, used), 'the next one is good');
      return refreshed(spa, refreshToken);
    });
    used += 1;
  }
});

async function useCode(client: Registration, person: TestPerson, nth: number): Promise<boolean> {
  const at = await toStep(await afterPassword(client, person), 'one-time-codes');
  return isSignedIn(await at.browser.submit(at.page, { code: person.oneTimeCodes[nth] ?? '' }));
}

/** The session of before is still one, with what was proven then. */
async function goesOn({ browser, claims }: SignedIn, client: Registration): Promise<void> {
  const { asked, callback } = await silently(client, browser);
  const answer = await exchange(client, asked, callback);
  assert.equal(answer.status, 200, callback.href);
  const [, payload = ''] = String(answer.body['id_token']).split('.');
  const now = JSON.parse(Buffer.from(payload, 'base64url').toString()) as typeof claims;
  assert.deepEqual([now.sub, now['auth_time']], [claims.sub, claims['auth_time']]);
}

async function refreshed(client: Registration, refreshToken: string): Promise<string> {
  const params = { grant_type: 'refresh_token', refresh_token: refreshToken };
  const answer = await token(client, params);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return String(answer.body['refresh_token']);
}
