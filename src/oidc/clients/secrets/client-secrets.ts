/**
 * The secrets of clients, wherever they are shown (RFC 6749 §2.3.1). A client that is not registered is
 * answered like one whose secret is wrong, after the same work. Wrong secrets are counted, by client and
 * address and by address, in this process's memory: nothing is stored for whoever shows none that is
 * right. A secret has 256 random bits, so a right one is accepted however many wrong ones came before it
 * from the same place: what is limited are the wrong ones, and nobody can lock a client out.
 */
import { randomBytes } from 'node:crypto';
import type { Context } from 'koa';
import type { Logger } from 'pino';
import { newEvent } from '../../../audit/event.ts';
import type { Relay } from '../../../outbox/relay.ts';
import type { ClientSecret } from '../../../records/client.ts';
import type { Vault } from '../../../secrets/vault.ts';
import type { Store } from '../../../storage/store.ts';
import { addressBlock } from '../../../net/address.ts';
import { requestOrigin } from '../../../net/request-origin.ts';
import { hashSecret } from '../clients.ts';
import { hashSecretsAnew } from './hash-anew.ts';
import { createSecretUses } from './secret-use.ts';
import { isUsable, MOST_SECRETS } from './secrets.ts';
import { createWindowCounter } from '../../window-counter.ts';

/** Wrong secrets within a window: for one client from one address, and for whatever clients from it. */
export const MOST_WRONG_SECRETS = { client: 10, address: 100 } as const;
/** Milliseconds. */
export const SECRETS_WINDOW = 600_000;
/** Clients and addresses that are counted at a time. */
const KEPT = 10_000;

export interface ClientSecretParts {
  store: Pick<Store, 'update'>;
  vault: Vault;
  relay: Pick<Relay, 'refuse' | 'later'>;
  log: Logger;
  /** Milliseconds since the epoch. */
  now(): number;
}

export type SecretVerdict =
  | { verdict: 'right' }
  | { verdict: 'wrong' }
  /** Wrong as well, and `seconds` until others from there are only that again. */
  | { verdict: 'too-many'; seconds: number };

export interface ClientSecrets {
  /**
   * `secrets`: the client's; undefined when no client with a secret is registered as `id`, so that
   * nothing is right. One that has expired is wrong.
   */
  judge(
    ctx: Context,
    id: string,
    secrets: readonly ClientSecret[] | undefined,
    given: string,
  ): SecretVerdict;
  /** The same for whoever has it judged where it is not: of a wrong one nothing is counted yet. */
  isRight(
    ctx: Context,
    id: string,
    secrets: readonly ClientSecret[] | undefined,
    given: string,
  ): boolean;
}

export function createClientSecrets(parts: ClientSecretParts): ClientSecrets {
  const { vault, log } = parts;
  const wrong = createWindowCounter(SECRETS_WINDOW, KEPT);
  const noteUse = createSecretUses(parts);
  const hashAnew = hashSecretsAnew(parts);
  const nobodys = hashSecret(vault, randomBytes(32).toString('base64url'));

  const alert = (ctx: Context, client: string | null): void => {
    const origin = requestOrigin(ctx, client);
    const reasons = ['many wrong client secrets from one address'];
    log.warn({ address: origin.address, client }, reasons[0]);
    const about = { type: 'attempts.spray', outcome: 'refused', at: parts.now() } as const;
    // Anybody can cause it again, with other names.
    parts.relay.later(() => parts.relay.refuse(newEvent({ ...about, origin, reasons })));
  };

  const isRight: ClientSecrets['isRight'] = (ctx, id, secrets, given) => {
    const right = matching(vault.comparer('client secret', given), secrets ?? [], nobodys);
    if (!right || !isUsable(right, parts.now())) return false;
    noteUse(id, right.id, ctx.ip);
    if (!vault.isActive(right.hash)) hashAnew(id, right, given);
    return true;
  };

  return {
    isRight,
    judge(ctx, id, secrets, given) {
      if (isRight(ctx, id, secrets, given)) return { verdict: 'right' };
      const now = parts.now();
      const block = addressBlock(ctx.ip);
      const ofAddress = wrong.add(block, now);
      if (ofAddress.count === MOST_WRONG_SECRETS.address + 1) alert(ctx, null);
      // Names that are made up from there are not counted any more: they would push out what is.
      const isSpray = ofAddress.count > MOST_WRONG_SECRETS.address;
      const ofClient = isSpray ? undefined : wrong.add(`${block} ${id.slice(0, 100)}`, now);
      if (ofClient?.count === MOST_WRONG_SECRETS.client + 1)
        alert(ctx, secrets === undefined ? null : id);
      const over = ofClient ?? ofAddress;
      if (!isSpray && over.count <= MOST_WRONG_SECRETS.client) return { verdict: 'wrong' };
      return { verdict: 'too-many', seconds: Math.ceil((over.endsAt - now) / 1000) };
    },
  };
}

/** In the same time whichever it is, and however many there are. */
function matching(
  isGiven: (kept: string) => boolean,
  secrets: readonly ClientSecret[],
  nobodys: string,
): ClientSecret | undefined {
  let found: ClientSecret | undefined;
  for (let nth = 0; nth < MOST_SECRETS; nth += 1) {
    const secret = secrets[nth];
    const isEqual = isGiven(secret?.hash ?? nobodys);
    if (isEqual && secret) found = secret;
  }
  return found;
}
