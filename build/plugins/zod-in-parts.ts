import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

/** Of zod's name as a whole nothing can be left out, its fifty languages neither. */
export const zodInParts: Plugin = {
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
