/** Who of an organisation would be asked for more, or shut out, by another policy: somebody after somebody. Reads only. */
import type { Config } from '../../config/schema.ts';
import { availableFactors } from '../../factors/available.ts';
import { clientMetadata, getClient, policyOf } from '../../oidc/clients/clients.ts';
import { livingIn, withLivingGroups } from '../../oidc/clients/known-organisations.ts';
import { ACCOUNT_CLIENT } from '../../oidc/clients/own/own-clients.ts';
import type { ClientPolicy } from '../../policy/assurance.ts';
import { CONSEQUENCES, judge, type Judged } from '../../policy/rollout/consequences.ts';
import { appsUsedBy } from '../../records/lists/app-use.ts';
import {
  MOST_NAMES,
  type PolicyPreview,
  type PreviewedPerson,
} from '../../records/lists/policy-preview.ts';
import { getPeople, personCollection, type Person } from '../../records/person.ts';
import type { Organisation } from '../../records/organisation.ts';
import { fromCursor } from '../../storage/pages.ts';
import type { Store } from '../../storage/store.ts';
import { remembering } from '../../timing/remembering.ts';

export interface SimulationParts {
  store: Pick<Store, 'get' | 'getMany' | 'find'>;
  config: Config;
}

export interface Simulated {
  before: Organisation;
  after: Organisation;
  /** Milliseconds since the epoch: what is judged, and as of when apps count as used. */
  moment: number;
  now: number;
}

/** As far as it has come. */
export type Tally = Pick<PolicyPreview, 'seen' | 'counts' | 'people'>;

export const NOBODY_SEEN: Tally = {
  seen: 0,
  counts: { 'locked-out': 0, refused: 0, asked: 0, mail: 0 },
  people: [],
};

/** People who are read at once. */
const SLICE = 50;

/** The next slice of its people, added to the tally. `next`: where it goes on; absent at the end. */
export type SimulateSlice = (
  simulated: Simulated,
  tally: Tally,
  after: string | undefined,
) => Promise<{ tally: Tally; next?: string }>;

/** What it has read of apps and groups once it does not read again: for one simulation. */
export function createSimulation({ store, config }: SimulationParts): SimulateSlice {
  const appOf = remembering((id) => appCalled(store, id));
  const living = livingIn(store);
  const available = availableFactors(config);
  const one = async (person: Person, { before, after, moment, now }: Simulated) => {
    const { apps: used, isOnPassword } = await appsUsedBy(store, person.id, now);
    const ids = [...new Set([ACCOUNT_CLIENT, ...used])];
    const apps = (await Promise.all(ids.map(appOf))).filter((app) => app !== undefined);
    const [was, is] = await Promise.all(
      [before, after].map((organisation) => withLivingGroups({ person, organisation }, living)),
    );
    const policies = {
      before: was?.organisation ?? before,
      after: is?.organisation ?? after,
      apps: apps.map(({ policy }) => policy),
    };
    const judged = judge({ person, ...policies, isOnPassword, available, now: moment });
    return { person, judged, nameOf: namesOf(apps) };
  };
  return async (simulated, tally, after) => {
    const query = { index: 'organisation', equals: simulated.before.id, limit: SLICE };
    const page = await fromCursor(after, (from) =>
      store.find(personCollection, { ...query, after: from }),
    );
    const ids = page.items.map(({ id }) => id);
    const people = [...(await getPeople(store, ids)).values()];
    const judged = await Promise.all(people.map((person) => one(person, simulated)));
    const tallied = judged.reduce(added, tally);
    return { tally: tallied, ...(page.next === undefined ? {} : { next: page.next }) };
  };
}

interface App {
  name: string;
  policy: ClientPolicy;
}

/** Undefined: it is registered no more, or nobody signs in to it in a browser. */
async function appCalled(store: SimulationParts['store'], id: string): Promise<App | undefined> {
  const client = await getClient(store, id);
  // A server registers it when it starts; everybody has an account before that.
  if (!client && id === ACCOUNT_CLIENT) return { name: id, policy: { ...policyOf({}), id } };
  const isSignedInTo = client && (client.redirectUris.length > 0 || client.kind === 'device');
  return isSignedInTo ? { name: client.name, policy: policyOf(clientMetadata(client)) } : undefined;
}

function namesOf(apps: readonly App[]): (id: string) => string {
  return (id) => apps.find(({ policy }) => policy.id === id)?.name ?? id;
}

interface JudgedPerson {
  person: Person;
  judged: Judged;
  nameOf(id: string): string;
}

function added(tally: Tally, { person, judged, nameOf }: JudgedPerson): Tally {
  const { consequence, losesMail, apps } = judged;
  const seen = tally.seen + 1;
  if (consequence === null && !losesMail) return { ...tally, seen };
  const { id, name, login } = person;
  const told = { id, name, login, consequence, losesMail, apps: apps.map(nameOf) };
  const counts = { ...tally.counts };
  if (consequence !== null) counts[consequence] += 1;
  if (losesMail) counts.mail += 1;
  return { seen, counts, people: worstFirst([...tally.people, told]) };
}

/** In the order in which they came, within the same. */
function worstFirst(people: readonly PreviewedPerson[]): PreviewedPerson[] {
  const order: readonly (string | null)[] = [...CONSEQUENCES, null];
  const place = ({ consequence }: PreviewedPerson): number => order.indexOf(consequence);
  return people.toSorted((a, b) => place(a) - place(b)).slice(0, MOST_NAMES);
}
