/**
 * Hands queued mails over, a few at a time, in the background: nobody waits for it, and a mail
 * server that is slow or down holds up mails alone. Runs where `mail.smtp_url` is set.
 */
import type { Logger } from 'pino';
import type { Config } from '../config/schema.ts';
import type { Vault } from '../secrets/vault.ts';
import type { Store } from '../storage/store.ts';
import { parseMailbox, type Mailbox } from '../text/mailbox.ts';
import { createLoop } from '../timing/loop.ts';
import { openMail, type Mail } from './mail.ts';
import { claimDue, isTooLate, settle, type ClaimedMail, type Outcome } from './queue.ts';
import type { RenderedMail } from './render.ts';
import type { Letter, Transport, Verdict } from './transport.ts';

export interface SenderParts {
  store: Store;
  vault: Vault;
  config: Pick<Config, 'issuer' | 'mail'>;
  /** With the letterhead of whose mail it is. */
  render(mail: Mail): RenderedMail | Promise<RenderedMail>;
  transport: Transport;
  log: Logger;
  /** Milliseconds since the epoch. */
  now(): number;
}

export interface Sender {
  /** Looks for due mails now, and again and again; also for those of other processes. */
  start(): void;
  /** There is a new mail. */
  wake(): void;
  /** Resolves when nothing is due and nothing in flight. */
  settle(): Promise<void>;
  /** Gives what is in flight a moment, then breaks it off: it stays queued. The store can be closed then. */
  close(): Promise<void>;
}

const AT_ONCE = 3;
/** Milliseconds. */
const LOOK_EVERY = 1000;
/** Milliseconds that hand-overs in flight have to finish at the end. */
const GRACE = 1500;
/** How much longer than the longest hand-over a lease is: reading, rendering and writing down. */
const LEASE_MARGIN = 60_000;

export function createSender(parts: SenderParts): Sender {
  const { store, transport, log, now } = parts;
  const inFlight = new Set<Promise<void>>();
  const closing = new AbortController();

  const launch = (mail: ClaimedMail): void => {
    const flight = deliver(parts, mail, closing.signal).finally(() => {
      inFlight.delete(flight);
      loop.wake();
    });
    inFlight.add(flight);
  };

  const look = async (): Promise<void> => {
    const most = AT_ONCE - inFlight.size;
    if (most <= 0) return;
    const lease = transport.longest + LEASE_MARGIN;
    for (const mail of await claimDue(store, { now: now(), lease, most })) launch(mail);
  };

  const loop = createLoop(look, {
    every: LOOK_EVERY,
    failed: (err) => log.warn({ err }, 'the queue of mails cannot be read'),
  });

  return {
    start: () => loop.start(0),
    wake: loop.wake,
    async settle() {
      do {
        await Promise.all(inFlight);
        await loop.settle();
      } while (inFlight.size > 0);
    },
    async close() {
      await loop.close();
      const deadline = setTimeout(() => closing.abort(), GRACE);
      await Promise.all(inFlight);
      clearTimeout(deadline);
    },
  };
}

/** Never rejects: what can't be written down is claimed again after its lease. */
async function deliver(parts: SenderParts, mail: ClaimedMail, signal: AbortSignal): Promise<void> {
  const { store, log, now } = parts;
  const about = { mail: mail.id, template: mail.template, attempt: mail.attempts };
  try {
    const outcome = await handOver(parts, mail, signal);
    const state = await settle(store, mail, outcome, now());
    const { answer, error } = outcome;
    if (state === 'handed-over') log.info({ ...about, answer }, 'mail handed over');
    else log.warn({ ...about, state, answer, error }, 'mail not handed over');
  } catch (err) {
    log.error({ ...about, err }, 'what became of a mail could not be written down');
  }
}

type HandOver = Outcome & { error: string | null };

async function handOver(
  parts: SenderParts,
  mail: ClaimedMail,
  signal: AbortSignal,
): Promise<HandOver> {
  const { transport, log, now } = parts;
  try {
    const letter = await letterOf(parts, mail);
    if (isTooLate(mail, now())) return { state: 'expired', answer: null, error: null };
    return handOverOf(await transport.handOver(letter, signal));
  } catch (err) {
    // A missing key or a broken template can be put right while the mail waits.
    log.error({ mail: mail.id, template: mail.template, err }, 'a mail could not be made');
    return { state: 'again', answer: null, error: 'unreadable' };
  }
}

function handOverOf({ outcome, answer, error }: Verdict): HandOver {
  return { state: outcome === 'accepted' ? 'handed-over' : outcome, answer, error };
}

/** The same mail has the same Message-ID and date each time, so that a receiver can tell that it has it. */
async function letterOf(parts: SenderParts, sealed: ClaimedMail): Promise<Letter> {
  const { vault, config, render } = parts;
  const mail = await openMail(vault, sealed);
  const { sender, ownSender, logo, ...content } = await render(mail);
  return {
    messageId: `${sealed.id}@${new URL(config.issuer).hostname}`,
    from: senderOf(config, sender, ownSender),
    to: mail.to,
    date: sealed.orderedAt,
    ...content,
    logo: logo && { cid: logo.cid, ...logo.file },
  };
}

/** As people see it in their list of mails, for a page that says what to look for. */
export function shownSender(
  { mail }: Pick<Config, 'mail'>,
  own: string | null | undefined,
): string {
  if (!own) return mail.from;
  return `${own} <${parseMailbox(mail.from)?.address ?? mail.from}>`;
}

/**
 * Always from the one address; in the name that the organisation chose, else that the operator gave it, else
 * in whose name the mail comes.
 */
function senderOf({ mail }: Pick<Config, 'mail'>, name: string, own: string | null): Mailbox {
  const sender = parseMailbox(mail.from);
  if (!sender) throw new Error('mail.from is no mailbox.');
  if (own !== null) return { ...sender, name: own };
  return sender.name === '' ? { ...sender, name } : sender;
}
