import { makeSetUpLink } from '../../operations/installation/set-up-link.ts';
import { valueOf } from '../../result.ts';
import { operatorPerformed } from '../../audit/performed.ts';
import { withInstallation, type Command, type Outcome } from '../command.ts';
import type { Installation } from '../../server/opened.ts';
import type { World } from '../../server/world.ts';

export const setupLink: Command = {
  usage: '',
  options: {},
  run: (world, { options }) => withInstallation(world, options, linkFor(world), { mayMake: true }),
};

function linkFor(world: World) {
  return async ({ config, store, vault }: Installation): Promise<Outcome> => {
    const performed = operatorPerformed(config, world.now());
    const lifetime = config.lifetimes.set_up_link;
    const token = valueOf(await makeSetUpLink({ store, vault }, performed, lifetime));
    const link = `${config.issuer}/setup?token=${token}`;
    return {
      text: `Make the first administrator here, within 24 h:\n${link}`,
      json: { setup_link: link },
    };
  };
}
