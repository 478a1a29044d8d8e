/** Requests of a browser that is to show their answer: `fetch` can't say that of itself (Fetch Metadata §2.3). */
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';

/** As `fetch`, without following redirects. */
export async function navigate(url: string | URL, init: RequestInit = {}): Promise<Response> {
  const plain = new Request(url, init);
  const headers = { ...Object.fromEntries(plain.headers), 'sec-fetch-mode': 'navigate' };
  const sent = request(url, { method: plain.method, headers });
  sent.end(Buffer.from(await plain.arrayBuffer()));
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  const lines = Object.entries(answer.headersDistinct);
  const received = lines.flatMap(([name, values = []]) =>
    values.map((value): [string, string] => [name, value]),
  );
  const body = await buffer(answer);
  return new Response(body, { status: answer.statusCode ?? 0, headers: received });
}
