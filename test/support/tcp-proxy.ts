/** A TCP proxy on loopback that a test can cut, stall, and make lose answers. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface TcpProxy {
  port: number;
  /** Bytes that a client has sent; the message of a command, usually in one piece. */
  onRequest: (message: Buffer) => Verdict;
  /** Ends every connection and takes no new ones, as a server that is gone. */
  cut(): void;
  /** Takes connections again. */
  mend(): void;
  close(): Promise<void>;
}

/**
 * What becomes of a message: `pass` on; `lose-answer`: passed on, and the connection is cut when the
 * answer comes; `lose`: the connection is cut before anything is passed on; `stall`: passed on, but no
 * answer ever comes back on this connection.
 */
export type Verdict = 'pass' | 'lose-answer' | 'lose' | 'stall';

export async function startTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const clients = new Set<Socket>();
  let isCut = false;
  const server = createServer((client) => {
    if (isCut) {
      client.destroy();
      return;
    }
    clients.add(client);
    client.on('close', () => clients.delete(client));
    relay(client, connect(target), (message) => proxy.onRequest(message));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: TcpProxy = {
    port: (server.address() as AddressInfo).port,
    onRequest: () => 'pass',
    cut() {
      isCut = true;
      for (const client of clients) client.destroy();
    },
    mend() {
      isCut = false;
    },
    async close() {
      for (const client of clients) client.destroy();
      server.close();
      await once(server, 'close');
    },
  };
  return proxy;
}

function relay(client: Socket, upstream: Socket, decide: (message: Buffer) => Verdict): void {
  let verdict: Verdict = 'pass';
  client.on('data', (message: Buffer) => {
    if (verdict === 'pass') verdict = decide(message);
    if (verdict === 'lose') client.destroy();
    else upstream.write(message);
  });
  upstream.on('data', (answer: Buffer) => {
    if (verdict === 'lose-answer') client.destroy();
    else if (verdict === 'pass') client.write(answer);
  });
  const end = (): void => {
    client.destroy();
    upstream.destroy();
  };
  for (const socket of [client, upstream]) socket.on('error', end).on('close', end);
}
