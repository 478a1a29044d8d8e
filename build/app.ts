/**
 * The program as plain JavaScript, with the packages that it loads at each start, and its pages, texts and lists
 * beside it. A start from there takes a third of the CPU of one from the sources, most of whose time goes into finding modules.
 */
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { zodInParts } from './plugins/zod-in-parts.ts';
import { withoutUndici } from './plugins/without-undici.ts';
import { buildViews } from './views.ts';

/** The root of the project. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** In what was built. As deep below its root as `src/server` is below ours: files are found by the same way up. */
const PROGRAM = join('lib', 'latchkey');

/** Stay in `node_modules`: native code, what is loaded on one engine alone, and what is found by `require`. */
const APART = ['@node-rs/argon2', 'mongoose', 'bowser'];

/**
 * A process holds the text of what it runs, two bytes a character where one of them is beyond Latin-1. Names stay: stacks
 * in the log are read, and oidc-provider goes by those of its classes, which `minifySyntax` would take away.
 */
const SMALL = {
  charset: 'ascii',
  minifyWhitespace: true,
  lineLimit: 120,
} as const;

/** Packages in CommonJS call these; a module has none of its own. */
const COMMONJS = `
import { createRequire as __createRequire } from 'node:module';
import { dirname as __dirnameOf } from 'node:path';
import { fileURLToPath as __pathOf } from 'node:url';
const require = __createRequire(import.meta.url);
const __filename = __pathOf(import.meta.url);
const __dirname = __dirnameOf(__filename);
`;

/** Builds into the folder, which is emptied before. */
export async function buildApp(outdir: string): Promise<void> {
  await rm(outdir, { recursive: true, force: true });
  await bundle(join(outdir, PROGRAM));
  await buildViews(join(ROOT, 'views'), join(outdir, 'views'));
  await cp(join(ROOT, 'lists'), join(outdir, 'lists'), { recursive: true });
  const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as Described;
  await writeFile(join(outdir, 'package.json'), JSON.stringify({ version, type: 'module' }));
}

interface Described {
  version: string;
}

/** The module that runs of what was built there. */
export function mainOf(outdir: string): string {
  return join(outdir, PROGRAM, 'main.js');
}

async function bundle(outdir: string): Promise<void> {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: ['src/main.ts'],
    outdir,
    bundle: true,
    splitting: true,
    chunkNames: '[name]-[hash]',
    format: 'esm',
    platform: 'node',
    target: 'node24',
    external: APART,
    banner: { js: COMMONJS.trim() },
    plugins: [zodInParts, ...withoutUndici],
    ...SMALL,
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'external',
    logLevel: 'warning',
    write: false,
  });
  await mkdir(outdir, { recursive: true });
  for (const { path, text, contents } of outputFiles)
    await writeFile(path, path.endsWith('.js') ? inAscii(text) : contents);
}

/** Of expressions esbuild leaves the characters as they are written. */
function inAscii(code: string): string {
  return code.replace(
    /[\u0080-\uFFFF]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
