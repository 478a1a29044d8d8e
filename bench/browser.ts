/** Requests to a server that is measured, over connections that stay open, and a browser's cookies. */
import type { Pool } from 'undici';

/** Connections to a server, all busy while it is measured. */
export const CONNECTIONS = 8;
/** Milliseconds without an answer. */
export const ANSWER_WITHIN = 30_000;

export interface Request {
  method?: 'GET' | 'POST';
  path: string;
  headers?: Record<string, string>;
  /** Sent as a form. */
  form?: Record<string, string>;
}

export interface Answer {
  status: number;
  location: string | undefined;
  body: string;
}

/** A browser's cookies, by name; a path is kept to, as the library's cookies of a sign-in rely on it. */
export type Cookies = Map<string, { value: string; path: string }>;

/** What the requests go through. */
export interface Connection {
  pool: Pool;
  /** How many requests it has sent so far. */
  requests: number;
}

export async function send(
  connection: Connection,
  request: Request,
  cookies?: Cookies,
): Promise<Answer> {
  const { method = request.form ? 'POST' : 'GET', path, form } = request;
  const headers: Record<string, string> = { ...request.headers };
  if (form) headers['content-type'] = 'application/x-www-form-urlencoded';
  if (cookies) headers['cookie'] = cookieHeader(cookies, path);
  connection.requests += 1;
  const body = form ? new URLSearchParams(form).toString() : null;
  const answer = await connection.pool.request({ method, path, headers, body });
  if (cookies) keep(cookies, answer.headers['set-cookie']);
  const { location } = answer.headers;
  return {
    status: answer.statusCode,
    location: typeof location === 'string' ? location : undefined,
    body: await answer.body.text(),
  };
}

function cookieHeader(cookies: Cookies, path: string): string {
  let header = '';
  for (const [name, cookie] of cookies) {
    if (!path.startsWith(cookie.path)) continue;
    header += header === '' ? `${name}=${cookie.value}` : `; ${name}=${cookie.value}`;
  }
  return header;
}

function keep(cookies: Cookies, set: string | string[] | undefined): void {
  if (set === undefined) return;
  for (const line of typeof set === 'string' ? [set] : set) {
    const [, name, value] = /^([^=]+)=([^;]*)/u.exec(line) ?? [];
    if (name === undefined) continue;
    // Servers take a cookie away by emptying it.
    if (value) cookies.set(name, { value, path: /;\s*path=([^;]+)/iu.exec(line)?.[1] ?? '/' });
    else cookies.delete(name);
  }
}

/** What went wrong with an answer, for the person who runs the bench. */
export class UnexpectedAnswer extends Error {
  readonly status: number;

  constructor(what: string, { status, location, body }: Answer) {
    const said = [location && `to ${location}`, body.slice(0, 300)].filter(Boolean).join(' ');
    super(`${what} was answered with ${status}: ${said}`);
    this.status = status;
  }
}

export const unexpected = (what: string, answer: Answer): UnexpectedAnswer =>
  new UnexpectedAnswer(what, answer);
