/** Doveadm's HTTP API (Dovecot 2.3): ends open sessions of a mailbox, and forgets what was cached of its sign-in. */
import { readFile } from 'node:fs/promises';
import type { Config } from '../config/schema.ts';
import { outgoingFetch } from '../oidc/outgoing-fetch.ts';

/** `mailbox`: an address, or `*`. Rejects when that could not be asked for. */
export type CloseMailbox = (mailbox: string) => Promise<void>;

/** Of sysexits.h: there was no session to end. */
const NOBODY_THERE = 68;

/** Kind, what is told, and the tag of what was asked. */
type Told = readonly [kind: string, told: { exitCode?: unknown } | null, tag: string];

/** Undefined: nobody is to be told. The key is read for each call, so that it can be replaced. */
export function doveadm({ mailbox, outgoing }: Pick<Config, 'mailbox' | 'outgoing'>) {
  const { doveadm_url: url, doveadm_key_file: keyFile } = mailbox;
  if (url === undefined) return undefined;
  const call = outgoingFetch(outgoing);
  const close: CloseMailbox = async (address) => {
    if (keyFile === undefined) throw new Error('mailbox.doveadm_key_file is not configured.');
    const key = (await readFile(keyFile, 'utf8')).trim();
    const commands = [
      ['kick', { mask: [address] }, 'kick'],
      ...(address === '*' ? [] : [['authCacheFlush', { user: [address] }, 'flush']]),
    ];
    const answer = await call(url, {
      method: 'POST',
      headers: {
        authorization: `X-Dovecot-API ${Buffer.from(key).toString('base64')}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify(commands),
    });
    if (answer.status !== 200) throw new Error(`Doveadm has answered ${answer.status}.`);
    checkKick((await answer.json()) as unknown);
  };
  return close;
}

/** The cache is off by default, and flushing it then an error of no weight. */
function checkKick(all: unknown): void {
  const kick = (Array.isArray(all) ? all : []).find(isOfKick);
  if (!kick) throw new Error('Doveadm has not answered what it was asked.');
  const [kind, told] = kick;
  if (kind !== 'error' || told?.exitCode === NOBODY_THERE) return;
  throw new Error(`Doveadm could not end sessions: ${JSON.stringify(told)}.`);
}

function isOfKick(one: unknown): one is Told {
  return Array.isArray(one) && one[2] === 'kick';
}
