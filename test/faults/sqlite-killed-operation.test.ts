/**
 * The trust in a computer is revoked by a process that is killed at its commit. It was two writes once:
 * the computer's removal, and what tells its owner. A change that nobody is told of must not be left.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { listComputers, trustComputer } from '../../src/devices/trusted-computer.ts';
import { openOperationParts, type OperationParts } from '../support/operation-parts.ts';
import { ENGINE } from '../support/stores.ts';
import type { KillOrder } from './kill-at-commit.ts';

const PRELOAD = new URL('./kill-at-commit.ts', import.meta.url).href;
const SCRIPT = fileURLToPath(new URL('./killed-operation.ts', import.meta.url));
const GIVEN = { factor: 'totp', browser: 'Firefox on Windows', days: 30 } as const;

describe('a computer is revoked by a process that is killed', { skip: ENGINE !== 'sqlite' }, () => {
  let parts: OperationParts;
  before(async () => {
    parts = await openOperationParts();
  });
  after(() => parts.close());

  interface Outcome {
    trusted: boolean;
    told: number;
    mails: number;
    /** Undefined: it died. */
    commits: number | undefined;
  }

  async function revokedBy(order: KillOrder): Promise<Outcome> {
    const person = await parts.person();
    const basis = { person: person.id, epoch: 1, trustEpoch: 1, organisation: 'acme' };
    const whole = { ...basis, organisationTrustEpoch: 1 };
    const { computer } = await trustComputer(parts, whole, GIVEN, parts.clock.now);
    const { mails: before } = await parts.told('computer.revoked');
    const commits = await run(person.id, computer.id, order);
    const { events, mails } = await parts.told('computer.revoked');
    return {
      trusted: (await listComputers(parts, person.id)).length > 0,
      told: events.filter((event) => event.person === person.id).length,
      mails: mails.length - before.length,
      commits,
    };
  }

  async function run(
    person: string,
    computer: string,
    order: KillOrder,
  ): Promise<number | undefined> {
    const { store, key, now } = parts.race;
    assert.ok(store.engine === 'sqlite');
    const args = [SCRIPT, store.path, key, String(now), person, computer];
    const child = spawn(process.execPath, ['--import', PRELOAD, ...args], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const exited = once(child, 'exit');
    const ask = async (message: object): Promise<Record<string, number>> => {
      const answered = once(child, 'message');
      child.send(message);
      return ((await answered) as [Record<string, number>])[0];
    };
    await once(child, 'message');
    await ask(order);
    const done = await Promise.race([ask({ go: true }), exited.then(() => undefined)]);
    const counted = done && (await ask({ commits: true }))['counted'];
    child.kill('SIGKILL');
    await exited;
    return counted;
  }

  it('lives: one commit', async () => {
    const outcome = await revokedBy({ killAt: 0, when: 'before' });
    assert.deepEqual(outcome, { trusted: false, told: 1, mails: 1, commits: 1 });
  });

  it('dies before it: nothing has happened', async () => {
    const outcome = await revokedBy({ killAt: 1, when: 'before' });
    assert.deepEqual(outcome, { trusted: true, told: 0, mails: 0, commits: undefined });
  });

  it('dies after it: the trust has ended, and it is told', async () => {
    const outcome = await revokedBy({ killAt: 1, when: 'after' });
    assert.deepEqual(outcome, { trusted: false, told: 1, mails: 1, commits: undefined });
  });
});
