/**
 * `npm run test:webmail`: Roundcube, Dovecot and Postfix behind Latchkey, as examples/webmail sets them up, and other real
 * software. The mail servers want Debian's packages and root; what is not there is skipped, and said. With CI=true the
 * packages are installed first, where that can be done; oauth2-proxy is built by build-oauth2-proxy.ts.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { oauth2Proxy } from './oauth2-proxy-program.ts';

const SCRIPT = 'examples/webmail/debian.sh';
const PROGRAMS = ['dovecot', 'postfix', 'php', 'setpriv', 'curl', 'pgrep'];
const INSTALL = `sh ${SCRIPT} install`;
/** Milliseconds. */
const TIMEOUT = 600_000;

const isRoot = process.getuid?.() === 0;
if (missing().length > 0 && isRoot && process.env['CI'] === 'true' && has('apt-get')) {
  console.log(`Installing what is missing: ${INSTALL}`);
  const installed = spawnSync('sh', [SCRIPT, 'install'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const apache = ['apache2', 'libapache2-mod-auth-openidc'];
  const options = ['install', '-y', '-q', '--no-install-recommends'];
  const more = spawnSync('apt-get', [...options, ...apache], { stdio: 'ignore' });
  if (installed.status !== 0 || more.status !== 0)
    console.log('Not all packages could be installed.');
}
const noMail = whyNoMail();
if (noMail !== undefined) skip('with a real mail server', noMail);
if (oauth2Proxy() === undefined)
  skip('with oauth2-proxy', 'it is not on PATH, and OAUTH2_PROXY names none.');
process.exitCode = run(
  noMail === undefined ? ['walk', 'container', 'webmail', 'other-apps'] : ['other-apps'],
);

function whyNoMail(): string | undefined {
  if (missing().length > 0)
    return `${missing().join(', ')} missing. Debian's packages are installed by: ${INSTALL}`;
  return isRoot ? undefined : 'Postfix has to be started by root: run it as root.';
}

function run(names: string[]): number {
  const files = names.map((name) => `test/webmail/${name}.ts`);
  const options = [
    '--test',
    '--test-concurrency=1',
    `--test-timeout=${TIMEOUT}`,
    '--test-force-exit',
  ];
  return spawnSync(process.execPath, [...options, ...files], { stdio: 'inherit' }).status ?? 1;
}

function skip(what: string, why: string): void {
  console.log(`SKIPPED: nothing was tested ${what}: ${why}`);
}

function missing(): string[] {
  const programs = PROGRAMS.filter((name) => !has(name));
  return isThere('/var/lib/roundcube/public_html/index.php')
    ? programs
    : [...programs, 'roundcube'];
}

function has(program: string): boolean {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.some((folder) => isThere(join(folder, program)));
}

function isThere(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
