/** What to do first with a new installation: each is done as soon as the facts say so, and nobody ticks it. */
import type { Performed } from '../../audit/performed.ts';
import type { Config } from '../../config/schema.ts';
import { mailCollection } from '../../mail/queue.ts';
import { isOwnClient } from '../../oidc/clients/own/own-clients.ts';
import { clientCollection } from '../../records/client.ts';
import { getNoted, note } from '../../records/installation/noted.ts';
import { FACTOR_IDS } from '../../records/factor-id.ts';
import { personEntryCollection } from '../../records/lists/person-entry.ts';
import { listOrganisations, type Organisation } from '../../records/organisation.ts';
import { resultOf, type Result } from '../../result.ts';
import type { Store } from '../../storage/store.ts';
import { permission } from '../permission.ts';

export const FIRST_STEPS = ['organisation', 'mail', 'app', 'people', 'backup'] as const;
export type FirstStep = (typeof FIRST_STEPS)[number];

export type StepsDone = Readonly<Record<FirstStep, boolean>>;

type Reads = Pick<Store, 'get' | 'find' | 'scan'>;

/** Mails that are looked at for one that was handed over. */
const MOST_MAILS = 200;

/** Null: they were put away. Problems: those of who may. */
export function showFirstSteps(
  { store, config }: { store: Reads; config: Pick<Config, 'mail'> },
  performed: Performed,
): Promise<Result<StepsDone | null>> {
  return resultOf(async () => {
    const may = await permission(store, performed, 'installation.first-steps');
    may({});
    if (await getNoted(store, 'first-steps')) return null;
    const [organisation, mail, app, people, backups] = await Promise.all([
      hasShaped(store),
      config.mail.smtp_url !== undefined && hasMailed(store),
      hasApp(store),
      hasPeople(store),
      getNoted(store, 'backups'),
    ]);
    return { organisation, mail, app, people, backup: backups !== undefined };
  });
}

/** For good, and for everybody. Problems: those of who may. */
export function putFirstStepsAway(
  { store }: { store: Pick<Store, 'get' | 'update'> },
  performed: Performed,
): Promise<Result<void>> {
  return resultOf(async () => {
    const may = await permission(store, performed, 'installation.first-steps');
    may({});
    const { now, actor } = performed;
    await note(store, 'first-steps', (before) =>
      before ? undefined : { putAwayAt: now, by: actor.id ?? '' },
    );
  });
}

/** A second one, or something of the first that the set-up does not ask for. */
async function hasShaped(store: Pick<Store, 'scan'>): Promise<boolean> {
  let count = 0;
  for await (const organisation of listOrganisations(store)) {
    count += 1;
    if (count > 1 || isShaped(organisation)) return true;
  }
  return false;
}

/** As the set-up makes one; what a later version knows of it besides is somebody's doing. */
const AS_MADE: readonly (keyof Organisation)[] = [
  'id',
  'name',
  'mfa',
  'createdAt',
  'postings',
  'requests',
  'trustEpoch',
  'apps',
  'appsAdmitted',
];
const AT_FIRST: Readonly<Record<string, unknown>> = { trustedDays: 30, mfaFrom: null };

function isShaped(organisation: Organisation): boolean {
  const { factors, domains, ...rest } = organisation;
  const others = Object.entries(rest).filter(
    ([name]) => !AS_MADE.includes(name as keyof Organisation),
  );
  const isOther = ([name, value]: [string, unknown]): boolean =>
    (value ?? null) !== (AT_FIRST[name] ?? null);
  return (domains?.length ?? 0) > 0 || others.some(isOther) || factors.length < FACTOR_IDS.length;
}

async function hasMailed(store: Pick<Store, 'scan'>): Promise<boolean> {
  const { items } = await store.scan(mailCollection, { limit: MOST_MAILS });
  return items.some(({ value }) => value.state === 'handed-over');
}

async function hasApp(store: Pick<Store, 'scan'>): Promise<boolean> {
  // Our own are two.
  const { items } = await store.scan(clientCollection, { limit: 3 });
  return items.some(({ id }) => !isOwnClient(id));
}

/** Besides whoever set it up. */
async function hasPeople(store: Pick<Store, 'find'>): Promise<boolean> {
  const { items } = await store.find(personEntryCollection, { index: 'name', limit: 2 });
  return items.length > 1;
}
