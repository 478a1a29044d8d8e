/** Requests that are still being sent while something happens. */
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import type { Installation } from './command-line.ts';

/** A request of which all but `credentials` has been sent; it is refused with 400. */
export async function beginSlowly({ issuer }: Installation) {
  const { port } = new URL(issuer);
  const slow = request({
    port,
    host: '127.0.0.1',
    method: 'POST',
    path: '/token',
    headers: {
      host: `localhost:${port}`,
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': '29',
    },
  });
  const answered = once(slow, 'response') as Promise<[IncomingMessage]>;
  slow.flushHeaders();
  const sent = Promise.withResolvers<void>();
  slow.write('grant_type=client_', () => sent.resolve());
  await sent.promise;
  return { slow, answered };
}
