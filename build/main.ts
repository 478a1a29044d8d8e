/** `npm run build`: the program as plain JavaScript, in `dist/app`, which package and image run. */
import { join } from 'node:path';
import { buildApp, ROOT } from './app.ts';

await buildApp(join(ROOT, 'dist', 'app'));
