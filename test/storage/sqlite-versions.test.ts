/** Indexes of two versions side by side, on SQLite. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sideBySide } from './versions/side-by-side.ts';

sideBySide('sqlite', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-versions-'));
  return {
    options: { engine: 'sqlite', path: join(folder, 'latchkey.db') },
    remove: async () => rmSync(folder, { recursive: true }),
  };
});
