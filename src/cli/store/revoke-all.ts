/** `latchkey revoke-all`, and what it shares with `latchkey restore`. */
import {
  countAlive,
  revokedFields,
  revokeEverything,
  type Revoked,
} from '../../operations/installation/revoke-everything.ts';
import { valueOf } from '../../result.ts';
import { closingHandler } from '../../server/outbox.ts';
import type { World } from '../../server/world.ts';
import { operatorPerformed } from '../../audit/performed.ts';
import { confirm, CONFIRMED } from '../confirm.ts';
import { withInstallation, type Command } from '../command.ts';

export const revokeAllCommand: Command = {
  usage: '[--yes]',
  options: CONFIRMED,
  run: (world, { options }) =>
    withInstallation(world, options, async ({ config, store }) => {
      const { now } = world;
      const performed = operatorPerformed(config, now());
      if (options['yes'] !== true) {
        const alive = sentence(valueOf(await countAlive({ store }, performed)));
        await confirm(world, options, `This would end ${alive}.`);
      }
      const auditRetention = config.audit.retention;
      const { event: follow } = closingHandler(config, store);
      const parts = { store, auditRetention, now, onProgress: progress(world), follow };
      const revoked = valueOf(await revokeEverything(parts, performed));
      return { text: `Ended ${sentence(revoked)}.\n${AFTERWARDS}`, json: revokedFields(revoked) };
    }),
};

/** What nobody can do for the operator. */
export const AFTERWARDS =
  'Everybody signs in anew. Whoever used one-time codes makes new ones; links, and codes after a reset, have to be given out again.';

export function sentence(revoked: Revoked): string {
  const { people, oneTimeCodes, passcodes, enrolmentCodes, links } = revoked;
  const { emailCodes, mails, clientTokens } = revoked;
  return [
    `everything that was issued to ${people} people (sessions, tokens, trusted computers)`,
    `${oneTimeCodes} sets of one-time codes`,
    `${passcodes} application codes`,
    `${enrolmentCodes} codes after a reset`,
    `${links} links`,
    `${emailCodes} codes by email`,
    `${mails} waiting mails`,
    `${clientTokens} tokens of clients themselves`,
  ].join(', ');
}

/** Milliseconds between two lines; what is done sooner tells nothing. */
const TELL_EVERY = 2_000;

/** Lines on standard error when it takes long. */
export function progress({ stderr, now }: World): (revoked: Revoked) => void {
  let toldAt = now();
  return (revoked) => {
    if (now() - toldAt < TELL_EVERY) return;
    toldAt = now();
    stderr.write(`so far: ${sentence(revoked)}\n`);
  };
}
