/**
 * Every route, asked by somebody who is not signed in: what it leaves in the store is nothing, unless
 * it is listed here with its bound. A route that is new is walked as well.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  costOf,
  startNobody,
  unauthenticatedRoutes,
  type Nobody,
} from '../support/unauthenticated.ts';

const REQUESTS = 30;

/** Rows that so many requests may leave, by kind. One kind of refusal is two events. */
const LEAVES: Readonly<Record<string, Record<string, number>>> = {
  'GET /auth': { interaction: REQUESTS },
  'GET /auth (a stale cookie)': { interaction: REQUESTS },
  'POST /request (without a secret)': { pushed_authorization_request: REQUESTS },
  'POST /device/auth': { device_code: REQUESTS },
  'POST /device': { attempts: 1 },
  // Too many wrong secrets from one address are told once, wherever they come first.
  'POST /request (a wrong secret)': { audit_event: 2 },
  'POST /device/auth (a wrong secret)': { audit_event: 2 },
  'POST /token (a wrong secret)': { audit_event: 2 },
  'POST /token/introspection': { audit_event: 2 },
  // A made-up name has a counter, so that it can't be told from a real one; so has the address.
  'POST /interaction/:uid/password': { audit_event: 4, attempts: REQUESTS + 1 },
  'POST /interaction/:uid/passkey': { audit_event: 2 },
  // Thirty links an hour are asked for from one address, and each name is counted.
  'POST /forgot-password': { audit_event: 2, code_cap: REQUESTS + 1 },
};

/** Of the clients that are asked with, one document each, a second later at times; who sweeps, in whichever second. */
const ANYWHERE: Readonly<Record<string, number>> = {
  client_refusals: 3,
  sweeping: 2,
  noted: 1,
};

/** A sign-in with its parameters. */
const MOST_BYTES = 2048 + 1024;

let nobody: Nobody;
before(async () => (nobody = await startNobody()));
after(() => nobody.server.stop());

describe('requests of somebody who is not signed in', () => {
  it('leave what is listed, and nothing else', async () => {
    const walked = unauthenticatedRoutes(nobody);
    assert.ok(walked.length > 90, String(walked.length));
    for (const route of walked) {
      const left = await costOf(nobody, route, REQUESTS);
      const allowed = { ...ANYWHERE, ...LEAVES[route.name] };
      for (const [kind, { rows, bytes }] of left) {
        assert.ok(rows <= (allowed[kind] ?? 0), `${route.name} leaves ${rows} of ${kind}`);
        assert.ok(bytes <= rows * MOST_BYTES, `${route.name} leaves ${bytes} bytes of ${kind}`);
      }
    }
  });

  it('that are listed are routes', () => {
    const names = new Set(unauthenticatedRoutes(nobody).map(({ name }) => name));
    assert.deepEqual(
      Object.keys(LEAVES).filter((name) => !names.has(name)),
      [],
    );
  });
});
