/** Why requests of an app were refused: what is kept of it, how much, how often it is written, and what may be accepted. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  clientRefusalsCollection,
  createRefusalNotes,
  merged,
  MOST_REFUSALS,
  REFUSALS_EVERY,
  REFUSALS_KEPT,
  refusalsOf,
} from '../../src/oidc/clients/refusals/client-refusals.ts';
import { fitsRegistration } from '../../src/oidc/clients/refusals/fair-share.ts';
import { acceptRedirect, judgeRedirect } from '../../src/operations/clients/accept-redirect.ts';
import { listRefusals } from '../../src/operations/clients/list-refusals.ts';
import { byOperator, performedByOperator } from '../support/by-operator.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';
import { addStaff, performedBy, writesOf } from '../support/staff.ts';

let fresh: FreshStore;
before(async () => {
  fresh = await openFreshStore();
  await addStaff(fresh);
});
after(() => fresh.close());

/** One process, whose timers are set off by hand. */
function oneProcess() {
  const timers: { milliseconds: number; work: () => void }[] = [];
  const writing: Promise<void>[] = [];
  const store = {
    update: ((...args: Parameters<typeof fresh.store.update>) => {
      const write = fresh.store.update(...args);
      writing.push(write.then(() => undefined));
      return write;
    }) as typeof fresh.store.update,
  };
  const notes = createRefusalNotes({
    store,
    log: { warn: assert.fail } as never,
    now: () => fresh.clock.now,
    later: (milliseconds, work) => timers.push({ milliseconds, work }),
  });
  const due = async (): Promise<void> => {
    for (const { work } of timers.splice(0)) work();
    await Promise.all(writing);
  };
  return { notes, timers, due };
}
const what = (value: string) => ({ endpoint: 'authorization', reason: 'redirect_uri', value });
const of = (id: string, registration?: string) =>
  refusalsOf(
    fresh.store,
    registration === undefined ? { id } : { id, registration },
    fresh.clock.now,
  );

describe('refusals of a client', () => {
  it('are written at once, and then once a second, with their number', async () => {
    const { notes, timers, due } = oneProcess();
    const writes = await writesOf(fresh.store, async () => {
      await notes.note({ id: 'a' }, what('one'), false);
      for (let nth = 0; nth < 50; nth += 1) void notes.note({ id: 'a' }, what('one'), false);
      void notes.note({ id: 'a' }, what('two'), false);
      assert.equal(timers.length, 1);
      assert.equal(timers[0]?.milliseconds, REFUSALS_EVERY);
      await due();
    });
    assert.equal(writes.length, 2);
    const counts = (await of('a')).map(({ value, count }) => [value, count]);
    assert.deepEqual(counts.toSorted(), [
      ['one', 51],
      ['two', 1],
    ]);
  });

  it('are not written in the request where its time would tell of a client', async () => {
    const { notes, due } = oneProcess();
    assert.equal(notes.note({ id: 'b' }, what('one'), true), undefined);
    assert.deepEqual(await of('b'), []);
    await due();
    assert.equal((await of('b')).length, 1);
  });

  it('are counted together by two processes', async () => {
    const both = [oneProcess(), oneProcess()];
    await Promise.all(both.map(async ({ notes }) => notes.note({ id: 'c' }, what('one'), false)));
    assert.equal((await of('c'))[0]?.count, 2);
  });

  it('are of one registration of its id', async () => {
    const { notes, due } = oneProcess();
    await notes.note({ id: 'd', registration: 'first' }, what('old'), false);
    void notes.note({ id: 'd', registration: 'first' }, what('old'), false);
    await notes.note({ id: 'd', registration: 'second' }, what('new'), false);
    await due();
    assert.deepEqual(
      (await of('d', 'second')).map(({ value }) => value),
      ['new'],
    );
    assert.deepEqual(await of('d', 'first'), []);
  });

  it('are so many, and not older than 30 days; those that come often stay', () => {
    const one = (value: string, count: number, lastAt: number) => ({
      ...what(value),
      count,
      firstAt: lastAt,
      lastAt,
    });
    const now = REFUSALS_KEPT * 2;
    const flood = Array.from({ length: 300 }, (_, nth) =>
      one(`made-up ${nth}`, 1, now - 300 + nth),
    );
    const kept = merged(
      [one('real', 2, now - 9_000), one('old', 99, now - REFUSALS_KEPT)],
      flood,
      now,
    );
    assert.equal(kept.length, MOST_REFUSALS);
    assert.ok(kept.some(({ value }) => value === 'real'));
    assert.ok(!kept.some(({ value }) => value === 'old'));
    assert.equal(kept[0]?.value, 'made-up 299');
  });
});

describe('a flood of made-up refusals', () => {
  const REAL = [
    ['redirect_uri', 'https://app.test/callback'],
    ['redirect_uri', 'https://other.app.test/cb'],
    ['scope', 'groups'],
    ['scope_ignored', 'offline_access'],
    ['not_open', ''],
    ['invalid_grant', 'grant request is invalid'],
  ] as const;
  const client = {
    redirectUris: ['https://app.test/cb'],
    postLogoutRedirectUris: ['com.app:/bye'],
    clientUri: 'https://other.app.test/',
  };
  const noted = (reason: string, value: string) => {
    const refusal = { endpoint: 'authorization', reason, value };
    return { ...refusal, ...(fitsRegistration(client, refusal) ? { fits: true as const } : {}) };
  };

  for (const [when, first] of [
    ['before', true],
    ['after', false],
  ] as const)
    it(`pushes out nothing that came once, ${when} it`, async () => {
      const id = `flood-${when}`;
      const { notes, due } = oneProcess();
      const note = async (reason: string, value: string) =>
        notes.note({ id }, noted(reason, value), false);
      const real = async (): Promise<void> => {
        for (const [reason, value] of REAL) await note(reason, value);
      };
      if (first) await real();
      for (let nth = 0; nth < 1000; nth += 1) {
        await note('redirect_uri', `https://made-up.test/${nth}`);
        await note('scope_ignored', `made-up-${nth}`);
        if (nth % 300 === 0) await due();
        fresh.clock.now += 1;
      }
      if (!first) await real();
      await due();
      const kept = await of(id);
      assert.equal(kept.length, MOST_REFUSALS);
      for (const [reason, value] of REAL)
        assert.ok(
          kept.some((one) => one.reason === reason && one.value === value),
          value,
        );
    });

  it('is told from what the registration could have caused', () => {
    const rows: [reason: string, value: string, fits: boolean][] = [
      ['redirect_uri', 'https://app.test/other?x=…', true],
      ['redirect_uri', 'https://app.test.evil.test/cb', false],
      ['redirect_uri', 'http://app.test/cb', false],
      ['redirect_uri', 'no URI', false],
      ['post_logout_redirect_uri', 'com.app:/there', true],
      ['post_logout_redirect_uri', 'com.other:/there', false],
      ['scope_ignored', 'made-up', false],
      ['invalid_request', 'whatever came', false],
    ];
    for (const [reason, value, fits] of [
      ...REAL.slice(0, 5).map((one) => [...one, true] as const),
      ...rows,
    ])
      assert.equal(fitsRegistration(client, { reason, value }), fits, value);
  });
});

describe('a redirect URI that was refused', () => {
  const id = 'app';
  const REGISTERED = 'https://app.test/cb';
  const codeOf = (result: { ok: boolean; problem?: { code: string } }) =>
    result.ok ? 'done' : result.problem?.code;
  const performed = performedByOperator(4_000_000_000_000);
  const came = async (...uris: string[]): Promise<void> => {
    const { notes, due } = oneProcess();
    const client = await fresh.store.get(clientRefusalsCollection, id);
    const { client: record } = await added;
    assert.ok(client ?? true);
    for (const uri of uris)
      void notes.note({ id, registration: record.registration ?? '' }, what(uri), true);
    await due();
  };
  let added: ReturnType<ReturnType<typeof byOperator>['addClient']>;
  before(async () => {
    const operator = byOperator({ ...fresh, now: () => fresh.clock.now });
    added = operator.addClient({ id, name: 'App', kind: 'web', redirectUris: [REGISTERED] });
    await added;
  });

  it('is registered where the client has its origin, and nowhere else', async () => {
    const good = 'https://app.test/login/callback';
    const bad: [uri: string, reason: RegExp][] = [
      ['https://evil.test/cb', /no redirect URI of that origin/u],
      ['https://app.test.evil.test/cb', /no redirect URI of that origin/u],
      ['https://app.test:8443/cb', /no redirect URI of that origin/u],
      ['http://app.test/cb', /http is for loopback/u],
      ['https://app.test/cb?next=…', /not kept/u],
      ['https://…@app.test/cb', /not kept/u],
      ['https://app.test/%2e%2e/cb', /browsers write it/u],
      ['javascript:alert(1)', /scheme/u],
      [REGISTERED, /registered already/u],
    ];
    await came(good, ...bad.map(([uri]) => uri));
    for (const [uri, reason] of bad) {
      const result = await acceptRedirect(fresh, performed, id, { uri });
      assert.equal(codeOf(result), 'redirect-not-acceptable', uri);
      assert.match(String(!result.ok && result.problem.values['reason']), reason, uri);
    }
    const never = { uri: 'https://app.test/never' };
    assert.equal(
      codeOf(await acceptRedirect(fresh, performed, id, never)),
      'redirect-not-acceptable',
    );
    const judged = await judgeRedirect(fresh, performed, id, { uri: good });
    assert.deepEqual(judged.ok && judged.value.nearest, REGISTERED);
    const { refusals } = await listRefusals(fresh, performed, id).then((it) =>
      it.ok ? it.value : assert.fail(),
    );
    assert.deepEqual(
      refusals.filter(({ acceptable }) => acceptable).map(({ value }) => value),
      [good],
    );
    const accepted = await acceptRedirect(fresh, performed, id, { uri: good });
    assert.deepEqual(accepted.ok && accepted.value.client.redirectUris, [REGISTERED, good]);
  });

  it('is listed and registered by the installation’s administrators alone', async () => {
    const uri = 'https://app.test/another';
    await came(uri);
    for (const role of ['organisation-administrator', 'auditor', 'helpdesk', 'member'] as const) {
      const by = performedBy(role, fresh.clock.now);
      assert.equal(codeOf(await listRefusals(fresh, by, id)), 'not-allowed', role);
      assert.equal(codeOf(await acceptRedirect(fresh, by, id, { uri })), 'not-allowed', role);
    }
    const stale = { ...performedBy('administrator', fresh.clock.now), fresh: false };
    assert.equal(codeOf(await acceptRedirect(fresh, stale, id, { uri })), 'fresh-factor-needed');
    assert.equal(codeOf(await listRefusals(fresh, stale, id)), 'done');
    assert.equal(codeOf(await listRefusals(fresh, performed, 'nowhere')), 'client-unknown');
  });

  it('goes with the client', async () => {
    await byOperator({ ...fresh, now: () => fresh.clock.now }).removeClient(id);
    assert.equal(await fresh.store.get(clientRefusalsCollection, id), undefined);
  });
});
