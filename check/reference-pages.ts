/** Writes the pages of docs/ that are made from the code anew: commands, configuration, audit events. */
import { fileURLToPath } from 'node:url';
import { writeReference } from './reference/pages.ts';

await writeReference(fileURLToPath(new URL('..', import.meta.url)));
