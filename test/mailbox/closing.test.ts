/** Open mailboxes are closed at the mail server: once, again while it is down, and only where that is allowed. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { disablePerson } from '../../src/operations/people/disable-person.ts';
import { updatePerson, type PersonUpdate } from '../../src/operations/people/update-person.ts';
import { changeResource } from '../../src/operations/resources/change-resource.ts';
import { mailboxClosingCollection } from '../../src/mailbox/closing-queue.ts';
import { valueOf } from '../../src/result.ts';
import { byOperator, performedByOperator } from '../support/by-operator.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { endingParts } from '../support/sessions.ts';

interface Asked {
  authorization: string | undefined;
  body: unknown;
}

const KICKED = [['doveadmResponse', [], 'kick']];
const NOBODY_THERE = [['error', { type: 'exitCode', exitCode: 68 }, 'kick']];

let folder: string;
let mailServer: Server;
let url: string;
const asked: Asked[] = [];
/** What the mail server answers from now on. */
let answer: { status: number; body: unknown } = { status: 200, body: KICKED };
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-mailbox-'));
  await writeFile(join(folder, 'key'), 'a-key\n');
  mailServer = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => (body += String(part)));
    request.on('end', () => {
      const { authorization } = request.headers;
      asked.push({ authorization, body: JSON.parse(body) });
      response.writeHead(answer.status).end(JSON.stringify(answer.body));
    });
  }).listen(0, '127.0.0.1');
  await once(mailServer, 'listening');
  url = `http://127.0.0.1:${(mailServer.address() as { port: number }).port}`;
});
after(async () => {
  mailServer.close();
  await rm(folder, { recursive: true, force: true });
});

const withMailServer = (origins: string): Promise<TestServer> =>
  startTestServer({
    LATCHKEY_MAILBOX_DOVEADM_URL: `${url}/doveadm/v1`,
    LATCHKEY_MAILBOX_DOVEADM_KEY_FILE: join(folder, 'key'),
    LATCHKEY_OUTGOING_PRIVATE_ORIGINS: origins,
  });

async function disable(server: TestServer, email: string): Promise<void> {
  const { person } = await server.addPerson({ email });
  const performed = performedByOperator(server.now());
  valueOf(await disablePerson(endingParts(server), performed, person.id));
  await server.settle();
}

it('asks for each once, again while the mail server fails, and is content when nobody was there', async () => {
  const server = await withMailServer(url);
  try {
    await disable(server, 'Anna@acme.test');
    const authorization = `X-Dovecot-API ${Buffer.from('a-key').toString('base64')}`;
    const commands = [
      ['kick', { mask: ['anna@acme.test'] }, 'kick'],
      ['authCacheFlush', { user: ['anna@acme.test'] }, 'flush'],
    ];
    assert.deepEqual(asked.splice(0), [{ authorization, body: commands }]);
    for (const everybodys of ['*@acme.test', 'ann?@acme.test']) {
      await disable(server, everybodys);
      assert.deepEqual(asked.splice(0), [], 'it would close those of others');
    }

    const failures = [
      { status: 500, body: [] },
      { status: 200, body: [] },
      { status: 200, body: [['error', { type: 'exitCode', exitCode: 75 }, 'kick']] },
    ];
    for (const [place, failing] of failures.entries()) {
      answer = failing;
      await disable(server, `bert${place}@acme.test`);
      assert.equal(asked.splice(0).length, 1);
      await server.settle();
      assert.equal(asked.length, 0, 'not before its pause is over');
      answer = { status: 200, body: NOBODY_THERE };
      server.clock.ahead += 6000;
      await server.settle();
      assert.equal(asked.splice(0).length, 1);
      server.clock.ahead += 60_000;
      await server.settle();
      assert.equal(asked.length, 0);
    }
  } finally {
    await server.stop();
  }
});

/** Whose are closed by then, each once. */
async function closed(server: TestServer): Promise<string[]> {
  await server.settle();
  const masks = asked.splice(0).map(({ body }) => (body as [string, { mask: string[] }][])[0]);
  return masks.map((kick) => kick?.[1].mask.join() ?? '').toSorted();
}

it('closes the former mailbox of somebody who gets another address, however soon the next one comes', async () => {
  answer = { status: 200, body: KICKED };
  const server = await withMailServer(url);
  try {
    const { person } = await server.addPerson({ email: 'Emma@acme.test' });
    const change = async (input: PersonUpdate): Promise<void> => {
      const performed = performedByOperator(server.now());
      valueOf(await updatePerson(endingParts(server), performed, person.id, input));
    };
    await change({ email: 'emma.ash@acme.test' });
    await change({ email: 'e.ash@acme.test' });
    const all = ['e.ash@acme.test', 'e.ash@acme.test', 'emma.ash@acme.test', 'emma@acme.test'];
    assert.deepEqual(await closed(server), all);
    // Only the login, and the same address in other letters: what is open is the one that stays.
    await change({ login: 'emma.ash' });
    assert.deepEqual(await closed(server), ['e.ash@acme.test']);
    await change({ email: '*@acme.test' });
    await closed(server);
    await change({ email: 'emma@acme.test' });
    assert.deepEqual(await closed(server), ['emma@acme.test'], 'it would close those of others');
  } finally {
    await server.stop();
  }
});

it('closes every mailbox when an app that opens them opens fewer, and none for any other', async () => {
  answer = { status: 200, body: KICKED };
  const server = await withMailServer(url);
  const operator = byOperator(server);
  const client = async (scopes: string[]): Promise<string> =>
    (await server.addClient({ scopes, offlineAccess: true })).clientId;
  try {
    const acts: Record<string, (id: string) => Promise<unknown>> = {
      'may ask for mail no more': (id) =>
        operator.changeClient(id, { remove: { scopes: ['mail'] } }),
      'is closed to organisations': (id) => operator.changeClient(id, { organisations: ['acme'] }),
      'asks for more': (id) => operator.changeClient(id, { requireAcr: 'urn:latchkey:acr:mfa' }),
      'loses offline access': (id) => operator.changeClient(id, { offlineAccess: false }),
      'has lost its secret': (id) => operator.rotateSecret(id, true),
      'is removed': (id) => operator.removeClient(id),
    };
    for (const [what, act] of Object.entries(acts)) {
      const [webmail, other] = [
        await client(['openid', 'mail']),
        await client(['openid', 'email']),
      ];
      await closed(server);
      if (!what.includes('mail')) await act(other);
      assert.deepEqual(await closed(server), [], `another app ${what}`);
      await act(webmail);
      assert.deepEqual(await closed(server), ['*'], `the webmail ${what}`);
    }
    const id = await client(['openid', 'mail']);
    await operator.changeClient(id, { name: 'Mail' });
    await operator.rotateSecret(id, false, 60_000);
    assert.deepEqual(await closed(server), [], 'nothing has ended');
    const performed = performedByOperator(server.now());
    const floor = { requireAcr: { mail: 'urn:latchkey:acr:mfa' } };
    valueOf(await changeResource(server, performed, 'urn:latchkey:mail', floor));
    assert.deepEqual(await closed(server), ['*']);
  } finally {
    await server.stop();
  }
});

it('calls no private address that the operator has not listed', async () => {
  const server = await withMailServer('http://127.0.0.1:9');
  try {
    await disable(server, 'carl@acme.test');
    assert.equal(asked.length, 0);
    const { items } = await server.store.scan(mailboxClosingCollection, { limit: 10 });
    assert.deepEqual(
      items.map(({ value: { state, attempts } }) => [state, attempts]),
      [['queued', 1]],
    );
  } finally {
    await server.stop();
  }
});

it('orders nothing where no mail server is named', async () => {
  const server = await startTestServer();
  try {
    await disable(server, 'dora@acme.test');
    const { items } = await server.store.scan(mailboxClosingCollection, { limit: 10 });
    assert.deepEqual([items, asked], [[], []]);
  } finally {
    await server.stop();
  }
});
