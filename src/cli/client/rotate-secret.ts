import { rotateSecret } from '../../operations/clients/rotate-secret.ts';
import { operatorPerformed } from '../../audit/performed.ts';
import { valueOf } from '../../result.ts';
import { printable } from '../../text/printable.ts';
import { onlyPositional, withInstallation, type Command } from '../command.ts';
import { CONFIRMED } from '../confirm.ts';
import { confirmFor } from './parts.ts';

export const clientRotateSecret: Command = {
  usage: 'CLIENT_ID [--leaked] [--yes]',
  options: { ...CONFIRMED, leaked: { type: 'boolean' } },
  run: (world, args) =>
    withInstallation(world, args.options, async (installation) => {
      const id = onlyPositional(args, 'CLIENT_ID');
      const leaked = args.options['leaked'] === true;
      const what = `This ends the present secret of ${printable(id)}${leaked ? ', and everything that was issued to it' : ': it is refused until it has the new one'}.`;
      await confirmFor(world, args, installation, what);
      const performed = operatorPerformed(installation.config, world.now());
      const secret = valueOf(await rotateSecret(installation, performed, id, { leaked }));
      const ended = leaked
        ? ['All grants and tokens of it have ended: people come to it by a new sign-in.']
        : [];
      const text = [`client_secret:  ${secret}   (shown once)`, ...ended].join('\n');
      return { text, json: { client_id: id, client_secret: secret, leaked } };
    }),
};
