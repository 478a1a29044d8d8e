/** Events as files: CSV for spreadsheets, JSON lines for programs. Pure. */
import type { AuditEvent } from '../../audit/event.ts';
import { csvLines } from '../../text/csv.ts';

export const EVENT_FORMATS = ['csv', 'jsonl'] as const;
export type EventFormat = (typeof EVENT_FORMATS)[number];

/** As programs read it: snake_case, times in RFC 3339. */
export function eventView(event: AuditEvent) {
  const { id, type, outcome, actor, actorId, person, organisation, client } = event;
  return {
    id,
    time: new Date(event.at).toISOString(),
    recorded_at: new Date(event.recordedAt ?? event.at).toISOString(),
    type,
    outcome,
    actor,
    actor_id: actorId ?? null,
    person,
    organisation,
    client,
    address: event.address,
    user_agent: event.userAgent,
    reasons: event.reasons,
    details: event.details,
  };
}

/** Text of the file, piece by piece; a file without events has its headings. */
export async function* eventFile(
  events: AsyncIterable<AuditEvent>,
  format: EventFormat,
): AsyncGenerator<string> {
  if (format === 'csv') yield csvLines([HEADINGS]);
  let waiting: AuditEvent[] = [];
  for await (const event of events) {
    if (waiting.push(event) < AT_ONCE) continue;
    yield piece(waiting, format);
    waiting = [];
  }
  if (waiting.length > 0) yield piece(waiting, format);
}

const AT_ONCE = 500;

const HEADINGS: readonly (keyof ReturnType<typeof eventView>)[] = [
  'id',
  'time',
  'recorded_at',
  'type',
  'outcome',
  'actor',
  'actor_id',
  'person',
  'organisation',
  'client',
  'address',
  'user_agent',
  'reasons',
  'details',
];

function piece(events: readonly AuditEvent[], format: EventFormat): string {
  const views = events.map(eventView);
  if (format === 'jsonl') return views.map((view) => `${JSON.stringify(view)}\n`).join('');
  return csvLines(views.map((view) => HEADINGS.map((name) => cell(view[name]))));
}

function cell(value: unknown): string {
  if (value === null) return '';
  if (Array.isArray(value)) return value.join(' ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
