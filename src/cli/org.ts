import { OPERATOR } from '../audit/actor.ts';
import {
  addOrganisation,
  changeOrganisation,
  listOrganisations,
  ORGANISATION_MFA,
  type Organisation,
} from '../records/organisation.ts';
import { endedInOrganisation } from '../policy/ended-fields.ts';
import { OPERATOR_ORIGIN } from '../net/request-origin.ts';
import { newEvent } from '../audit/event.ts';
import { withMessages } from '../outbox/message.ts';
import type { Store } from '../storage/store.ts';
import { printList, type ListItem } from './list.ts';
import { changes, type Changes } from '../operations/changes.ts';
import { dayOf } from '../text/day-of.ts';
import { printable } from '../text/printable.ts';
import { causesOfOrganisationChange } from '../policy/policy-change.ts';
import { UsageError } from './usage-error.ts';
import {
  onlyPositional,
  oneOf,
  string,
  withInstallation,
  type Command,
  type Options,
} from './command.ts';
import { describe, factorsFrom, given, graceUntil, trustedDays } from './policy-options.ts';

const POLICY_OPTIONS = {
  mfa: { type: 'string' },
  'grace-until': { type: 'string' },
  factors: { type: 'string' },
  'trusted-days': { type: 'string' },
} as const;
const POLICY_USAGE =
  '[--mfa off|optional|required] [--grace-until YYYY-MM-DD|none]\n         [--factors totp,passkey,email-code,one-time-codes] [--trusted-days N]';

type Policy = Pick<Organisation, 'mfa' | 'mfaFrom' | 'factors' | 'trustedDays'>;

function policyFrom(options: Options, now: number): Partial<Policy> {
  return given<Policy>({
    mfa: oneOf(options, 'mfa', ORGANISATION_MFA),
    mfaFrom: graceUntil(options, now),
    factors: factorsFrom(options),
    trustedDays: trustedDays(options),
  });
}

export const orgAdd: Command = {
  usage: `NAME [--id ID] ${POLICY_USAGE}`,
  options: { ...POLICY_OPTIONS, id: { type: 'string' } },
  run: (world, args) =>
    withInstallation(world, args.options, async ({ store }) => {
      const name = onlyPositional(args, 'NAME');
      const policy = policyFrom(args.options, world.now());
      const input = { name, mfa: policy.mfa ?? 'required', id: string(args.options, 'id') };
      const { id } = await addOrganisation(store, input, world.now());
      const event = eventOf('organisation.added', id, world.now(), {});
      const added = await changeOrganisation(store, id, (before) => ({
        ...policy,
        ...withMessages(before, { event }),
      }));
      return {
        text: `Added organisation ${added.id} (${printable(added.name)}), MFA ${added.mfa}.`,
        json: view(added),
      };
    }),
};

export const orgSet: Command = {
  usage: `ID ${POLICY_USAGE}`,
  options: POLICY_OPTIONS,
  run: (world, args) =>
    withInstallation(world, args.options, async ({ store }) => {
      const id = onlyPositional(args, 'ID');
      const policy = policyFrom(args.options, world.now());
      if (Object.keys(policy).length === 0) throw new UsageError('Nothing to change was given.');
      const event = eventOf('organisation.changed', id, world.now(), {});
      let told: Changes = {};
      const after = await changeOrganisation(store, id, (before) => {
        told = changes(before, policy);
        if (Object.keys(told).length === 0) return {};
        return {
          ...policy,
          ...endedInOrganisation(before, ...causesOfOrganisationChange(before, policy)),
          ...withMessages(before, { event: { ...event, details: told } }),
        };
      });
      return {
        text: describe(`organisation ${id}`, told),
        json: { ...view(after), changed: told },
      };
    }),
};

function eventOf(
  type: 'organisation.added' | 'organisation.changed',
  organisation: string,
  at: number,
  details: Record<string, string>,
) {
  const event = newEvent({ type, at, origin: OPERATOR_ORIGIN, actor: OPERATOR, details });
  return { ...event, organisation };
}

export const orgList: Command = {
  usage: '',
  options: {},
  run: (world, { options }) =>
    withInstallation(world, options, async ({ store }) => {
      const empty = 'No organisations yet. Add one: latchkey org add "Acme"';
      await printList(world, options, listed(store), empty);
      return undefined;
    }),
};

async function* listed(store: Store): AsyncGenerator<ListItem> {
  for await (const organisation of listOrganisations(store)) {
    const { id, name, mfa, mfaFrom, factors, trustedDays } = organisation;
    const policy = { mfa, from: dayOf(mfaFrom), factors: factors.join(' ') };
    const row = { id, name, ...policy, trusted: `${trustedDays} days` };
    yield { row, json: view(organisation) };
  }
}

function view({ id, name, mfa, mfaFrom, factors, trustedDays: days }: Organisation) {
  return { id, name, mfa, grace_until: mfaFrom, factors, trusted_days: days };
}
