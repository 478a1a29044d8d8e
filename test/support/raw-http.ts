/** Requests written byte by byte, as no client library would send them. */
import { once } from 'node:events';
import { connect } from 'node:net';

export interface RawAnswer {
  status: number;
  /** Lower-case names; those of several lines joined. */
  headers: Headers;
  body: string;
}

/** `lines`: the request line and header lines; the connection is closed after the answer. */
export async function sendRaw(
  port: number | string,
  lines: readonly string[],
  body = '',
): Promise<RawAnswer> {
  const socket = connect(Number(port), '127.0.0.1');
  socket.write(`${[...lines, 'Connection: close'].join('\r\n')}\r\n\r\n${body}`, 'latin1');
  const received: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => received.push(chunk));
  await once(socket, 'close');
  const [head = '', ...rest] = Buffer.concat(received).toString('utf8').split('\r\n\r\n');
  const [first = '', ...fields] = head.split('\r\n');
  const headers = new Headers(
    fields.map((line): [string, string] => {
      const at = line.indexOf(':');
      return [line.slice(0, at), line.slice(at + 1).trim()];
    }),
  );
  return { status: Number(first.split(' ')[1]), headers, body: rest.join('\r\n\r\n') };
}
