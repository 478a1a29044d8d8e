import {
  LONGEST_OVERLAP,
  OVERLAP,
  rotateSecret,
  rotateSecretInput,
  type RotatedSecret,
} from '../../operations/clients/rotate-secret.ts';
import { operatorPerformed } from '../../audit/performed.ts';
import { valueOf } from '../../result.ts';
import { printable } from '../../text/printable.ts';
import {
  onlyPositional,
  string,
  withInstallation,
  type Command,
  type Options,
} from '../command.ts';
import { CONFIRMED } from '../confirm.ts';
import { inputFrom } from '../input.ts';
import { UsageError } from '../usage-error.ts';
import { confirmFor } from './parts.ts';
import { broughtSecret, durationFrom, minute } from './secrets.ts';

const DAY = 86_400_000;

export const clientRotateSecret: Command = {
  usage: 'CLIENT_ID [--overlap DURATION | --leaked] [--secret-file FILE|-] [--yes]',
  options: {
    ...CONFIRMED,
    leaked: { type: 'boolean' },
    overlap: { type: 'string' },
    'secret-file': { type: 'string' },
  },
  run: (world, args) => {
    const { options } = args;
    const leaked = options['leaked'] === true;
    const overlap = overlapFrom(options);
    return withInstallation(world, options, async (installation) => {
      const id = onlyPositional(args, 'CLIENT_ID');
      await confirmFor(world, args, installation, question(id, leaked, overlap));
      const secret = await broughtSecret(world, string(options, 'secret-file'));
      const input = inputFrom(rotateSecretInput, { leaked, overlap, secret });
      const performed = operatorPerformed(installation.config, world.now());
      const rotated = valueOf(await rotateSecret(installation, performed, id, input));
      return { text: told(rotated, leaked), json: view(id, rotated, leaked) };
    });
  },
};

function overlapFrom(options: Options): number | undefined {
  const overlap = durationFrom('overlap', string(options, 'overlap'));
  if (overlap !== undefined && options['leaked'] === true)
    throw new UsageError('--leaked ends the old secrets at once: it goes without --overlap.');
  if (overlap !== undefined && overlap > LONGEST_OVERLAP)
    throw new UsageError(`--overlap is at most ${LONGEST_OVERLAP / DAY}d.`);
  if (options['secret-file'] === '-' && options['yes'] !== true)
    throw new UsageError(
      '--secret-file - takes standard input, where nothing can be asked: add --yes.',
    );
  return overlap;
}

function question(id: string, leaked: boolean, overlap = OVERLAP): string {
  const name = printable(id);
  if (leaked)
    return `This ends the present secrets of ${name}, and everything that was issued to it.`;
  if (overlap === 0)
    return `This ends the present secrets of ${name}: it is refused until it has the new one.`;
  return `This gives ${name} another secret; those that it has end when the time that they go on is over.`;
}

function told({ secret, id, oldUntil }: RotatedSecret, leaked: boolean): string {
  return [
    secret === null
      ? `It has the secret that was brought along (${id}).`
      : `client_secret:  ${secret}   (shown once)`,
    ...(oldUntil === null
      ? []
      : [`The old one goes on until ${minute(new Date(oldUntil).toISOString())}.`]),
    ...(leaked
      ? ['All grants and tokens of it have ended: people come to it by a new sign-in.']
      : []),
  ].join('\n');
}

function view(id: string, { secret, id: secretId, oldUntil }: RotatedSecret, leaked: boolean) {
  return {
    client_id: id,
    ...(secret === null ? {} : { client_secret: secret }),
    secret_id: secretId,
    old_until: oldUntil === null ? null : new Date(oldUntil).toISOString(),
    leaked,
  };
}
