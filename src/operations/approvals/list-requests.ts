/** What waits for a second person: with people and with organisations, of those that whoever asks looks after. */
import type { Performed } from '../../audit/performed.ts';
import { standingRequests } from './standing.ts';
import {
  endOf,
  endsAfter,
  type ApprovalRequest,
} from '../../records/under-way/approval-request.ts';
import {
  organisationCollection,
  type Organisation,
  type OrganisationAct,
} from '../../records/organisation.ts';
import { isRemoved, personCollection, type Person, type PersonAct } from '../../records/person.ts';
import { resultOf, type Result } from '../../result.ts';
import type { Store } from '../../storage/store.ts';
import { reach } from '../permission.ts';

export interface ListedRequest {
  request: ApprovalRequest<PersonAct> | ApprovalRequest<OrganisationAct>;
  about: { person: Person } | { organisation: Organisation };
  /** Milliseconds since the epoch: it stands until then. */
  until: number;
}

/** Documents with a request that are looked at; what is in them beyond it is told by `isMore`. */
const MOST_READ = 200;

/** Newest first. Problems: those of who may. */
export function listRequests(
  { store }: { store: Pick<Store, 'get' | 'find'> },
  performed: Performed,
): Promise<Result<{ requests: ListedRequest[]; isMore: boolean }>> {
  return resultOf(async () => {
    const of = await reach(store, performed, 'approval.list', undefined);
    const { now } = performed;
    const query = { ...standingOf(of, now), descending: true, limit: MOST_READ };
    const [people, organisations] = await Promise.all([
      store.find(personCollection, query),
      store.find(organisationCollection, query),
    ]);
    const listed = [
      ...people.items.flatMap(({ value }) => ofPerson(value, now)),
      ...organisations.items.flatMap(({ value }) => ofOrganisation(value, now)),
    ];
    return {
      requests: listed.toSorted((a, b) => b.request.at - a.request.at),
      isMore: people.next !== undefined || organisations.next !== undefined,
    };
  });
}

/** What has ended stays in its document, and is passed over by the range. `organisation`: null is everywhere. */
function standingOf(organisation: string | null, now: number) {
  if (organisation === null) return { index: 'requestsEverywhere', from: now + 1 };
  // `!` is the character after the space.
  const range = { from: endsAfter(organisation, now + 1), below: `${organisation}!` };
  return { index: 'requests', ...range };
}

function ofPerson(person: Person, now: number): ListedRequest[] {
  if (isRemoved(person)) return [];
  return standingRequests(person, now).map((request) => ({
    request,
    about: { person },
    until: endOf(request),
  }));
}

function ofOrganisation(organisation: Organisation, now: number): ListedRequest[] {
  const { requests = [] } = organisation;
  return standingRequests({ requests }, now).map((request) => ({
    request,
    about: { organisation },
    until: endOf(request),
  }));
}
