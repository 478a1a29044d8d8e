/** Ports of this machine for servers whose address has to be known before they start. */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below what systems hand out by themselves (Linux: from 32768): hundreds of connections are open while
 * the tests run, and each holds such a port, which a server that starts a moment later could not have. And above
 * 10080, which browsers and `fetch` go to for nobody (Fetch §2.9, bad ports).
 */
const LOWEST = 10_100;
const HIGHEST = 32_000;

/** The first of `count` ports in a row that nobody listens on. */
export async function freePort(count = 1): Promise<number> {
  const first = randomInt(LOWEST, HIGHEST);
  const ports = Array.from({ length: count }, (_, at) => first + at);
  const free = await Promise.all(ports.map(isFree));
  return free.every(Boolean) ? first : freePort(count);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  const taken = await once(server, 'listening').then(
    () => false,
    () => true,
  );
  server.close();
  return !taken;
}
