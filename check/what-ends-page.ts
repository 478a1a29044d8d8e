/** Writes docs/what-ends.md anew from the table. */
import { writeFile } from 'node:fs/promises';
import { WHAT_ENDS_PAGE, whatEndsPage } from './what-ends.ts';

await writeFile(new URL(`../${WHAT_ENDS_PAGE}`, import.meta.url), await whatEndsPage());
