/** Writes docs/who-may-what.md anew from the table. */
import { writeFile } from 'node:fs/promises';
import { WHO_MAY_WHAT_PAGE, whoMayWhatPage } from './who-may-what.ts';

await writeFile(new URL(`../${WHO_MAY_WHAT_PAGE}`, import.meta.url), await whoMayWhatPage());
