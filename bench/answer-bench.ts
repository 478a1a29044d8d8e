/** The server's end of the conversation with the bench. */
import type { Ready } from './messages.ts';

/**
 * Tells the bench that the server is up, and runs `close` at SIGTERM. A bench that is gone takes the
 * server with it.
 */
export function answerBench(ready: Ready, close: () => Promise<void>): void {
  process.once('disconnect', () => process.exit(1));
  process.once('SIGTERM', () => void close().then(() => process.exit(0)));
  process.send?.({ ready });
}

/** The folder that the bench gave this process for its files. */
export function benchFolder(): string {
  const folder = process.argv[2];
  if (folder === undefined || !process.send) {
    throw new Error('This program is started by the bench: npm run bench');
  }
  return folder;
}
