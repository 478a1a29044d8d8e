/** The last page of a set-up shows the codes that were made with it, and none that were made since. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { finishedSetUp } from '../../src/operations/installation/first-administrator.ts';
import { setUpFinishedCollection } from '../../src/records/under-way/set-up.ts';
import { changePerson } from '../../src/records/person.ts';
import { newOneTimeCodes } from '../../src/factors/one-time-codes.ts';
import { oneTimeCodesIn, oneTimeCodesOn } from '../support/forms.ts';
import { startPolicyServer, Visitor, type PolicyServer } from '../support/policy.ts';
import type { Registration } from '../support/relying-party.ts';
import type { TestPerson } from '../support/server.ts';
import { resetFactors } from '../support/operator.ts';

let server: PolicyServer;
let webmail: Registration;
before(async () => {
  server = await startPolicyServer();
  webmail = await server.addClient();
});
after(() => server.stop());

/** Somebody who knows the password, at the last page of the first set-up. */
async function enrolled(person: TestPerson): Promise<Visitor> {
  const visitor = await (await new Visitor(server, webmail).start()).password(person);
  await visitor.enrolTotp();
  assert.equal(oneTimeCodesOn(visitor.page).length, 10);
  return visitor;
}

async function makeNewCodes({ person }: TestPerson): Promise<void> {
  const { set } = await newOneTimeCodes(server.vault, server.now());
  await changePerson(server.store, person.id, () => ({
    set: { oneTimeCodes: set },
    result: undefined,
  }));
}

describe('the last page of a set-up', () => {
  it('of a stranger shows nothing of the set-up that its owner makes after a reset', async () => {
    const person = await server.addPerson();
    const stranger = await enrolled(person);
    const code = await resetFactors(server, person.person.id, server.now());
    const owner = await (await new Visitor(server, webmail).start()).password(person);
    await owner.send({ code });
    await owner.enrolTotp();
    assert.equal(oneTimeCodesOn(owner.page).length, 10);
    for (const step of ['enrolled', 'enrolled/print', 'enrolled/download']) {
      const { page } = await stranger.goTo(step);
      assert.deepEqual([...oneTimeCodesOn(page), ...oneTimeCodesIn(page)], [], step);
    }
  });

  it('shows no codes that were made elsewhere since', async () => {
    const person = await server.addPerson();
    const visitor = await enrolled(person);
    assert.equal(oneTimeCodesOn((await visitor.goTo('enrolled')).page).length, 10, 'a reload');
    const file = (await visitor.goTo('enrolled/download')).page;
    assert.equal(oneTimeCodesIn(file).length, 10, 'to keep');
    assert.match(file.html, /^Acme$/mu);
    assert.match((await visitor.goTo('enrolled/print')).page.html, /Acme · Made on <time/u);
    await visitor.goTo('enrolled');
    await makeNewCodes(person);
    assert.deepEqual(oneTimeCodesOn((await visitor.goTo('enrolled')).page), []);
  });

  it('nor does that of the first administrator', async () => {
    const person = await server.addPerson();
    const id = server.vault.hash('set-up draft', person.login);
    const seen = async (): Promise<number> => (await finishedSetUp(server, id))?.codes.length ?? 0;
    await makeNewCodes(person);
    const finished = { person: person.person.id };
    await server.store.put(setUpFinishedCollection, id, finished);
    assert.equal(await seen(), 10, 'of the version before');
    await server.store.put(setUpFinishedCollection, id, { ...finished, at: server.now() - 60_000 });
    assert.equal(await seen(), 0);
  });
});
