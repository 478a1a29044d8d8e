/**
 * `node bin/run.js bench/sizing/main.ts` prints the tables of docs/scaling.md. Whoever has measured on a machine of their
 * own puts that into costs.ts.
 */
import { tables } from './tables.ts';

process.stdout.write(`${tables().join('\n\n')}\n`);
