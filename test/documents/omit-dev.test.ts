/** `npm ci --omit=dev`, as the README says it for real use: Latchkey runs, and the demonstration says what it needs. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { inherited, MAIN } from '../support/command-line.ts';
import { startChild } from '../support/child.ts';
import { freePort } from '../support/free-port.ts';

const PRODUCTION = ['--import', resolve('test/documents/production-only.mjs')];

let cwd: string;
before(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'latchkey-production-'));
});
after(() => rm(cwd, { recursive: true, force: true }));

describe('without the packages for development', () => {
  it('the server runs', async () => {
    const port = String(await freePort());
    const issuer = `http://localhost:${port}`;
    const env = { LATCHKEY_LISTEN_PORT: port, LATCHKEY_ISSUER: issuer };
    const server = await startChild([...PRODUCTION, MAIN, 'serve'], {
      cwd,
      env,
      ready: /setup-link/u,
    });
    try {
      // A page, the provider, the store: what is loaded when it is first wanted.
      for (const path of ['/', '/.well-known/openid-configuration', '/readyz'])
        assert.equal((await fetch(issuer + path)).status, 200, path);
    } finally {
      assert.equal(await server.stop(), 0, server.output());
    }
  });

  it('the demonstration says which package it needs, and how to get it', async () => {
    const child = spawn(process.execPath, [...PRODUCTION, 'demo/main.ts'], { env: inherited() });
    const closed = once(child, 'close');
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
    assert.deepEqual([out, (await closed)[0]], ['', 1]);
    assert.match(
      err,
      /^The demonstration needs the package (?:mailparser|smtp-server|openid-client),/u,
    );
    assert.match(err, /^ {2}npm ci$/mu);
  });
});
