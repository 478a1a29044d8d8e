/** Takes the lock for the path given, says how that went, and keeps it. */
import { lockForServing } from '../../src/storage/sqlite/serve-lock.ts';

try {
  lockForServing(process.argv[2] ?? '');
  // The lock must not be lost with an object that nobody refers to.
  globalThis.gc?.();
  process.send?.('held');
} catch (error) {
  process.send?.(String(error), () => process.disconnect());
}
// Without the lock nothing keeps this process; with it, the channel to its parent does.
process.on('disconnect', () => process.exit());
