/** The port: opened before there is anything to serve, and closed without cutting anybody off. */
import { once } from 'node:events';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import { Server } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '../config/schema.ts';

export interface Listener {
  /** Who answers from now on. */
  handler: RequestListener;
  /**
   * For a process whose place another one has taken: takes no new connection, ends each with its next answer,
   * and resolves when none is left. A connection that nobody uses ends by itself, as ever: cut now, it
   * could be under a request that is on its way.
   */
  leave(): Promise<void>;
  /** Resolves when the last request is answered, or has had its time. */
  close(): Promise<void>;
}

/** Milliseconds that requests in flight may take at the end. */
const GRACE = 10_000;
/** Milliseconds: above the 60 s for which Dovecot keeps its idle connections (it does not retry on a closed one). */
const KEEP_ALIVE = 75_000;

/**
 * Rejects with a message for the operator when the port is taken. From `stop` on, connections end with
 * their next answer: else a proxy goes on using one, until it is cut under a request.
 */
export async function openListener(
  { listen }: Pick<Config, 'listen'>,
  handler: RequestListener,
  stop?: AbortSignal,
): Promise<Listener> {
  const inFlight = new Set<ServerResponse>();
  let ending = false;
  const endConnections = () => {
    ending = true;
    for (const response of inFlight) if (!response.headersSent) response.shouldKeepAlive = false;
  };
  if (stop?.aborted) endConnections();
  stop?.addEventListener('abort', endConnections, { once: true });
  const server = createServer((request, response) => {
    response.shouldKeepAlive &&= !ending;
    inFlight.add(response);
    response.on('close', () => inFlight.delete(response));
    listener.handler(request, response);
  });
  server.on('connect', refuseTunnel);
  server.keepAliveTimeout = KEEP_ALIVE;
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  server.once('close', resolve);
  const listener: Listener = {
    handler,
    async leave() {
      endConnections();
      // That of http cuts the idle ones as well.
      Server.prototype.close.call(server);
      await Promise.race([closed, pause(KEEP_ALIVE + GRACE, undefined, { ref: false })]);
    },
    async close() {
      endConnections();
      if (server.listening) await pause(listen.drain_ms);
      server.close();
      const deadline = setTimeout(() => server.closeAllConnections(), GRACE);
      await closed;
      clearTimeout(deadline);
    },
  };
  server.listen(listen.port, listen.host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw explained(error, listen);
  }
  return listener;
}

/** CONNECT asks for a way to another host (RFC 9110 §9.3.6): Node would cut the connection without a word. */
function refuseTunnel(_request: unknown, socket: Duplex): void {
  socket.on('error', () => {});
  const answer = 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';
  socket.end(answer, () => socket.destroy());
}

function explained(error: unknown, { host, port }: Config['listen']): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'EADDRINUSE') return error;
  return new Error(
    `Port ${port} on ${host} is in use. Stop what uses it, or choose another with listen.port (LATCHKEY_LISTEN_PORT); an issuer that is set has to match.`,
    { cause: error },
  );
}
