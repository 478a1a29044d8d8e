/** Which installation a command speaks to, and whether it is configured as the server that runs it. */
import { resolve } from 'node:path';
import type { Config } from '../config/schema.ts';
import { configuredFacts, factsOf, type Facts } from '../migration/installation.ts';
import type { World } from '../server/world.ts';
import { storeName, storeOptions } from '../storage/options.ts';
import type { Store } from '../storage/store.ts';
import { printable } from '../text/printable.ts';

const DEFAULT = { issuer: 'http://localhost:3000', path: 'data/latchkey.db' };

/** One line on standard error, where it is not the one that this folder has without any configuration. */
export function tellInstallation({ stderr, cwd }: World, { issuer, store }: Config): void {
  const isHere = store.engine === 'sqlite' && store.path === resolve(cwd, DEFAULT.path);
  if (isHere && issuer === DEFAULT.issuer) return;
  stderr.write(`Installation: ${issuer}, store ${printable(nameOf(store))}\n`);
}

function nameOf(store: Config['store']): string {
  // What is missing is told when it is opened.
  if (store.engine === 'mongodb' && store.mongodb_url === undefined) return 'mongodb';
  return storeName(storeOptions(store));
}

/**
 * Links and mails are made by what the command is told, and opened at the server. Throws with both values
 * where the server was started otherwise; a store that no server has run on is nobody's yet.
 */
export async function requireSameFacts(store: Pick<Store, 'get'>, config: Config): Promise<void> {
  const running = await factsOf(store);
  if (!running) return;
  const here = configuredFacts(config);
  const faults = differences(running, here);
  if (faults.length === 0) return;
  const lines = [
    'The server of this store was started with another configuration than this command has:',
    ...faults.map((fault) => `  ${fault}`),
    'Links and mails would be wrong, so nothing was done. Give the command the server’s configuration',
    '(--config FILE, or its LATCHKEY_… variables), or go on all the same with --force. A server that is',
    'started anew says anew what it is.',
  ];
  throw new Error(lines.join('\n'));
}

function differences(running: Facts, here: Facts): string[] {
  return [
    ...(running.issuer === here.issuer
      ? []
      : [`issuer (LATCHKEY_ISSUER): ${running.issuer} at the server, ${here.issuer} here`]),
    ...(running.mail === here.mail
      ? []
      : [`mail.smtp_url (LATCHKEY_MAIL_SMTP_URL): ${is(running)} at the server, ${is(here)} here`]),
  ];
}

const is = ({ mail }: Facts): string => (mail ? 'set' : 'not set');
