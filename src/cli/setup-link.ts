import { makeSetUpLink } from '../operations/installation/first-administrator.ts';
import { withInstallation, type Command } from './command.ts';

export const setupLink: Command = {
  usage: '',
  options: {},
  run: (world, { options }) =>
    withInstallation(world, options, async ({ config, store, vault }) => {
      const token = await makeSetUpLink(
        { store, vault },
        config.lifetimes.set_up_link,
        world.now(),
      );
      const link = `${config.issuer}/setup?token=${token}`;
      return {
        text: `Make the first administrator here, within 24 h:\n${link}`,
        json: { setup_link: link },
      };
    }),
};
