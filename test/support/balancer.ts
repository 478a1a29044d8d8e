/**
 * A reverse proxy in front of several processes, as an operator would have one: it keeps the Host,
 * says in X-Forwarded-For who asks, and asks another process only when one refuses the connection.
 */
import { once } from 'node:events';
import {
  Agent,
  createServer,
  request,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from 'node:http';

export interface Balancer {
  /** The ports that requests may go to; change it as processes come and go. */
  targets: number[];
  /** The port to try first, of the targets. One after the other unless told. */
  choose: (targets: readonly number[], nth: number) => number;
  /** Awaited before each request is passed on. */
  ready: Promise<unknown>;
  /** What was passed on and answered so far, oldest first. */
  readonly passed: readonly Passed[];
  close(): Promise<void>;
}

export interface Passed {
  method: string;
  path: string;
  /** Who answered; 0: nobody, the answer is the balancer's own. */
  port: number;
  status: number;
}

export const inTurn: Balancer['choose'] = (targets, nth) => targets[nth % targets.length] ?? 0;

/** `keepAlive`: goes on using its connections; else each request has one of its own. */
export async function startBalancer(
  port: number,
  targets: number[],
  { keepAlive = false } = {},
): Promise<Balancer> {
  const passed: Passed[] = [];
  const agent = new Agent({ keepAlive });
  let count = 0;
  const server = createServer(async (incoming, outgoing) => {
    const body = await read(incoming);
    await balancer.ready;
    const first = balancer.choose(balancer.targets, count++);
    const others = balancer.targets.filter((other) => other !== first);
    const answer = await ask(agent, [first, ...others], incoming, body);
    const { method = '', url = '' } = incoming;
    const path = url.split('?')[0] ?? '';
    passed.push({ method, path, port: answer.port, status: answer.status });
    send(outgoing, answer);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const balancer: Balancer = {
    targets,
    choose: inTurn,
    ready: Promise.resolve(),
    passed,
    async close() {
      agent.destroy();
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  return balancer;
}

interface Answer {
  port: number;
  status: number;
  headers: OutgoingHttpHeaders;
  body: Buffer;
}

async function ask(
  agent: Agent,
  [port, ...others]: readonly number[],
  incoming: IncomingMessage,
  body: Buffer,
): Promise<Answer> {
  if (port === undefined) return failed('every process refuses the connection');
  try {
    return await forward(agent, port, incoming, body);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ECONNREFUSED' ? ask(agent, others, incoming, body) : failed(message);
  }
}

async function forward(
  agent: Agent,
  port: number,
  { method, url, headers, socket }: IncomingMessage,
  body: Buffer,
): Promise<Answer> {
  const { connection: _, 'x-forwarded-for': before, ...kept } = headers;
  const route = [before, socket.remoteAddress].filter((one) => one !== undefined).join(', ');
  const asked = request({
    host: '127.0.0.1',
    port,
    path: url,
    agent,
    ...(method === undefined ? {} : { method }),
    headers: { ...kept, 'x-forwarded-for': route },
  });
  asked.end(body);
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  const { connection: _hop, 'transfer-encoding': _coding, ...shown } = answer.headers;
  return { port, status: answer.statusCode ?? 0, headers: shown, body: await read(answer) };
}

function failed(reason: string): Answer {
  return {
    port: 0,
    status: 502,
    headers: { 'content-type': 'text/plain' },
    body: Buffer.from(reason),
  };
}

function send(outgoing: ServerResponse, { status, headers, body }: Answer): void {
  outgoing.writeHead(status, headers);
  outgoing.end(body);
}

async function read(stream: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
