/** The list of events: whose they are to see, what it is filtered by, and what a file of them is like. */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { parse } from 'csv-parse/sync';
import {
  auditCollection,
  newEvent,
  type AuditEvent,
  type NewEvent,
} from '../../src/audit/event.ts';
import { eventFile } from '../../src/operations/audit/export-events.ts';
import { eventsQuery, type EventsQuery } from '../../src/operations/audit/events-query.ts';
import { allEvents, listEvents } from '../../src/operations/audit/list-events.ts';
import { valueOf } from '../../src/result.ts';
import { guarded, unguarded } from '../../src/text/csv.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';
import { addStaff, performedBy } from '../support/staff.ts';

const NOW = 4_000_000_000_000;
const admin = performedBy('administrator', NOW);
const own = performedBy('auditor', NOW);

let fresh: FreshStore;
const origin = { client: 'app', address: '192.0.2.1', userAgent: '=cmd|calc' };
const ann = { id: 'ann', organisation: 'acme' };
const bob = { id: 'bob', organisation: 'globex' };
let at = NOW;
async function happen(event: Partial<NewEvent> & Pick<NewEvent, 'type'>): Promise<void> {
  const made = newEvent({ at: (at += 10), origin, ...event });
  await fresh.store.insert(auditCollection, made.id, made);
}
before(async () => {
  fresh = await openFreshStore(NOW);
  await addStaff(fresh);
  for (const person of [ann, bob, ann]) await happen({ type: 'sign-in.completed', person });
  const actor = { kind: 'administrator', id: 'administrator' } as const;
  await happen({ type: 'factors.reset', person: ann, actor, reasons: ['a', 'b'] });
  await happen({ type: 'sign-in.refused', person: bob, outcome: 'refused' });
  await happen({ type: 'client.changed', organisation: 'globex', details: { client: 'other' } });
  // Of an older version, at the same moment as the one before.
  const { recordedAt: _, ...old } = newEvent({ at, origin, type: 'sign-out', person: ann });
  await fresh.store.insert(auditCollection, old.id, old);
});
after(() => fresh.close());

const find = async (query: EventsQuery, by = admin) =>
  valueOf(await listEvents(fresh, by, eventsQuery.parse(query)));
const types = (events: readonly AuditEvent[]): string => events.map(({ type }) => type).join(' ');
const found = async (query: EventsQuery, by = admin): Promise<string> =>
  types((await find(query, by)).events);

describe('the list of events', () => {
  it('is newest first, filtered by person, actor, app, type, outcome and time', async () => {
    assert.equal((await find({})).events.length, 7);
    assert.equal(await found({ limit: 2, type: 'sign-in.refused' }), 'sign-in.refused');
    assert.equal(
      await found({ person: 'ann' }),
      'sign-out factors.reset sign-in.completed sign-in.completed',
    );
    assert.equal(await found({ actor: 'administrator' }), 'factors.reset');
    assert.equal(await found({ actor: 'bob' }), 'sign-in.refused sign-in.completed');
    assert.equal(await found({ actor: 'bob', person: 'ann' }), '');
    assert.equal(await found({ client: 'other' }), 'client.changed');
    assert.equal(await found({ outcome: 'refused' }), 'sign-in.refused');
    const time = { from: NOW + 20, until: NOW + 40 };
    assert.equal(await found(time), 'sign-in.completed sign-in.completed');
    assert.equal(await found({ ...time, person: 'bob' }), 'sign-in.completed');
  });

  it('goes on by its cursor without losing or repeating any, filtered or not', async () => {
    for (const query of [{}, { person: 'ann' }, { type: 'sign-in.completed' }] as const) {
      const all = (await find(query)).events.map(({ id }) => id);
      const seen: string[] = [];
      let page = await find({ ...query, limit: 1 });
      for (;;) {
        seen.push(...page.events.map(({ id }) => id));
        if (page.next === undefined) break;
        page = await find({ ...query, limit: 1, after: page.next });
      }
      assert.deepEqual(seen, all);
    }
    const { next = '' } = await find({ person: 'ann', limit: 1 });
    assert.equal(await found({ person: 'bob', limit: 1, after: next }), 'sign-in.refused');
    assert.equal(await found({ limit: 1, person: 'bob', after: 'x' }), 'sign-in.refused');
  });

  it('shows an organisation’s auditor its own events alone', async () => {
    for (const query of [{}, { person: 'bob' }, { actor: 'bob' }, { organisation: 'acme' }])
      for (const { organisation } of (await find(query, own)).events)
        assert.equal(organisation, 'acme');
    assert.equal((await find({}, own)).events.length, 4);
    for (const [by, code] of [
      [own, 'not-found'],
      [performedBy('helpdesk', NOW), 'not-allowed'],
      [performedBy('member', NOW), 'not-allowed'],
    ] as const) {
      const refused = await listEvents(fresh, by, { organisation: 'globex' });
      assert.equal(!refused.ok && refused.problem.code, code);
    }
  });

  it('looks at 2,000 at most, and says where to go on', async () => {
    for (let more = 0; more < 2_000; more += 1) await happen({ type: 'sign-out', person: bob });
    const page = await find({ type: 'factors.reset' });
    assert.deepEqual(page.events, []);
    assert.equal(await found({ type: 'factors.reset', after: page.next }), 'factors.reset');
  });
});

describe('a file of events', () => {
  const textOf = async (format: 'csv' | 'jsonl'): Promise<string> => {
    let text = '';
    for await (const piece of eventFile(allEvents(fresh, admin, { person: 'ann' }), format))
      text += piece;
    return text;
  };

  it('is JSON lines in snake_case with times in RFC 3339', async () => {
    const lines = (await textOf('jsonl')).trimEnd().split('\n');
    const [, reset] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.deepEqual(
      [lines.length, reset?.['type'], reset?.['actor_id']],
      [4, 'factors.reset', 'administrator'],
    );
    assert.equal(reset?.['time'], '2096-10-02T07:06:40.040Z');
  });

  it('is CSV in which nothing is a formula', async () => {
    const [first, ...rows] = parse(await textOf('csv'));
    assert.deepEqual([first?.length, rows.length], [14, 4]);
    assert.equal(rows[1]?.[first?.indexOf('user_agent') ?? 0], "'=cmd|calc");
    assert.equal(rows[1]?.[first?.indexOf('reasons') ?? 0], 'a b');
  });

  it('is read as it is written, and not ahead', async () => {
    let read = 0;
    const event = newEvent({ type: 'sign-out', at: NOW, origin, person: ann });
    async function* many(): AsyncGenerator<AuditEvent> {
      for (; read < 1_000_000; read += 1) yield event;
    }
    const pieces = Readable.from(eventFile(many(), 'csv'), { objectMode: false });
    for await (const _ of pieces) if (read > 0) break;
    assert.ok(read < 5_000, String(read));
  });

  it('gives every cell back as it was', () => {
    for (const cell of ['=1', '+1', '-1', '@x', '\tx', '\rx', "'=1", "''-", "'x", "'", 'x', '']) {
      assert.doesNotMatch(guarded(cell), /^[=+\-@\t\r]/u);
      assert.equal(unguarded(guarded(cell)), cell);
    }
  });
});
