/** Which documents messages ride in, and the moving of a command's own before its store is closed. */
import type { Logger } from 'pino';
import { groupCollection } from '../records/group.ts';
import { organisationCollection } from '../records/organisation.ts';
import { personCollection } from '../records/person.ts';
import { profileCollection } from '../records/profile.ts';
import { createRelay, type MessageHandlers } from '../outbox/relay.ts';
import { refusalWindowCollection } from '../outbox/refusal-windows.ts';
import type { Config } from '../config/schema.ts';
import { passcodeUseCollection } from '../passcodes/use.ts';
import { createMailQueue, type MailQueue } from '../mail/queue.ts';
import { clientCollection } from '../records/client.ts';
import { noteSignIn } from '../operations/people/list/derive-entry.ts';
import { followPerson } from '../operations/people/list/follow-person.ts';
import { orderLogout } from '../oidc/logout/logout-queue.ts';
import { orderClosing, orderClosingAfter } from '../mailbox/closing-queue.ts';
import { linkCollection } from '../records/link.ts';
import { deviceCodeCollection } from '../records/under-way/device-code.ts';
import { countAnew } from '../records/lists/rollout.ts';
import { resourceCollection } from '../records/resource.ts';
import { consentCollection } from '../records/consent.ts';
import { sessionCollection } from '../records/session.ts';
import { trustedComputerCollection } from '../devices/trusted-computer.ts';
import { signInCollection } from '../records/sign-in.ts';
import type { Store } from '../storage/store.ts';

export const MESSAGE_CARRIERS = [
  personCollection,
  profileCollection,
  organisationCollection,
  groupCollection,
  clientCollection,
  resourceCollection,
  linkCollection,
  signInCollection,
  sessionCollection,
  consentCollection,
  deviceCodeCollection,
  trustedComputerCollection,
  passcodeUseCollection,
  refusalWindowCollection,
] as const;

/** What the relay hands messages to. `logoutOrdered`: told after each that is new. */
export function messageHandlers(
  store: Store,
  mailQueue: Pick<MailQueue, 'order'>,
  logoutOrdered: () => void = () => {},
): MessageHandlers {
  return {
    mail: (mail) => mailQueue.order(mail),
    async logout(notice) {
      if (await orderLogout(store, notice)) logoutOrdered();
    },
    memberships: (notice) => followPerson(store, notice),
  };
}

/** Where a mail server is named, mailboxes are closed there. `ordered`: told after each that is new. */
export function closingHandler(
  { mailbox }: Pick<Config, 'mailbox'>,
  store: Store,
  ordered: () => void = () => {},
): Pick<MessageHandlers, 'event' | 'closing'> {
  if (mailbox.doveadm_url === undefined) return {};
  return {
    async event(event) {
      if (await orderClosingAfter(store, event)) ordered();
    },
    async closing(notice) {
      if (await orderClosing(store, notice)) ordered();
    },
  };
}

/** What changes how an organisation is counted, besides its people. */
const OF_ROLLOUT = /^(?:organisation\.(?:added|changed)|group\.(?:added|changed|removed))$/u;

/** What follows an event: the day of the last sign-in in the list of people, what is counted anew, and closed mailboxes. */
export function eventHandler(
  config: Pick<Config, 'mailbox'>,
  store: Store,
  ordered?: () => void,
): Pick<MessageHandlers, 'event' | 'closing'> {
  const closing = closingHandler(config, store, ordered);
  return {
    ...closing,
    async event(event) {
      if (event.type === 'sign-in.completed' && event.person !== null)
        await noteSignIn(store, event.person, event.at);
      if (OF_ROLLOUT.test(event.type) && event.organisation !== null)
        await countAnew(store, event.organisation);
      await closing.event?.(event);
    },
  };
}

/** Mails are put into the queue; the server hands them over. `now`: milliseconds since the epoch. */
export async function relayMessages(
  config: Config,
  store: Store,
  log: Logger,
  now: () => number,
): Promise<void> {
  const relay = createRelay({
    store,
    handlers: {
      ...messageHandlers(store, createMailQueue(store)),
      ...eventHandler(config, store),
    },
    carriers: MESSAGE_CARRIERS,
    auditRetention: config.audit.retention,
    now,
    log,
  });
  await relay.moveAll();
  await relay.close();
}
