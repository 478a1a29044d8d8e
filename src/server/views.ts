import { fileURLToPath } from 'node:url';

/** The folder of templates and texts. */
export const VIEWS = fileURLToPath(new URL('../../views/', import.meta.url));
