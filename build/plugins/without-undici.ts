/**
 * Keeps Node's own client for `fetch` (undici) from being loaded, which a server has no use for: 13 MB, and a twentieth of
 * a start. Two things would load it.
 */
import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

/** Where a module imports it, Node reads all of its properties, and one of them is undici's WebSocket; `require` reads none. */
const required: Plugin = {
  name: 'http is required, not imported',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: new RegExp('^(node:)?http$') }, ({ kind }) =>
      kind === 'require-call'
        ? { path: 'node:http', external: true }
        : { path: 'http', namespace: 'required' },
    );
    onLoad({ filter: new RegExp(''), namespace: 'required' }, () => ({
      contents: "module.exports = require('node:http');",
    }));
  },
};

/** The same question, without the class. */
const IS_RESPONSE = "Object.prototype.toString.call($1) === '[object Response]'";

/** Koa asks of whatever is answered as JSON whether it is one of `fetch`. */
const recognised: Plugin = {
  name: 'koa knows an answer of fetch by its tag',
  setup({ onLoad }) {
    onLoad({ filter: new RegExp('/koa/lib/(application|response)[.]js$') }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const contents = source.replace(/(\w+) instanceof Response\b/gu, IS_RESPONSE);
      if (contents === source) throw new Error(`${path}: Koa no longer asks for a Response.`);
      return { contents };
    });
  },
};

export const withoutUndici: readonly Plugin[] = [required, recognised];
