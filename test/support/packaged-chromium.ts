import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** A Chromium on disk, and the environment variables that it needs. */
export interface PackagedChromium {
  executablePath: string;
  env: Record<string, string>;
  /** For machines without the libraries of a desktop (NSS): used when the plain start fails. */
  ownLibraries: Record<string, string>;
}

const unpack = `import chromium from '@sparticuz/chromium'; await chromium.executablePath();`;

/**
 * The browser that comes with the package `@sparticuz/chromium`, unpacked once for each version.
 * The package itself unpacks to fixed names in the temporary folder and takes a half-written file
 * of another process for a finished one. Here every process unpacks into a folder of its own and
 * renames it: the first one wins, and nobody ever sees half a browser.
 */
export async function packagedChromium(): Promise<PackagedChromium> {
  const home = await packageFolder();
  const { version } = JSON.parse(await readFile(join(home, 'package.json'), 'utf8'));
  const folder = join(home, '..', '..', '.cache', 'latchkey-chromium', String(version));
  if (!existsSync(folder)) await unpackTo(folder);
  return {
    executablePath: join(folder, 'chromium'),
    env: await fonts(folder),
    ownLibraries: { LD_LIBRARY_PATH: join(folder, 'al2023', 'lib') },
  };
}

async function packageFolder(): Promise<string> {
  let folder = dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium'));
  while (!existsSync(join(folder, 'bin'))) {
    if (folder === dirname(folder)) throw new Error('@sparticuz/chromium has no folder "bin"');
    folder = dirname(folder);
  }
  return folder;
}

async function unpackTo(folder: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const own = await mkdtemp(`${folder}.`);
  // A process of its own, because the target is read from TMPDIR; the second variable makes the
  // package unpack the libraries as well.
  const env = { ...process.env, TMPDIR: own, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' };
  await promisify(execFile)(process.execPath, ['--input-type=module', '-e', unpack], {
    cwd: import.meta.dirname,
    env,
  });
  try {
    await rename(own, folder);
  } catch (error) {
    await rm(own, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
}

/** A machine without any font would show no text: the package has one family with it. */
async function fonts(folder: string): Promise<Record<string, string>> {
  if (existsSync('/etc/fonts/fonts.conf')) return {};
  const file = join(folder, 'latchkey-fonts.conf');
  const directory = `<dir>${join(folder, 'fonts')}</dir>`;
  await writeFile(file, `<?xml version="1.0"?><fontconfig>${directory}</fontconfig>`);
  return { FONTCONFIG_FILE: file };
}
