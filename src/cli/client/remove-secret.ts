import { clientNamed } from '../../operations/clients/client-named.ts';
import { removeSecret } from '../../operations/clients/remove-secret.ts';
import { operatorPerformed } from '../../audit/performed.ts';
import { valueOf } from '../../result.ts';
import { printable } from '../../text/printable.ts';
import { withInstallation, type Arguments, type Command } from '../command.ts';
import { confirm, CONFIRMED } from '../confirm.ts';
import { UsageError } from '../usage-error.ts';

export const clientRemoveSecret: Command = {
  usage: 'CLIENT_ID SECRET_ID [--yes]',
  options: CONFIRMED,
  run: (world, args) =>
    withInstallation(world, args.options, async (installation) => {
      const [id, secret] = idsFrom(args);
      if (args.options['yes'] !== true) await clientNamed(installation.store, id);
      const what = `This ends the secret ${printable(secret)} of ${printable(id)}: whoever uses it still is refused.`;
      await confirm(world, args.options, what);
      const performed = operatorPerformed(installation.config, world.now());
      valueOf(await removeSecret(installation, performed, id, secret));
      const text = `Ended the secret ${secret} of ${id}.`;
      return { text, json: { client_id: id, secret_id: secret, removed: true } };
    }),
};

function idsFrom({ positionals }: Arguments): [string, string] {
  const [id, secret, ...more] = positionals;
  if (id === undefined || secret === undefined)
    throw new UsageError('CLIENT_ID and SECRET_ID are expected; “latchkey client show” has both.');
  if (more.length > 0) throw new UsageError('Only CLIENT_ID and SECRET_ID are expected.');
  return [id, secret];
}
