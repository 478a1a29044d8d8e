/** What a list of people is asked for. */
import { z } from 'zod';
import { ENROLLED } from '../../../records/lists/person-entry.ts';
import { ROLES } from '../../../records/person.ts';
import { boundedText } from '../../input.ts';

/**
 * What somebody has of second factors, or does not have yet although one is required: of a later date on
 * (`grace`), or by now (`overdue`). Both are among `none`.
 */
export const PEOPLE_STATES = [...ENROLLED, 'grace', 'overdue'] as const;
export type PeopleState = (typeof PEOPLE_STATES)[number];

/** `-` turns the order around. */
export const PEOPLE_SORTS = ['name', '-name', 'login', '-login', 'email', '-email'] as const;

/** People of a page, unless told, and at most. */
export const PEOPLE_PAGE = 40;
export const MOST_PEOPLE = 200;

/** All of what is given is asked of everybody in the list; false is as if it were absent. */
export const peopleQuery = z
  .strictObject({
    /** How a name, family name, login name or address begins, or a whole subject identifier. Found in that order: `sort` does not count. */
    q: boundedText,
    organisation: boundedText,
    /** Id. In the order of login names: `sort` does not count. */
    group: boundedText,
    role: z.enum(ROLES),
    state: z.enum(PEOPLE_STATES),
    /** Six-digit codes suspended after too many wrong ones. In no order that means anything. */
    locked: z.boolean(),
    disabled: z.boolean(),
    neverSignedIn: z.boolean(),
    sort: z.enum(PEOPLE_SORTS),
    /** `next` of a page; what is none of this list begins anew. */
    after: z.string().max(20_000),
    /** `previous` of a page; with `after` it does not count. */
    before: z.string().max(20_000),
    limit: z.number().int().min(1).max(MOST_PEOPLE),
  })
  .partial();
export type PeopleQuery = z.output<typeof peopleQuery>;
