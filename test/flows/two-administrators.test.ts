/**
 * Two administrators have the same form open, and both save. Every form of the console that changes something is
 * walked: the second one is refused, told what is there now and what they have typed, and may save it all the same.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { addGroup } from '../../src/operations/groups/add-group.ts';
import { addResource } from '../../src/operations/resources/add-resource.ts';
import { clientCollection } from '../../src/records/client.ts';
import { groupCollection } from '../../src/records/group.ts';
import { organisationCollection } from '../../src/records/organisation.ts';
import { personCollection } from '../../src/records/person.ts';
import { profileCollection } from '../../src/records/profile.ts';
import { resourceCollection } from '../../src/records/resource.ts';
import { valueOf } from '../../src/result.ts';
import type { Collection } from '../../src/storage/store.ts';
import { adminPages } from '../../src/web/admin/index.ts';
import { memberOf, saidOn, type Member } from '../support/account.ts';
import { byOperator, performedByOperator } from '../support/by-operator.ts';
import { filledIn } from '../support/forms.ts';
import { unescapeHtml, type HtmlPage } from '../support/http-browser.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let one: Member;
let other: Member;
let count = 0;
/** Of what is changed. */
let ids: Record<string, string> = {};

before(async () => {
  server = await startTestServer({ LATCHKEY_MAIL_SMTP_URL: 'smtp://127.0.0.1:9' });
  for (const name of ['Globex', 'Initech'])
    await byOperator(server).addOrganisation({ name, mfa: 'optional' });
  one = memberOf(server, await server.addPerson({ role: 'administrator' }, { totp: true }));
  other = memberOf(server, await server.addPerson({ role: 'administrator' }, { totp: true }));
});
after(() => server.stop());

/** Something new of each kind, that nobody has changed yet. */
async function addThings(): Promise<void> {
  count += 1;
  const operator = byOperator(server);
  const performed = performedByOperator(server.now());
  const organisation = `shop-${count}`;
  await operator.addOrganisation({ id: organisation, name: `Shop ${count}`, mfa: 'optional' });
  const relay = { soon: () => undefined };
  const groupOf = async (name: string): Promise<string> => {
    const input = { organisation, name, description: '' };
    return valueOf(await addGroup({ store: server.store, relay }, performed, input)).id;
  };
  const { person } = await server.addPerson({ organisation, login: `walked-${count}` });
  const redirectUris = ['https://shop.example/cb'];
  const named = { name: `Till ${count}`, organisations: [organisation] };
  const { client } = await operator.addClient({ kind: 'web', ...named, redirectUris });
  const scopes = [{ name: `till-${count}`, description: 'look' }];
  const resource = { id: `urn:till:${count}`, scopes };
  valueOf(await addResource(server, performed, resource));
  ids = {
    id: person.id,
    organisation,
    group: await groupOf('Counter'),
    second: await groupOf('Cellar'),
    client: client.id,
    resource: resource.id,
    scope: `till-${count}`,
  };
}

type Typed = Record<string, string>;

interface Row {
  /** As in the table of pages; `:part` is said by the row. */
  path: string;
  part?: string;
  /** What is changed by it: a document. */
  kind: Collection<any>;
  document: string;
  theirs: () => Typed;
  mine: () => Typed;
  /** Of theirs and mine, as they are told. */
  told: readonly [theirs: string, mine: string];
}

const PERSON = { kind: personCollection, document: 'id' };
const ORGANISATION = { kind: organisationCollection, document: 'organisation' };
const CLIENT = { kind: clientCollection, document: 'client' };
const always = (typed: Typed) => () => typed;
const part = (of: string, theirs: Typed, mine: Typed, told: Row['told']): Row => ({
  path: '/admin/apps/:client/settings/:part',
  part: of,
  ...CLIENT,
  theirs: always(theirs),
  mine: always(mine),
  told,
});

const TABLE: readonly Row[] = [
  ...(['name', 'login'] as const).map((field): Row => ({
    path: '/admin/people/:id/edit',
    ...PERSON,
    theirs: () => ({ [field]: `theirs-${count}` }),
    mine: () => ({ [field]: `mine-${count}` }),
    told: ['theirs-', 'mine-'],
  })),
  {
    path: '/admin/people/:id/edit',
    ...PERSON,
    theirs: always({ role: 'auditor' }),
    mine: always({ role: 'helpdesk' }),
    told: ['Auditor', 'Helpdesk'],
  },
  {
    path: '/admin/people/:id/groups/change',
    ...PERSON,
    theirs: () => ({ [`group-${ids['group']}`]: 'yes' }),
    mine: () => ({ [`group-${ids['second']}`]: 'yes' }),
    told: ['Counter', ''],
  },
  {
    path: '/admin/people/:id/mfa',
    ...PERSON,
    theirs: always({ mfa: 'required', from: '2099-01-31' }),
    mine: always({ mfa: 'available' }),
    told: ['2099-01-31', 'Available'],
  },
  {
    path: '/admin/people/:id/attributes',
    kind: profileCollection,
    document: 'id',
    theirs: always({ department: 'Cheese', others: 'floor=1' }),
    mine: always({ department: 'Wine', others: 'floor=2' }),
    told: ['Cheese', 'Wine'],
  },
  {
    path: '/admin/people/:id/move',
    ...PERSON,
    theirs: always({ organisation: 'globex' }),
    mine: always({ organisation: 'initech' }),
    told: ['Globex', ''],
  },
  {
    path: '/admin/groups/:group/edit',
    kind: groupCollection,
    document: 'group',
    theirs: always({ description: 'By them' }),
    mine: always({ description: 'By me' }),
    told: ['By them', 'By me'],
  },
  part('about', { name: 'Theirs' }, { name: 'Mine' }, ['Theirs', 'Mine']),
  part(
    'addresses',
    { redirectUris: 'https://theirs.example/cb' },
    { redirectUris: 'https://mine.example/cb' },
    ['https://theirs.example/cb', 'https://mine.example/cb'],
  ),
  part('sign-in', { errors: 'page' }, { acceptTrust: '' }, ['', '']),
  part('told', { scopes: 'openid email' }, { scopes: 'openid profile' }, ['email', 'profile']),
  part('tokens', { idToken: '301' }, { idToken: '302' }, ['301', '302']),
  {
    path: '/admin/apps/:client/who/:organisation',
    ...ORGANISATION,
    theirs: () => ({ may: 'groups', [`group-${ids['group']}`]: 'yes' }),
    mine: () => ({ may: 'groups', [`group-${ids['second']}`]: 'yes' }),
    told: ['Counter', ''],
  },
  {
    path: '/admin/apps/:client/open',
    ...CLIENT,
    theirs: always({ 'organisation-globex': 'yes' }),
    mine: always({ openTo: 'all' }),
    told: ['Globex', ''],
  },
  {
    path: '/admin/organisations/:organisation/edit',
    ...ORGANISATION,
    theirs: () => ({ name: `Theirs ${count}` }),
    mine: () => ({ name: `Mine ${count}` }),
    told: ['Theirs', 'Mine'],
  },
  {
    path: '/admin/organisations/:organisation/domains',
    ...ORGANISATION,
    theirs: () => ({ domains: `theirs-${count}.example` }),
    mine: () => ({ domains: `mine-${count}.example` }),
    told: ['theirs-', 'mine-'],
  },
  {
    path: '/admin/organisations/:organisation/appearance',
    ...ORGANISATION,
    theirs: always({ contact: 'Thea, 12' }),
    mine: always({ contact: 'Mia, 13' }),
    told: ['Thea, 12', 'Mia, 13'],
  },
  {
    path: '/admin/resources/:resource/edit',
    kind: resourceCollection,
    document: 'resource',
    theirs: () => ({ scopes: `${ids['scope']} = theirs`, lifetime: '601' }),
    mine: () => ({ scopes: `${ids['scope']} = mine`, lifetime: '602' }),
    told: ['601', '602'],
  },
];

/** Of these nothing is lost: what each says is done, to what is there then, and told where it was done already. */
const ACTS: Readonly<Record<string, readonly string[]>> = {
  'adds something': [
    '/admin/people/new',
    '/admin/people/import',
    '/admin/people/import/:import',
    '/admin/people/mailboxes/new',
    '/admin/people/:id/passcodes/new',
    '/admin/groups/new',
    '/admin/groups/:group/add',
    '/admin/add-app/:template',
    '/admin/organisations/new',
    '/admin/resources/new',
    '/admin/apps/:client/refusals/:refusal/accept',
    '/admin/organisations/:organisation/appearance/logo/:logo',
  ],
  'ends or removes something, which is there or not': [
    '/admin/people/:id/factors/:factor/:item/remove',
    '/admin/people/:id/sessions/:session/end',
    '/admin/people/:id/apps/:app/end',
    '/admin/people/:id/computers/:computer/end',
    '/admin/people/:id/passcodes/:passcode/end',
    '/admin/people/:id/sign-out',
    '/admin/people/:id/lock-down',
    '/admin/groups/:group/remove',
    '/admin/groups/:group/members/:id/remove',
    '/admin/people/:id/groups/:group/remove',
    '/admin/apps/:client/secrets/:secret/end',
    '/admin/apps/:client/remove',
    '/admin/organisations/:organisation/remove',
    '/admin/organisations/:organisation/appearance/remove-logo',
    '/admin/resources/:resource/remove',
  ],
  'has no value that somebody else could have given otherwise': [
    '/admin/first-steps',
    '/admin/people/many',
    '/admin/people/:id/reset',
    '/admin/people/:id/temporary-code',
    '/admin/people/:id/unlock',
    '/admin/people/:id/invite',
    '/admin/people/:id/remind',
    '/admin/people/:id/disable',
    '/admin/people/:id/enable',
    '/admin/people/:id/delete',
    '/admin/people/:id/keep',
    '/admin/rollout/:organisation/remind',
    '/admin/mail/test',
    '/admin/health/check',
  ],
  'is done once, and refused to the second one': [
    '/admin/people/:id/extend-grace',
    '/admin/apps/:client/rotate-secret',
    '/admin/approvals/people/:id/:request/approve',
    '/admin/approvals/people/:id/:request/refuse',
    '/admin/approvals/people/:id/:approved/code',
    '/admin/approvals/rule/:organisation',
    '/admin/approvals/rules/:organisation/:off/approve',
    '/admin/approvals/rules/:organisation/:off/refuse',
    '/admin/keys/rotate',
    '/admin/keys/reseal',
    '/admin/keys/signing/:signing/retire',
    '/admin/keys/encryption/:encryption/activate',
    '/admin/keys/encryption/:encryption/retire',
  ],
  'is told of below': [
    '/admin/organisations/:organisation/policy',
    '/admin/organisations/:organisation/policy/:preview',
  ],
};

function addressOf({ path, part: of }: Row): string {
  const known: Record<string, string> = { ...ids, ...(of === undefined ? {} : { part: of }) };
  return path.replaceAll(/:(\w+)/gu, (_, name: string) => encodeURIComponent(known[name] ?? ''));
}

async function kept({ kind, document }: Row): Promise<string> {
  await server.settle();
  return JSON.stringify((await server.store.get(kind, ids[document] ?? '')) ?? null);
}

/** What stands in the notice. */
function toldOn({ html }: HtmlPage): string {
  const notice = /<div class="notice warn" role="alert" id="notice">[\s\S]*?<\/div>/u.exec(html);
  return unescapeHtml(notice?.[0] ?? '');
}

/** As a browser sends it. */
const send = (member: Member, page: HtmlPage, typed: Typed): Promise<HtmlPage> => {
  const filled = { ...filledIn(page), ...typed };
  const sent = Object.entries(filled).filter(([name, text]) => text !== '' || name in typed);
  return member.submit(page, Object.fromEntries(sent));
};

describe('a form that two have open', () => {
  for (const row of TABLE)
    it(`${row.path.replace(':part', row.part ?? '')} (${row.told[0]}): loses nothing`, async () => {
      await addThings();
      const at = addressOf(row);
      const [mine, theirs] = [await one.open(at), await other.open(at)];
      assert.equal(mine.status, 200, mine.html);
      const before = await kept(row);
      const saved = await send(other, theirs, row.theirs());
      assert.equal(saved.status, 200, saved.html);
      assert.notEqual(saidOn(saved), '', saved.html);
      const after = await kept(row);
      assert.notEqual(after, before);

      const late = await send(one, mine, row.mine());
      assert.equal(late.status, 409, late.html);
      assert.equal(await kept(row), after, 'nothing of it was saved');
      const told = toldOn(late);
      assert.match(told, /Somebody else has changed this[\s\S]*There now:/u);
      for (const text of row.told) assert.ok(told.includes(text), `${text}: ${told}`);
      if (row.told[1] !== '') assert.match(told, /In this form:/u);
      const again = filledIn(late);
      for (const [name, text] of Object.entries(row.mine()))
        assert.equal(again[name] ?? '', text, `${name} is as it was typed`);

      const over = await send(one, late, {});
      assert.notEqual(saidOn(over), '', over.html);
      assert.notEqual(await kept(row), after);
    });

  it('is in this table, or loses nothing by what it is', () => {
    const walked = new Set([...TABLE.map(({ path }) => path), ...Object.values(ACTS).flat()]);
    const forms = adminPages.filter(({ submit }) => submit !== undefined);
    const unknown = forms.map(({ path }) => path).filter((path) => !walked.has(path));
    assert.deepEqual(unknown, [], 'these change something: who is told where two do it at once?');
    const known = new Set(forms.map(({ path }) => path));
    assert.deepEqual(
      [...walked].filter((path) => !known.has(path)),
      [],
    );
  });

  it('is not saved without what it was made from, nor with what nobody was shown', async () => {
    await addThings();
    for (const row of TABLE) {
      const page = await one.open(addressOf(row));
      const before = await kept(row);
      for (const seen of ['', 'x', '{"$ne":null}', ' '.repeat(99), 'x '.repeat(5000)]) {
        const { status, html } = await send(one, page, { ...row.mine(), seen });
        assert.equal(status, 409, `${row.path} ${seen.slice(0, 20)}: ${html.slice(0, 3000)}`);
      }
      assert.equal(await kept(row), before, row.path);
    }
  });
});

describe('boxes that were not touched', () => {
  it('have what somebody else has put there, and what they have not changed is not told', async () => {
    await addThings();
    const at = `/admin/people/${ids['id']}/edit`;
    const [mine, theirs] = [await one.open(at), await other.open(at)];
    await send(other, theirs, { login: `anew-${count}`, activeUntil: '2099-01-31' });
    const late = await send(one, mine, { name: 'Mine', activeUntil: '2099-02-28' });
    const { name, login, activeUntil } = filledIn(late);
    assert.deepEqual([name, login, activeUntil], ['Mine', `anew-${count}`, '2099-02-28']);
    assert.doesNotMatch(toldOn(late), /Name|Email/u);
    assert.equal((await send(one, late, {})).status, 200);
    const stored = await server.store.get(personCollection, ids['id'] ?? '');
    assert.deepEqual(
      [stored?.name, stored?.login, stored?.activeUntil],
      ['Mine', `anew-${count}`, Date.UTC(2099, 2, 1)],
    );
  });
});

describe('a policy that two change', () => {
  const typed = (trustedDays: string) => ({ trustedDays });

  it('is told before its consequences are shown, and before it is saved', async () => {
    await addThings();
    const at = `/admin/organisations/${ids['organisation']}/policy`;
    const days = async (): Promise<number | undefined> =>
      (await server.store.get(organisationCollection, ids['organisation'] ?? ''))?.trustedDays;
    const [mine, early, theirs] = [await one.open(at), await one.open(at), await other.open(at)];
    const previewed = await send(one, early, typed('11'));
    assert.match(previewed.url.pathname, /policy\/[\w-]{22}$/u);
    const saved = await send(other, await send(other, theirs, typed('12')), {});
    assert.match(saidOn(saved), /sign-in rules/u);
    assert.equal(await days(), 12);

    const late = await send(one, mine, typed('13'));
    assert.equal(late.status, 409);
    assert.match(
      toldOn(late),
      /Somebody else[\s\S]*There now:[\s\S]*12[\s\S]*In this form:[\s\S]*13/u,
    );
    assert.equal(filledIn(late)['trustedDays'], '13');

    const refused = await one.submit(previewed, {});
    assert.match(
      toldOn(refused),
      /Somebody else[\s\S]*There now:[\s\S]*12[\s\S]*In this form:[\s\S]*11/u,
    );
    assert.equal(filledIn(refused)['trustedDays'], '11');
    assert.equal(await days(), 12);
    assert.match(saidOn(await send(one, await send(one, refused, {}), {})), /sign-in rules/u);
    assert.equal(await days(), 11);
  });
});
