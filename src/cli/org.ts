import {
  addOrganisation,
  organisationKind,
  ORGANISATION_MFA,
  type Organisation,
} from '../accounts/organisation.ts';
import { onlyPositional, oneOf, string, table, withInstallation, type Command } from './command.ts';

export const orgAdd: Command = {
  name: 'org add',
  usage: 'NAME [--mfa off|optional|required] [--id ID]',
  summary: 'Adds an organisation; MFA is required unless told otherwise.',
  options: { mfa: { type: 'string' }, id: { type: 'string' } },
  run: (world, args) =>
    withInstallation(world, args.options, async ({ store }) => {
      const name = onlyPositional(args, 'NAME');
      const mfa = oneOf(args.options, 'mfa', ORGANISATION_MFA) ?? 'required';
      const added = await addOrganisation(
        store,
        { name, mfa, id: string(args.options, 'id') },
        world.now(),
      );
      return {
        text: `Added organisation ${added.id} (${added.name}), MFA ${added.mfa}.`,
        json: view(added),
      };
    }),
};

export const orgList: Command = {
  name: 'org list',
  usage: '',
  summary: 'Lists the organisations.',
  options: {},
  run: (world, { options }) =>
    withInstallation(world, options, async ({ store }) => {
      const { items } = await store.scan(organisationKind, { limit: 10_000 });
      const rows = items.map(({ value }) => view(value));
      return {
        text: table(rows, 'No organisations yet. Add one: latchkey org add "Acme"'),
        json: rows,
      };
    }),
};

function view({ id, name, mfa }: Organisation): { id: string; name: string; mfa: string } {
  return { id, name, mfa };
}
