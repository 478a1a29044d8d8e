/**
 * The program as plain JavaScript, with the packages that it loads at each start. A start from there takes half the
 * CPU of one from the sources, most of whose time goes into finding modules.
 */
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** The root of the project. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));

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

/**
 * Writes `main.js` and what belongs to it into the folder, which is emptied before. It must be as deep below the
 * root as `src/server` is: the pages are found by the same way up.
 */
export async function buildApp(outdir: string): Promise<void> {
  await rm(outdir, { recursive: true, force: true });
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
    legalComments: 'external',
    logLevel: 'warning',
  });
}
