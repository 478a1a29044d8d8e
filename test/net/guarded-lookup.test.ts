/** Connections to allowed addresses: made to what was judged, under the name that was asked for. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { isWithin, parseBlock } from '../../src/net/address.ts';
import { createGuard, type Guard } from '../../src/net/guarded-lookup.ts';

const LOOPBACK = ['127.0.0.0/8', '::1'].map(parseBlock).filter((block) => block !== undefined);

describe('a guarded connection', () => {
  const server = createServer((asked, response) => response.end(asked.headers.host));
  let port: number;
  before(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });

  const names: string[] = [];
  const guardAt = (...found: string[]): Guard =>
    createGuard(
      (address) => isWithin(address, LOOPBACK),
      (name, done) => {
        names.push(name);
        done(
          null,
          found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
        );
      },
    );

  it('is made to the address that was judged, under the name', async () => {
    const asked = request(`http://app.test:${port}/`, {
      lookup: guardAt('127.0.0.1').lookup,
    }).end();
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    assert.equal((await answer.toArray()).join(''), `app.test:${port}`);
    assert.deepEqual(names, ['app.test']);
  });

  it('goes on to the next address where one does not answer, and to one alone where told', async () => {
    for (const addresses of [
      ['::1', '127.0.0.1'],
      ['127.0.0.2', '127.0.0.1'],
    ]) {
      const socket = connect({ port, host: 'app.test', lookup: guardAt(...addresses).lookup });
      await once(socket, 'connect');
      assert.equal(socket.remoteAddress, '127.0.0.1');
      socket.destroy();
    }
    const { lookup } = guardAt('127.0.0.1', '::1');
    const socket = connect({ port, host: 'app.test', lookup, autoSelectFamily: false });
    await once(socket, 'connect');
    socket.destroy();
  });

  it('is not made when one of the addresses is not allowed', async () => {
    for (const autoSelectFamily of [true, false]) {
      const { lookup } = guardAt('127.0.0.1', '10.0.0.1');
      const socket = connect({ port, host: 'app.test', lookup, autoSelectFamily });
      const [error] = (await once(socket, 'error')) as [Error];
      assert.match(error.message, /app\.test is at 10\.0\.0\.1, which may not be called/u);
    }
  });

  it('looks at an address in a URL itself', () => {
    const guard = guardAt();
    for (const host of ['app.test', 'localhost', '127.0.0.1', '[::1]', '[::ffff:7f00:1]'])
      guard.check(host);
    for (const host of ['10.0.0.1', '[::2]', '[::10.0.0.1]', '[fe80::1]', '1.1.1.1'])
      assert.throws(() => guard.check(host), /may not be called/u);
  });
});
