/**
 * Builds oauth2-proxy for the tests, with the Go that is installed: no package that tests can install brings it. It
 * takes some minutes, once for each machine; nothing but the program is left of it.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BUILT_FOLDER, oauth2Proxy, OAUTH2_PROXY_VERSION } from './oauth2-proxy-program.ts';

const MODULE = 'github.com/oauth2-proxy/oauth2-proxy/v7';
/** What a try has left that was broken off spares the next one. */
const WORK = `${BUILT_FOLDER}.build`;
/** Milliseconds. */
const TIMEOUT = 900_000;

const found = oauth2Proxy();
if (found !== undefined) console.log(`oauth2-proxy: ${found}`);
else if (spawnSync('go', ['version']).status === 0) process.exitCode = build();
else console.log('SKIPPED: oauth2-proxy was not built, as there is no Go.');

function build(): number {
  console.log(`Building oauth2-proxy ${OAUTH2_PROXY_VERSION}, once for this machine.`);
  const begun = performance.now();
  const ldflags = `-s -w -X ${MODULE}/pkg/version.VERSION=${OAUTH2_PROXY_VERSION}`;
  const flags = ['-trimpath', '-gcflags=all=-dwarf=false', `-ldflags=${ldflags}`];
  const { status } = spawnSync('go', ['install', ...flags, `${MODULE}@${OAUTH2_PROXY_VERSION}`], {
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: TIMEOUT,
    env: {
      ...process.env,
      GOBIN: join(WORK, 'bin'),
      GOCACHE: join(WORK, 'cache'),
      GOMODCACHE: join(WORK, 'modules'),
      // So that they can be removed.
      GOFLAGS: '-modcacherw',
      CGO_ENABLED: '0',
      // Each compiler lives for a second or two: half of its work would be to collect garbage.
      GOGC: 'off',
      GOMEMLIMIT: '2GiB',
    },
  });
  if (status !== 0) return 1;
  mkdirSync(BUILT_FOLDER, { recursive: true });
  renameSync(join(WORK, 'bin/oauth2-proxy'), join(BUILT_FOLDER, 'oauth2-proxy'));
  rmSync(WORK, { recursive: true, force: true });
  console.log(`oauth2-proxy was built in ${Math.round((performance.now() - begun) / 1000)} s.`);
  return 0;
}
