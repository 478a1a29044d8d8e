/** Writes config/default.yaml anew from the schema. */
import { writeFile } from 'node:fs/promises';
import { documentedDefaults } from '../src/config/document.ts';

await writeFile(new URL('../config/default.yaml', import.meta.url), documentedDefaults());
