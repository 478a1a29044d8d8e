/** The listener of the metrics: an address and port of its own, which nobody else's pages are on. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isAmbiguous } from '../../net/host.ts';
import { CONTENT_TYPE } from './metrics.ts';

export interface MetricsPlace {
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** The metrics as text; asked for at each scrape, though never twice at once. */
  read(): Promise<string>;
  /** Told why `read` failed. */
  failed?(error: unknown): void;
}

export interface MetricsListener {
  port: number;
  close(): Promise<void>;
}

const HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'",
  'X-Content-Type-Options': 'nosniff',
};

/** Rejects with a message for the operator when the port is taken. */
export async function startMetrics(place: MetricsPlace): Promise<MetricsListener> {
  const read = oneAtATime(place.read);
  const server = createServer(
    (request, response) => void answerScrape(request, response, read, place),
  );
  Object.assign(server, {
    headersTimeout: 5_000,
    requestTimeout: 10_000,
    maxHeadersCount: 50,
    maxConnections: 50,
  });
  await listen(server, place);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answerScrape(
  request: IncomingMessage,
  response: ServerResponse,
  read: () => Promise<string>,
  { failed }: MetricsPlace,
): Promise<void> {
  // Nothing that is sent along is of use; what has not come yet is not waited for.
  if (hasBody(request)) response.setHeader('Connection', 'close');
  if (isAmbiguous(request)) return refuse(response, 400, 'Ask for /metrics, of one host.\n');
  if (request.url?.split('?')[0] !== '/metrics') return refuse(response, 404, 'See /metrics.\n');
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    return refuse(response, 405, 'GET or HEAD only.\n');
  }
  try {
    const text = await read();
    response.writeHead(200, { ...HEADERS, 'Content-Type': CONTENT_TYPE });
    response.end(text);
  } catch (error) {
    failed?.(error);
    refuse(response, 503, 'The metrics cannot be read now; the log says why.\n');
  }
}

function refuse(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { ...HEADERS, 'Content-Type': 'text/plain; charset=utf-8' });
  response.end(text);
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function oneAtATime<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  return () => {
    running ??= work().finally(() => {
      running = undefined;
    });
    return running;
  };
}

async function listen(server: Server, { host, port }: MetricsPlace): Promise<void> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EADDRINUSE') throw error;
    throw new Error(
      `Port ${port} on ${host}, for the metrics, is in use. Stop what uses it, or choose another with metrics.port (LATCHKEY_METRICS_PORT).`,
      { cause: error },
    );
  }
}
