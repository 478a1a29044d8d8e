/** A relying app's back-channel logout endpoint on loopback: keeps what it was sent, and answers as a test wants. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createRemoteJWKSet, decodeJwt, jwtVerify, type JWTPayload } from 'jose';
import type { Registration } from './relying-party.ts';
import { freePort } from './free-port.ts';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';

export interface LogoutReceiver {
  origin: string;
  uri: string;
  /** Logout tokens so far, oldest first; those that were refused too. */
  tokens: string[];
  /** Connections so far, whatever came of them. */
  connections(): number;
  /** 200 unless told. */
  answer: { status: number };
  /** Of those so far: about this person, for this client, verified as the specification asks (§2.6). */
  verified(client: Registration, person: string): Promise<JWTPayload[]>;
  /** Resolves once so many were sent about the person. */
  sent(person: string, times: number): Promise<void>;
  close(): void;
}

export async function startLogoutReceiver(): Promise<LogoutReceiver> {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const tokens: string[] = [];
  const answer = { status: 200 };
  const waiting = new Set<() => void>();
  let connections = 0;
  const server = createServer((request, response) => {
    request.setEncoding('utf8');
    let body = '';
    request.on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      tokens.push(new URLSearchParams(body).get('logout_token') ?? '');
      response.writeHead(answer.status).end();
      for (const look of waiting) look();
    });
  }).listen(port, '127.0.0.1');
  server.on('connection', () => (connections += 1));
  await once(server, 'listening');
  const about = (person: string): string[] =>
    tokens.filter((token) => decodeJwt(token).sub === person);
  return {
    origin,
    uri: `${origin}/logout`,
    tokens,
    connections: () => connections,
    answer,
    async verified(client, person) {
      const mine = about(person).filter((token) => decodeJwt(token).aud === client.clientId);
      return Promise.all(mine.map((token) => verify(client, token)));
    },
    async sent(person, times) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const look = (): void => void (about(person).length >= times && resolve());
      waiting.add(look);
      look();
      await promise;
      waiting.delete(look);
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function verify(client: Registration, token: string): Promise<JWTPayload> {
  const jwks = createRemoteJWKSet(new URL('/jwks', client.issuer));
  const { payload } = await jwtVerify(token, jwks, {
    issuer: client.issuer,
    audience: client.clientId,
    typ: 'logout+jwt',
    requiredClaims: ['iat', 'exp', 'jti', 'sub', 'sid', 'events'],
  });
  assert.deepEqual(payload['events'], { [EVENT]: {} });
  assert.ok(!('nonce' in payload), 'a nonce would let it pass for an ID token');
  return payload;
}
