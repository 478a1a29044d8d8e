/** What a server does besides answering: moves messages, hands mails over, sweeps what has expired. */
import type { Logger } from 'pino';
import { createRelay, type Relay, type RelayParts } from '../outbox/relay.ts';
import { closeRefusalWindows } from '../outbox/refusal-windows.ts';
import { createNotices } from '../mail/notices.ts';
import { createMailQueue, type MailQueue } from '../mail/queue.ts';
import { renderForOrganisations } from './mails/organisation-mails.ts';
import { doveadm } from '../mailbox/doveadm.ts';
import { startMailboxCloser } from '../mailbox/mailbox-closer.ts';
import { createSender, type Sender } from '../mail/sender.ts';
import { createSmtpTransport } from '../mail/transport.ts';
import type { Installation } from './opened.ts';
import {
  startRevocationCleanUp,
  type RevocationCleanUpParts,
} from '../operations/installation/revocation-clean-up.ts';
import { listEarlierPeople } from '../operations/people/list/list-earlier-people.ts';
import { dissolveGroups } from '../operations/groups/dissolve-groups.ts';
import { goOnWithImports } from '../operations/people/import/import-job.ts';
import { endPeople } from '../operations/people/disable-person.ts';
import { goOnWithPreviews } from '../operations/organisations/preview-policy.ts';
import { countFailedSignIns } from '../operations/overview/count-failed-sign-ins.ts';
import { countEarlierOrganisations, countRollouts } from '../operations/rollout/count-rollouts.ts';
import { removeDuePeople } from '../operations/people/delete-person.ts';
import { jobsOf } from './jobs/jobs.ts';
import type { Views } from './load-views.ts';
import {
  startLogoutSender,
  type LogoutSender,
  type TellApp,
} from '../oidc/logout/logout-sender.ts';
import { eventHandler, MESSAGE_CARRIERS, messageHandlers } from './outbox.ts';
import type { Store } from '../storage/store.ts';
import { organisationName } from '../records/organisation.ts';
import { createLoop, type Loop } from '../timing/loop.ts';
import { REST, startSweeper } from './sweeper.ts';
import { createLookout } from './watch/left-behind.ts';
import { setTimeout as pause } from 'node:timers/promises';

export interface Background {
  relay: Relay;
  mailQueue: MailQueue;
  /** From now on, relying apps are told of the end of sessions. */
  tellApps(tell: TellApp): void;
  /** Resolves when everything that was told is recorded and every due mail and logout has had its try. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

/** Milliseconds between two looks for what the command line, or a process that was killed, has left to be done. */
const LOOK_EVERY = 2000;
/** Milliseconds until a list of people that could not be completed is gone on with. */
const LIST_EVERY = 60_000;
/** Milliseconds after the start until it is begun. */
const LIST_FIRST = 1_000;
/** Milliseconds between two looks for people whose deletion is due. */
const REMOVE_EVERY = 60_000;
/** Milliseconds between two countings of wrong passwords and codes. */
const FAILED_EVERY = 60_000;
/** Milliseconds between two sweeps of what has expired, by all processes together. */
const SWEEP_EVERY = 300_000;

export function startBackground(
  { config, store, vault, views }: Installation & { views: Pick<Views, 'mails' | 'letterhead'> },
  log: Logger,
  now: () => number,
  meters?: { recorded: RelayParts['recorded']; store: { swept(count: number): void } },
): Background {
  const { smtp_url: url } = config.mail;
  const sender = url ? startSender({ config, store, vault }, url, views, log, now) : null;
  let logouts: LogoutSender | undefined;
  const closeMailbox = doveadm(config);
  const mailboxes = closeMailbox && startMailboxCloser({ store, closeMailbox, log, now });
  const mailQueue = createMailQueue(store, () => sender?.wake());
  const relay = createRelay({
    store,
    handlers: {
      ...messageHandlers(store, mailQueue, () => logouts?.wake()),
      ...eventHandler(config, store, () => mailboxes?.wake()),
    },
    carriers: MESSAGE_CARRIERS,
    auditRetention: config.audit.retention,
    now,
    log,
    recorded: meters?.recorded,
  });
  const loops = startLoops({ config, store, vault, relay, log, now });
  const mover = startMover(store, relay, log, now);
  const sweeper = startSweeper({ store, log, now, swept: meters?.store.swept }, SWEEP_EVERY);
  return {
    relay,
    mailQueue,
    tellApps(tell) {
      logouts = startLogoutSender({ store, relay, tell, log, now });
    },
    async settle() {
      for (const loop of loops) await loop.settle();
      await relay.settle();
      await mover.settle();
      await sender?.settle();
      await logouts?.settle();
      await mailboxes?.settle();
    },
    async close() {
      const moved = mover.close();
      sweeper.close();
      for (const loop of loops) await loop.close();
      await logouts?.close();
      await mailboxes?.close();
      // Closed, the relay ends what the mover is at.
      await relay.close();
      await moved;
      await sender?.close();
    },
  };
}

/** What follows changes at leisure, in the order in which one may have to wait for another. */
function startLoops(
  parts: RevocationCleanUpParts & Installation,
): Pick<Loop, 'settle' | 'close'>[] {
  const { config, store, log, now } = parts;
  return [
    looped(log, removing(parts, now), {
      every: REMOVE_EVERY,
      fails: 'people whose time is over could not be disabled or removed',
    }),
    looped(log, (isClosed) => dissolveGroups(parts, now(), isClosed), {
      fails: 'groups could not be dissolved',
    }),
    looped(log, listing(store), {
      every: LIST_EVERY,
      first: LIST_FIRST,
      level: 'warn',
      fails: 'the list of people is not complete',
    }),
    looped(log, counting(store, now), {
      first: LIST_FIRST,
      fails: 'organisations could not be counted',
    }),
    looped(log, (isClosed) => countFailedSignIns(store, now(), isClosed), {
      every: FAILED_EVERY,
      fails: 'failed sign-ins could not be counted',
    }),
    looped(log, (isClosed) => goOnWithPreviews({ store, config }, now, isClosed), {
      fails: 'a policy could not be previewed',
    }),
    looped(log, jobsOf(parts, now), {
      fails: 'what an administrator asked for could not be done',
    }),
    looped(log, importing(parts, now), {
      fails: 'an import could not be gone on with',
    }),
    startRevocationCleanUp(parts),
  ];
}

type Work = (isClosed: () => boolean) => Promise<void>;

interface Looping {
  /** Milliseconds between two goes, `LOOK_EVERY` unless told; and until the first, as long unless told. */
  every?: number;
  first?: number;
  /** What is logged where one fails, and how. */
  fails: string;
  level?: 'error' | 'warn';
}

function looped(log: Logger, work: Work, looping: Looping): Loop {
  const { every = LOOK_EVERY, first, fails, level = 'error' } = looping;
  const loop = createLoop(work, { every, failed: (err) => log[level]({ err }, fails) });
  loop.start(first);
  return loop;
}

/** Disables people whose date is over, and removes those whose deletion was ordered a week ago. */
function removing(parts: Pick<RevocationCleanUpParts, 'store' | 'relay'>, now: () => number): Work {
  return async (isClosed) => {
    await endPeople(parts, now(), isClosed);
    await removeDuePeople(parts, now(), isClosed);
  };
}

/** Puts people into the list who were there before it was; with a rest after each step. */
function listing(store: Store): Work {
  return (isClosed) =>
    listEarlierPeople(store, async () => {
      await pause(REST, undefined, { ref: false });
      return isClosed();
    });
}

/** Counts how far organisations have come with two-step authentication, those of which something has changed. */
function counting(store: Store, now: () => number): Work {
  let countedAt = Infinity;
  return async (isClosed) => {
    const isFirst = countedAt === Infinity;
    if (isFirst) await countEarlierOrganisations(store);
    const setBack = now() < countedAt;
    countedAt = now();
    await countRollouts(store, now, isClosed, setBack);
  };
}

/** Goes on with imports of people that were begun in the console. */
function importing(
  { config, store, vault, relay }: Pick<RevocationCleanUpParts, 'relay'> & Installation,
  now: () => number,
): Work {
  const notices = createNotices(vault, config, organisationName(store));
  const parts = { store, vault, relay, notices };
  return (isClosed) => goOnWithImports(parts, now, isClosed);
}

/**
 * Closes windows of refusals that are over, and moves the messages of all carriers: by itself where it is this
 * process's turn, and whenever it is asked.
 */
function startMover(store: Store, relay: Relay, log: Logger, now: () => number): Loop {
  const lookout = createLookout(store, now);
  let asked = false;
  const move = async (): Promise<void> => {
    const isAsked = asked;
    asked = false;
    if (!isAsked && !(await lookout.isMine())) return;
    await closeRefusalWindows(store, now()).catch((err: unknown) =>
      log.error({ err }, 'windows of refusals could not be closed'),
    );
    await relay.moveAll();
  };
  const loop = looped(log, move, { fails: 'messages could not be moved' });
  return {
    ...loop,
    settle() {
      asked = true;
      return loop.settle();
    },
    async close() {
      await loop.close();
      await lookout.leave().catch(() => {});
    },
  };
}

function startSender(
  { config, store, vault }: Installation,
  smtpUrl: string,
  views: Pick<Views, 'mails' | 'letterhead'>,
  log: Logger,
  now: () => number,
): Sender {
  const sender = createSender({
    store,
    vault,
    config,
    render: renderForOrganisations({ store, now, views }),
    transport: createSmtpTransport(smtpUrl, config),
    log,
    now,
  });
  sender.start();
  return sender;
}
