/** A set-up that was begun in one browser is nothing in another: somebody else may have scanned its QR code. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { getPerson } from '../../src/records/person.ts';
import { secretOn } from '../support/live-artefacts.ts';
import { startPolicyServer, Visitor, type PolicyServer } from '../support/policy.ts';
import type { Registration } from '../support/relying-party.ts';
import { codeOf, type TestPerson } from '../support/server.ts';

let server: PolicyServer;
let webmail: Registration;
before(async () => {
  server = await startPolicyServer();
  webmail = await server.addClient();
});
after(() => server.stop());

/** Somebody who knows the password, at the QR code of the first set-up. */
async function atTheCode(person: TestPerson): Promise<Visitor> {
  const visitor = await (await new Visitor(server, webmail).start()).password(person);
  return visitor.goTo('totp-enrol/scan');
}

describe('a set-up that was begun and not finished', () => {
  it('shows another secret in another browser, and the same one in its own', async () => {
    const person = await server.addPerson();
    const thief = await atTheCode(person);
    const scanned = secretOn(thief.page) ?? '';
    await thief.goTo('totp-enrol/scan');
    assert.equal(secretOn(thief.page), scanned, 'a reload');
    await thief.goTo('totp-enrol/code');

    const owner = await atTheCode(person);
    assert.notEqual(secretOn(owner.page), scanned);

    // What the first browser has scanned is nothing any more.
    await thief.send({ go: 'submit', code: codeOf(scanned, server.now()) });
    assert.equal(thief.page.status, 400);
    await owner.enrolTotp();
    const kept = await getPerson(server.store, person.person.id);
    assert.equal(kept?.authenticators.length, 1);
    assert.ok(!('browser' in (kept.authenticators[0] ?? {})), 'an activated one is of no browser');
  });
});
