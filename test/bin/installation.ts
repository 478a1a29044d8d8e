/** A folder like an installation of Latchkey: the launcher itself, a small main.ts, a Node beside it. */
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const LAUNCHER = fileURLToPath(new URL('../../bin/', import.meta.url));
export const OLDER = new URL('./older.js', import.meta.url).href;

/** Says who it is, and ends as its first argument says. */
const MAIN = `
import { pbkdf2 } from 'node:crypto';
import { readdirSync } from 'node:fs';
const [how, ...rest]: string[] = process.argv.slice(2);
if (how === 'threads') {
  const tasks = (): number => readdirSync('/proc/self/task').length;
  const before = tasks();
  pbkdf2('', '', 1, 8, 'sha256', () => {});
  rest.push(String(tasks() - before));
}
if (how === 'code') process.exitCode = 7;
if (how === 'wait') {
  rest.push(String(process.pid));
  process.on('exit', (code) => console.log('ended ' + code));
  const timer = setInterval(() => {}, 1000);
  process.on('SIGTERM', () => { console.log('SIGTERM'); clearInterval(timer); process.exitCode = 3; });
}
if (how === 'hang') setInterval(() => {}, 1000);
// Once it is ready indeed: a signal that comes before its handler ends the program.
console.log(JSON.stringify({ rest, version: process.versions.node, ready: true }));
if (how === 'input') for await (const part of process.stdin) console.log(String(part));
`;

export class LauncherInstallation {
  readonly path = mkdtempSync(join(tmpdir(), 'latchkey-bin-'));

  /** `beside`: the version that the Node in node_modules claims; undefined: there is none. */
  constructor(beside: string | undefined) {
    cpSync(LAUNCHER, join(this.path, 'bin'), { recursive: true });
    mkdirSync(join(this.path, 'src'));
    writeFileSync(join(this.path, 'package.json'), '{"type":"module"}');
    writeFileSync(join(this.path, 'src/main.ts'), MAIN);
    if (beside !== undefined) this.#putNode(beside);
  }

  /** Instead of a Node something that no machine runs. */
  breakNode(): void {
    const node = join(this.#besides(), 'bin/node');
    rmSync(node);
    writeFileSync(node, 'not a program');
    chmodSync(node, 0o644);
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  #besides(): string {
    return join(this.path, `node_modules/node-${process.platform}-${process.arch}`);
  }

  #putNode(version: string): void {
    const folder = this.#besides();
    mkdirSync(join(folder, 'bin'), { recursive: true });
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ version }));
    symlinkSync(process.execPath, join(folder, 'bin/node'));
  }
}
