/** `npm run build`: the program as plain JavaScript, in `dist/app`. `node dist/app/main.js serve` runs it. */
import { join } from 'node:path';
import { buildApp, ROOT } from './app.ts';

await buildApp(join(ROOT, 'dist', 'app'));
