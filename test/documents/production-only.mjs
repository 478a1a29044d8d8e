/** Preloaded: as in an installation that was made with --omit=dev, the packages for development are not there. */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

const { packages } = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url)));
const left = Object.keys(packages).filter((path) => packages[path].dev);
const folders = left.map((path) => new URL(`../../${path}/`, import.meta.url).href);

registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    if (!folders.some((folder) => found.url.startsWith(folder))) return found;
    const error = new Error(
      `Cannot find package '${specifier}' imported from ${context.parentURL}`,
    );
    throw Object.assign(error, { code: 'ERR_MODULE_NOT_FOUND' });
  },
});
