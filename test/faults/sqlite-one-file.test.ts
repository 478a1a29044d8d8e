/** The file of SQLite that another server serves already. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { startChild, type Child } from '../support/child.ts';
import { MAIN, newInstallation, runLatchkey, type Installation } from '../support/command-line.ts';
import { freePort } from '../support/free-port.ts';
import { ENGINE } from '../support/stores.ts';

describe('a file of SQLite that is served', { skip: ENGINE !== 'sqlite' }, () => {
  let latchkey: Installation;
  const servers: Child[] = [];
  beforeEach(async () => {
    latchkey = await newInstallation();
    assert.equal((await latchkey.run(['org', 'add', 'Acme'])).code, 0);
  });
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.stop('SIGKILL');
    await latchkey.remove();
  });

  const serve = async (env: Record<string, string> = latchkey.env): Promise<Child> => {
    const ready = /Latchkey is ready/u;
    const server = await startChild([MAIN, 'serve'], { cwd: latchkey.folder, env, ready });
    servers.push(server);
    return server;
  };
  const elsewhere = async (): Promise<Record<string, string>> => {
    const port = String(await freePort());
    const issuer = `http://localhost:${port}`;
    return { ...latchkey.env, LATCHKEY_LISTEN_PORT: port, LATCHKEY_ISSUER: issuer };
  };
  it('is refused to a second server, whatever its port; a killed one leaves it free', async () => {
    const first = await serve();
    const env = await elsewhere();
    for (const more of [[], ['--workers', '2']]) {
      const second = await runLatchkey(['serve', ...more], { cwd: latchkey.folder, env });
      assert.equal(second.code, 1);
      assert.match(
        second.stderr,
        /^[^\n]*Another server is serving .*latchkey\.db already[^\n]*\n$/u,
      );
    }
    assert.equal((await fetch(`${latchkey.issuer}/readyz`)).status, 200);
    assert.equal((await latchkey.run(['org', 'add', 'Meanwhile'])).code, 0);
    await first.stop('SIGKILL');
    await serve(env);
    assert.equal((await fetch(`${env['LATCHKEY_ISSUER']}/readyz`)).status, 200);
  });
});
