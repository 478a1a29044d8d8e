/** A TCP proxy on loopback that a test can cut, stall, and make lose answers. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface TcpProxy {
  port: number;
  /** Bytes that a client has sent; the message of a command, usually in one piece. Held back until answered. */
  onRequest: (message: Buffer) => Verdict | Promise<Verdict>;
  /** Passes the messages on that were to come late; resolves when all of them are answered. */
  deliver(): Promise<void>;
  /** Ends every connection and takes no new ones, as a server that is gone. */
  cut(): void;
  /** Takes connections again. */
  mend(): void;
  close(): Promise<void>;
}

/**
 * What becomes of a message: `pass` on; `lose-answer`: passed on, and the connection is cut when the
 * answer comes; `lose`: the connection is cut before anything is passed on; `late`: it is cut, and the
 * message is passed on at the next `deliver`; `stall`: passed on, but no answer ever comes back on this
 * connection.
 */
export type Verdict = 'pass' | 'lose-answer' | 'lose' | 'late' | 'stall';

export async function startTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const clients = new Set<Socket>();
  const late: (() => Promise<void>)[] = [];
  let isCut = false;
  const server = createServer((client) => {
    if (isCut) {
      client.destroy();
      return;
    }
    clients.add(client);
    client.on('close', () => clients.delete(client));
    relay(client, connect(target), {
      decide: (message) => proxy.onRequest(message),
      keep: (deliver) => void late.push(deliver),
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: TcpProxy = {
    port: (server.address() as AddressInfo).port,
    onRequest: () => 'pass',
    async deliver() {
      for (const one of late.splice(0)) await one();
    },
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

interface Fate {
  decide(message: Buffer): Verdict | Promise<Verdict>;
  keep(deliver: () => Promise<void>): void;
}

function relay(client: Socket, upstream: Socket, { decide, keep }: Fate): void {
  let verdict: Verdict = 'pass';
  const send = async (message: Buffer): Promise<void> => {
    if (verdict === 'pass') verdict = await decide(message);
    if (verdict === 'late') {
      keep(async () => {
        upstream.write(message);
        await once(upstream, 'data');
        upstream.destroy();
      });
      client.destroy();
    } else if (verdict === 'lose') client.destroy();
    else upstream.write(message);
  };
  let before = Promise.resolve();
  client.on('data', (message: Buffer) => {
    before = before.then(() => send(message));
  });
  upstream.on('data', (answer: Buffer) => {
    if (verdict === 'lose-answer') client.destroy();
    else if (verdict === 'pass') client.write(answer);
  });
  const end = (): void => {
    client.destroy();
    if (verdict !== 'late') upstream.destroy();
  };
  for (const socket of [client, upstream]) socket.on('error', end).on('close', end);
}
