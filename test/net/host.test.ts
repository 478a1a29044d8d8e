import assert from 'node:assert/strict';
import { it } from 'node:test';
import { isLoopback } from '../../src/net/host.ts';

it('this machine is known by its names and addresses, and no other is taken for it', () => {
  const ours =
    'localhost LOCALHOST id.localhost 127.0.0.1 127.8.9.10 ::1 [::1] [::ffff:7f00:1] 0:0::1';
  for (const host of ours.split(' ')) assert.equal(isLoopback(host), true, host);
  const others =
    ' localhost.example mylocalhost localhost. 127.0.0.1.example 127.1 127.0.0.256 0177.0.0.1 0.0.0.0 ' +
    '[::] 128.0.0.1 [::2] [127.0.0.1 ::127.0.0.1';
  for (const host of others.split(' ')) assert.equal(isLoopback(host), false, host);
});
