/** `rollout`: how far organisations have come with two-step authentication, and reminders to whoever is late. */
import { operatorPerformed } from '../../audit/performed.ts';
import { findOrganisations } from '../../operations/organisations/find-organisations.ts';
import {
  countEarlierOrganisations,
  countRollouts,
} from '../../operations/rollout/count-rollouts.ts';
import { remindAll } from '../../operations/rollout/remind.ts';
import {
  MOST_GROUPS_SHOWN,
  showRollout,
  type CountedRow,
} from '../../operations/rollout/show-rollout.ts';
import { checkOrganisations } from '../../operations/organisations/check-organisations.ts';
import { valueOf } from '../../result.ts';
import { pages } from '../../storage/pages.ts';
import { printable } from '../../text/printable.ts';
import type { Installation } from '../../server/opened.ts';
import type { World } from '../../server/world.ts';
import {
  onlyPositional,
  string,
  withInstallation,
  type Arguments,
  type Command,
  type Outcome,
} from '../command.ts';
import { programIn } from '../everywhere.ts';
import { printList, type ListItem } from '../list.ts';
import { operationParts } from '../parts.ts';
import { groupTyped } from '../group/parts.ts';
import { completeList } from '../user/find.ts';
import { UsageError } from '../usage-error.ts';

export const rollout: Command = {
  usage: '[ID] [--remind [--group ORGANISATION/NAME]]',
  options: { remind: { type: 'boolean' }, group: { type: 'string' } },
  run: (world, args) =>
    withInstallation(world, args.options, async (installation) => {
      if (args.options['remind'] === true) return remind(installation, world, args);
      if (args.options['group'] !== undefined) throw new UsageError('--group goes with --remind.');
      await completeList(installation, world);
      await countEarlierOrganisations(installation.store);
      await countRollouts(installation.store, world.now);
      const empty = `No organisations yet. Add one: ${programIn(world)} org add "Acme"`;
      const rows = args.positionals.length === 0 ? boards : boardOf(onlyPositional(args, 'ID'));
      await printList(world, args.options, rows(installation, world), empty);
      return undefined;
    }),
};

type Rows = (installation: Installation, world: World) => AsyncGenerator<ListItem>;

const boards: Rows = async function* (installation, world) {
  const performed = operatorPerformed(installation.config, world.now());
  const read = async (after: string | undefined) =>
    valueOf(await findOrganisations(installation, performed, { after }));
  for await (const { organisations } of pages(read))
    for (const { organisation } of organisations) {
      const { id } = organisation;
      const { counts, madeAt } = valueOf(await showRollout(installation, performed, id));
      yield item(
        { id, name: organisation.name, counts },
        { organisation: id, group: null },
        madeAt,
      );
    }
};

function boardOf(id: string): Rows {
  return async function* (installation, world) {
    await checkOrganisations(installation.store, [id]);
    const performed = operatorPerformed(installation.config, world.now());
    const limit = MOST_GROUPS_SHOWN;
    const shown = valueOf(await showRollout(installation, performed, id, { limit }));
    const { counts, madeAt, organisation, groups } = shown;
    yield item({ id, name: organisation.name, counts }, { organisation: id, group: null }, madeAt);
    for (const group of groups) yield item(group, { organisation: id, group: group.name }, madeAt);
  };
}

function item(
  { name, counts }: CountedRow,
  of: { organisation: string; group: string | null },
  madeAt: number | null,
): ListItem {
  const { people, enrolled, grace, overdue, email, open, mailPassword } = counts;
  const numbers = { people, enrolled, grace, overdue, email };
  const shown = Object.entries({ ...numbers, 'main password': mailPassword });
  const told = shown.map(([field, count]) => [field, String(count)]);
  return {
    row: { name, ...(Object.fromEntries(told) as Record<string, string>) },
    json: { ...of, ...numbers, open, mail_password: mailPassword, as_of: madeAt },
  };
}

async function remind(installation: Installation, world: World, args: Arguments): Promise<Outcome> {
  const organisation = onlyPositional(args, 'ID');
  await checkOrganisations(installation.store, [organisation]);
  const performed = operatorPerformed(installation.config, world.now());
  const typed = string(args.options, 'group');
  const group =
    typed === undefined ? null : (await groupTyped(installation, typed, organisation)).id;
  const parts = { ...operationParts(installation), config: installation.config };
  const of = { organisation, group };
  const all = { mailed: 0, already: 0 };
  const go = async (after: string | undefined) =>
    valueOf(await remindAll(parts, performed, of, after));
  for await (const { mailed, already } of pages(go)) {
    all.mailed += mailed;
    all.already += already;
  }
  const text = `Mailed ${all.mailed} people of ${printable(organisation)}; ${all.already} had been within a day.`;
  return { text, json: { organisation, ...all } };
}
