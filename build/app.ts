/**
 * The program as plain JavaScript, with the packages that it loads at each start, and its pages, texts and lists
 * beside it. A start from there takes a third of the CPU of one from the sources, most of whose time goes into finding modules.
 */
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { buildViews } from './views.ts';

/** The root of the project. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** In what was built. As deep below its root as `src/server` is below ours: files are found by the same way up. */
const PROGRAM = join('lib', 'latchkey');

/** Stay in `node_modules`: native code, what is loaded on one engine alone, and what is found by `require`. */
const APART = ['@node-rs/argon2', 'mongoose', 'bowser'];

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
  await mkdir(outdir, { recursive: true });
  await build({
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
    plugins: [zodInParts],
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'external',
    logLevel: 'warning',
  });
}

/** Of zod's name as a whole nothing can be left out, its fifty languages neither. */
const zodInParts: Plugin = {
  name: 'zod in parts',
  setup({ onLoad }) {
    // Go's expressions know no flags; packages have no TypeScript.
    onLoad({ filter: new RegExp('[.]ts$') }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const contents = source.replace("import { z } from 'zod'", "import * as z from 'zod'");
      return { contents, loader: 'ts' };
    });
  },
};
