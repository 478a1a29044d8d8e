/** A name that nobody has is answered after the same steps as one that somebody has. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { auditCollection } from '../../src/audit/event.ts';
import { refusalWindowCollection } from '../../src/outbox/refusal-windows.ts';
import { changePerson } from '../../src/records/person.ts';
import { createHttpBrowser, type HtmlPage } from '../support/http-browser.ts';
import { authorize } from '../support/relying-party.ts';
import { useSetting } from '../support/setting.ts';

const acme = useSetting();
const BESIDE: ReadonlySet<string> = new Set([auditCollection.name, refusalWindowCollection.name]);

/**
 * What the server asks of its store until the answer is there; its background only looks (`find`), and records
 * the refusal beside the answer, now before it and now after it.
 */
async function askedDuring(
  act: () => Promise<HtmlPage>,
): Promise<{ status: number; asked: string[] }> {
  const { store, clock } = acme.server;
  await acme.server.settle();
  // Nothing is known any more: what is cached for half a second is read anew for each.
  clock.ahead += 1000;
  const asked: string[] = [];
  const operations = ['get', 'getMany', 'update', 'insert', 'put', 'take', 'delete'] as const;
  const before = Object.fromEntries(operations.map((name) => [name, store[name]]));
  for (const name of operations) {
    const original = store[name].bind(store) as (...args: unknown[]) => unknown;
    Object.assign(store, {
      [name]: (kind: { name: string }, ...rest: unknown[]) => {
        if (!BESIDE.has(kind.name)) asked.push(`${name} ${kind.name}`);
        return original(kind, ...rest);
      },
    });
  }
  try {
    const { status } = await act();
    return { status, asked: [...asked] };
  } finally {
    Object.assign(store, before);
  }
}

async function names(): Promise<string[]> {
  const { login } = await acme.server.addPerson({}, { totp: true });
  const { login: without } = await acme.server.addPerson();
  const { login: disabled, person } = await acme.server.addPerson();
  const set = { active: false };
  await changePerson(acme.server.store, person.id, () => ({ set, result: undefined }));
  return [login, without, disabled, `${login}@acme.test`, 'nobody@acme.test'];
}

it('a wrong password takes the same operations of the store, whoever the name belongs to', async () => {
  const all = await names();
  const submit = async (login: string): Promise<string[]> => {
    const browser = createHttpBrowser(acme.server.issuer);
    const page = await browser.open(authorize(acme.webmail).url);
    const wrong = { login, password: 'not the password' };
    const { status, asked } = await askedDuring(() => browser.submit(page, wrong));
    assert.equal(status, 400);
    return asked.toSorted();
  };
  const nobody = await submit('nobody at all');
  assert.ok(nobody.includes('get person') && nobody.includes('get known_computer'));
  for (const name of all) assert.deepEqual(await submit(name), nobody, name);
});
