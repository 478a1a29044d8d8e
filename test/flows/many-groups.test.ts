/** The form of a person's groups can be sent, however many the organisation has. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { addGroup } from '../../src/operations/groups/add-group.ts';
import { getPerson } from '../../src/records/person.ts';
import { valueOf } from '../../src/result.ts';
import { memberOf } from '../support/account.ts';
import { performedByOperator } from '../support/by-operator.ts';
import { filledIn } from '../support/forms.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const GROUPS = 2000;

let server: TestServer;
before(async () => {
  server = await startTestServer();
});
after(() => server.stop());

describe('a person’s groups', () => {
  it('are changed where the organisation has two thousand', async () => {
    const performed = performedByOperator(server.now());
    const parts = { store: server.store, relay: { soon: () => undefined } };
    const organisation = 'acme';
    const adding = Array.from({ length: GROUPS }, (_, at) =>
      addGroup(parts, performed, { organisation, name: `Group ${at}`, description: '' }),
    );
    const groups = (await Promise.all(adding)).map((added) => valueOf(added).id);
    const admin = memberOf(
      server,
      await server.addPerson({ role: 'administrator' }, { totp: true }),
    );
    const { person } = await server.addPerson({ organisation, login: 'joiner' });
    const page = await admin.open(`/admin/people/${person.id}/groups/change`);
    const [first = '', second = ''] = groups;
    const ticked = { [`group-${first}`]: 'yes', [`group-${second}`]: 'yes' };
    const saved = await admin.submit(page, { ...filledIn(page), ...ticked });
    assert.equal(saved.status, 200);
    const { groups: now = [] } = (await getPerson(server.store, person.id)) ?? {};
    assert.deepEqual(now.toSorted(), [first, second].toSorted());
  });
});
