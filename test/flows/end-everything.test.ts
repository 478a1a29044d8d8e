/** "This wasn't me": one act that ends everything that was issued to a person. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { endEverything } from '../../src/operations/account/end-everything.ts';
import { isStanding, listComputers } from '../../src/devices/trusted-computer.ts';
import { withOrganisation } from '../../src/oidc/authorization/with-organisation.ts';
import { trustBasis } from '../../src/devices/trust.ts';
import { valueOf } from '../../src/result.ts';
import { read, useAccountParts } from '../support/account-parts.ts';
import { eventsOf } from '../support/factors.ts';
import { givePasscode } from '../support/passcodes.ts';
import { Visitor } from '../support/policy.ts';
import { useSetting } from '../support/setting.ts';
import { aliveOf, DEAD, ALIVE, doingAt, newSession, sessionsOf } from '../support/sessions.ts';
import type { TestPerson } from '../support/server.ts';

const acme = useSetting();
const parts = useAccountParts(acme);

async function notMe({ person }: TestPerson): Promise<{ epoch: number }> {
  const { server } = acme;
  const who = await read(server, person);
  return valueOf(await endEverything(await parts(), doingAt(server, who), who));
}

const newPerson = () => acme.server.addPerson({}, { totp: true, oneTimeCodes: true });

async function standing(person: TestPerson): Promise<boolean[]> {
  const { server } = acme;
  const who = await withOrganisation(server.store, await read(server, person.person));
  const rules = { days: 30, allowedFactors: ['totp' as const] };
  const all = await listComputers(server, person.person.id);
  return all.map((one) => isStanding(one, trustBasis(who), rules, server.now()));
}

describe('saying that it was not me', () => {
  it('ends sessions, tokens, half sign-ins, passcodes and the trust in computers', async () => {
    const { server, webmail } = acme;
    const person = await newPerson();
    const mailsTo = async (address: string) => acme.mail.mails.filter(({ to }) => to === address);
    const visited = { ...server, mailsTo };
    const trusting = await new Visitor(visited, webmail).trust(person);
    const waiting = await (await new Visitor(visited, webmail).start()).password(person);
    const held = await newSession(server, webmail, person);
    assert.deepEqual(await aliveOf(webmail, held), ALIVE);
    assert.deepEqual(await standing(person), [true]);
    assert.equal((await sessionsOf(server, person)).length, 2);

    await givePasscode(server, person.person);

    const before = await read(server, person.person);
    const { epoch } = await notMe(person);
    assert.equal(epoch, before.epoch + 1);
    assert.deepEqual(await aliveOf(webmail, held), DEAD);
    assert.deepEqual(await sessionsOf(server, person), []);
    assert.deepEqual(await standing(person), [false]);
    assert.equal((await trusting.again(person)).step, 'totp');
    await waiting.totp(person);
    assert.equal(waiting.step, 'password');

    const now = await read(server, person.person);
    assert.deepEqual(now.passcodes, []);
    assert.equal(now.passwordHash, before.passwordHash);
    assert.deepEqual(now.authenticators, before.authenticators);
    assert.deepEqual(now.oneTimeCodes, before.oneTimeCodes);
  });

  it('is told in one event and one mail', async () => {
    const { server, webmail, mail } = acme;
    const person = await newPerson();
    await newSession(server, webmail, person);
    await notMe(person);
    const events = await eventsOf(server, person);
    assert.equal(events.filter(({ type }) => type === 'everything.ended').length, 1);
    const told = mail.mails.filter(({ to }) => to === person.person.email);
    const texts = told.map(({ parsed }) => (parsed.text ?? '').replaceAll(/\s+/gu, ' '));
    assert.equal(texts.filter((text) => text.includes('was not you')).length, 1, texts.join());
    assert.ok(texts.some((text) => text.includes('You’ve been signed out everywhere')));
  });

  it('ends what somebody else made meanwhile too, however often it is said', async () => {
    const { server, webmail } = acme;
    const person = await newPerson();
    const stale = await read(server, person.person);
    const made = await Promise.all([notMe(person), notMe(person), notMe(person)]);
    assert.deepEqual(made.map(({ epoch }) => epoch).toSorted(), [2, 3, 4]);
    const held = await newSession(server, webmail, person);
    valueOf(await endEverything(await parts(), doingAt(server, stale), stale));
    assert.deepEqual(await aliveOf(webmail, held), DEAD);
  });
});
