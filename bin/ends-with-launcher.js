/**
 * Runs before a program that the launcher has handed over to. Where the launcher is gone without a word (kill -9, no
 * memory), the program is told to end as the launcher would have told it: else it would go on with the port and the
 * store, and nobody would know of it.
 */
const LATE = 120_000;

function end() {
  process.kill(process.pid, 'SIGTERM');
  // Nobody is left who would do it: longer than a server drains and finishes its requests.
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), LATE).unref();
}

// Asked by this variable, which goes: what the program starts itself with the same flags has a channel of its own.
if (process.env.ENDS_WITH_LAUNCHER) {
  delete process.env.ENDS_WITH_LAUNCHER;
  process.on('disconnect', end);
  if (process.connected) process.channel.unref();
  else end();
}
