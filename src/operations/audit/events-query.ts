/** What a list of events is asked for. */
import { z } from 'zod';
import { EVENT_TYPES } from '../../audit/event.ts';
import { boundedText } from '../input.ts';

/** Events of a page, unless told, and at most. */
export const EVENTS_PAGE = 50;
/** Of a page to read: with everything it is under 60 KB. */
export const EVENTS_SHOWN = 22;
export const MOST_EVENTS = 500;

/** Milliseconds since the epoch. */
const time = z.number().int().min(0).max(8.64e15);

/** All of what is given is asked of every event in the list. */
export const eventsQuery = z
  .strictObject({
    /** Subject identifier of whom it is about. */
    person: boundedText,
    /** Who did it: a subject identifier or `client_id`, or `operator`. */
    actor: boundedText,
    organisation: boundedText,
    /** `client_id` of the app that it is about, or that it happened at. */
    client: boundedText,
    type: z.enum(EVENT_TYPES),
    outcome: z.enum(['success', 'refused']),
    /** From then on. */
    from: time,
    /** Before then. */
    until: time,
    /** `next` of a page; what is none of this list begins anew. */
    after: z.string().max(2_000),
    limit: z.number().int().min(1).max(MOST_EVENTS),
  })
  .partial();
export type EventsQuery = z.output<typeof eventsQuery>;
