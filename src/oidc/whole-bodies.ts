/**
 * The library reads the body of a request piece by piece, through the async iterator of Node's streams, which costs
 * more than all else that it does with a form. Here that iterator gives the whole body as one piece.
 */
import type { IncomingMessage } from 'node:http';
import type { Middleware } from 'koa';

/** Bytes after which the rest is not waited for: the library takes 56 KiB. */
const ENOUGH = 64 * 1024;

/** Only where it is the library that reads: nothing is read before it asks, and nothing twice. */
export const readWhole: Middleware = ({ req, method }, next) => {
  if (method === 'POST' && !ahead.has(req)) req.iterator = () => onePiece(() => bodyOf(req));
  return next();
};

const ahead = new WeakSet<IncomingMessage>();

/** For whoever looks at it before the library, which finds it as if nobody had. */
export function readAhead(request: IncomingMessage): Promise<Buffer> {
  const body = bodyOf(request);
  ahead.add(request);
  request.iterator = () => onePiece(() => body);
  Object.defineProperty(request, 'readable', { value: true });
  return body;
}

async function* onePiece(read: () => Promise<Buffer>): AsyncGenerator<Buffer, undefined> {
  yield await read();
  return undefined;
}

/** Rejects, as the stream's own iterator does, when the request breaks off, or has. */
async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  // Of what is over nothing more is told: whoever waited for it would wait for ever.
  if (request.readableEnded) return Buffer.alloc(0);
  if (request.destroyed) throw new Error('The request broke off.');
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const pieces: Buffer[] = [];
  let length = 0;
  const listeners: Readonly<Record<string, (...args: any[]) => void>> = {
    data(piece: Buffer): void {
      pieces.push(piece);
      length += piece.length;
      if (length > ENOUGH) done();
    },
    end: () => done(),
    error(error: Error): void {
      leave();
      reject(error);
    },
    close(): void {
      leave();
      reject(new Error('The request broke off.'));
    },
  };
  const leave = (): void => {
    for (const [name, listener] of Object.entries(listeners)) request.off(name, listener);
  };
  const done = (): void => {
    leave();
    const [only] = pieces;
    resolve(only && pieces.length === 1 ? only : Buffer.concat(pieces));
  };
  for (const [name, listener] of Object.entries(listeners)) request.on(name, listener);
  return promise;
}
