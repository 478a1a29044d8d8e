/** Whether the library answered a request or it was answered directly, and what of two answers must be the same. */
import { createRequire } from 'node:module';
import type { Registration } from './relying-party.ts';

/** Of every request of koa. */
const koaRequest = createRequire(import.meta.url)('koa/lib/request.js') as {
  is(...types: string[]): unknown;
};

/** The library asks of every request to these endpoints what its type is. */
export async function libraryIsAsked(work: () => Promise<unknown>): Promise<boolean> {
  const { is } = koaRequest;
  let asked = false;
  koaRequest.is = function watched(this: object, ...types) {
    asked = true;
    return Reflect.apply(is, this, types);
  };
  try {
    await work();
    return asked;
  } finally {
    koaRequest.is = is;
  }
}

export interface Answer {
  status: number;
  /** Without those that no two answers have alike. */
  headers: Record<string, string>;
  body: string;
}

export async function answerOf(issuer: string, path: string, init: RequestInit): Promise<Answer> {
  const answer = await fetch(new URL(path, issuer), init);
  const { 'x-request-id': _, date: __, ...headers } = Object.fromEntries(answer.headers);
  return { status: answer.status, headers, body: await answer.text() };
}

export function basic(
  { clientId, clientSecret }: Pick<Registration, 'clientId' | 'clientSecret'>,
  secret = clientSecret,
): string {
  return `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`;
}
