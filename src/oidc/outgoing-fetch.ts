/**
 * Calls that the library makes to relying parties (back-channel logout, `jwks_uri`, sector
 * identifiers). The library's own guard connects first and looks at the address afterwards, and is
 * left out without a word when it can't be built. Ours judges the address before (net/guarded-lookup.ts),
 * on each call, as no connection is kept. Only origins that the operator has listed may be private.
 * Redirects are not followed; a call is bounded in time and size. The SMTP server and MongoDB are named
 * by the operator alone, and exempt.
 */
import { once } from 'node:events';
import { Agent as PlainAgent, request as plainRequest, type IncomingMessage } from 'node:http';
import type { Configuration } from 'oidc-provider';
import { isPublic } from '../net/address.ts';
import { createGuard, systemResolver, type Guard, type Resolver } from '../net/guarded-lookup.ts';

type Fetch = NonNullable<Configuration['fetch']>;

export interface OutgoingOptions {
  /** Origins such as `https://webmail.internal`. */
  private_origins: readonly string[];
  /** Milliseconds. */
  timeout_ms: number;
}

/** Bytes of an answer that are read. */
export const LARGEST = 128 * 1024;

/** The Fetch API's as far as the library uses it. Rejects when there is no answer, or too much of it. */
export function outgoingFetch(options: OutgoingOptions, resolve: Resolver = systemResolver): Fetch {
  const listed = new Set(options.private_origins);
  const publicOnly = createGuard(isPublic, resolve);
  const anywhere = createGuard(() => true, resolve);
  return async (input, init) => {
    const wanted = new Request(input, init);
    const guard = listed.has(new URL(wanted.url).origin) ? anywhere : publicOnly;
    const signal = AbortSignal.timeout(options.timeout_ms);
    try {
      return await call(wanted, guard, signal);
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
  };
}

async function call(wanted: Request, guard: Guard, signal: AbortSignal): Promise<Response> {
  const url = new URL(wanted.url);
  guard.check(url.hostname);
  const body = Buffer.from(await wanted.arrayBuffer());
  const headers = { ...Object.fromEntries(wanted.headers), 'content-length': body.length };
  // TLS is 6 MB of memory, and many an installation calls nobody.
  const { Agent, request } =
    url.protocol === 'https:'
      ? await import('node:https')
      : { Agent: PlainAgent, request: plainRequest };
  const { lookup } = guard;
  const agent = new Agent();
  const asked = request(url, { method: wanted.method, headers, lookup, signal, agent });
  // Once it has been answered, the answer's own end tells of what breaks.
  asked.on('error', () => {}).end(body);
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  return toResponse(answer);
}

/** Statuses that a Response with a body can't have (Fetch §2.2.3). */
const NO_BODY: ReadonlySet<number | undefined> = new Set([204, 205, 304]);

async function toResponse(answer: IncomingMessage): Promise<Response> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of answer as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > LARGEST) throw new Error(`The answer has more than ${LARGEST} bytes.`);
    parts.push(part);
  }
  const { statusCode: status = 0, headersDistinct } = answer;
  const headers = Object.entries(headersDistinct).flatMap(([name, values = []]) =>
    values.map((value): [string, string] => [name, value]),
  );
  return new Response(NO_BODY.has(status) ? null : Buffer.concat(parts), { status, headers });
}
