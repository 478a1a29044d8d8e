/** A request as `fetch` makes it, at a third of its cost: what most of the suite's CPU seconds were spent on. */
import { request as plainRequest } from 'undici';

/** What is used of an answer. */
export type Answer = Pick<Response, 'status' | 'headers' | 'text'>;

/** What `fetch` says of itself. */
const OWN = {
  accept: '*/*',
  'accept-language': '*',
  'sec-fetch-mode': 'cors',
  'user-agent': 'node',
};
const FORM = { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' };

/** Follows no redirects. Only for what is text in small, with headers by name. Rejects as `fetch` does. */
export async function request(url: string | URL, init: RequestInit = {}): Promise<Answer> {
  const { method = 'GET', headers, body, ...more } = init;
  const isForm = body instanceof URLSearchParams;
  const isPlain = isForm || typeof body === 'string' || body === undefined;
  if (!isPlain || Object.keys(more).some((name) => name !== 'redirect')) return fetch(url, init);
  const given = new Headers(headers);
  const named = Object.fromEntries(given);
  try {
    const answer = await plainRequest(url, {
      method: method as 'GET',
      headers: { ...OWN, ...(isForm && FORM), ...named },
      body: body === undefined ? null : String(body),
    });
    const text = await answer.body.text();
    return {
      status: answer.statusCode,
      headers: headersOf(answer.headers),
      text: async () => text,
    };
  } catch (cause) {
    throw new TypeError('fetch failed', { cause });
  }
}

function headersOf(all: Record<string, string | string[] | undefined>): Headers {
  const headers = new Headers();
  for (const [name, value = []] of Object.entries(all))
    for (const one of [value].flat()) headers.append(name, one);
  return headers;
}
