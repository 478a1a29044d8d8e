/** Demanding a second person in an organisation. Anybody who may switches it on; to switch it off needs two. */
import { eventAbout, type Performed } from '../../audit/performed.ts';
import type { Notices } from '../../mail/notices.ts';
import { withMessages, type OutboxMessage } from '../../outbox/message.ts';
import type { Relay } from '../../outbox/relay.ts';
import { setRequests, standingRequests, withoutRequest } from './standing.ts';
import { Problem } from '../../problem.ts';
import {
  getOrganisation,
  organisationCollection,
  updateOrganisation,
  type Organisation,
} from '../../records/organisation.ts';
import { resultOf, type Result } from '../../result.ts';
import type { Store } from '../../storage/store.ts';
import { actorEpoch, permission } from '../permission.ts';
import { newRequest, withRequest } from './ask.ts';
import { askerMay, mailsToAsker, nameOf } from './asker.ts';
import { secondPeople, tell, type Told } from './concerned.ts';

export interface RuleParts {
  store: Pick<Store, 'insert' | 'get' | 'getMany' | 'find' | 'scan' | 'update' | 'delete'>;
  notices: Notices;
  relay: Pick<Relay, 'soon'>;
}

const RULE = 'organisation.demand-second-person';
const ACT = { what: 'second-person-off' } as const;

/**
 * Answers whether something was different before. Off by one person alone is refused (`approval-needed`,
 * 409); the operator may, and everybody concerned is told. Problems: `organisation-unknown`, and those of who may.
 */
export function demandSecondPerson(
  parts: RuleParts,
  performed: Performed,
  id: string,
  on: boolean,
): Promise<Result<boolean>> {
  return resultOf(async () => {
    await mayChange(parts, performed, id);
    const isOperator = performed.actor.kind === 'operator';
    const told = isOperator && !on ? await toOthers(parts, performed, id, 'operator') : [];
    return change(parts, id, (organisation) => {
      if ((organisation.secondPerson === true) === on) return { result: false };
      if (!on && !isOperator) throw new Problem('approval-needed', { status: 409 });
      return { set: switched(organisation, performed, on, told), result: true };
    });
  });
}

/** Problems: `approval-open`, `approval-limit`, `approval-taken-back`, `changed-meanwhile` where it is off already, and those of who may. */
export function askToSwitchOff(
  parts: RuleParts,
  performed: Performed,
  id: string,
): Promise<Result<void>> {
  return resultOf(async () => {
    await mayChange(parts, performed, id);
    const by = await actorEpoch(parts.store, performed);
    const told = await toOthers(parts, performed, id, 'asked');
    await change(parts, id, (organisation) => {
      if (!organisation.secondPerson) throw new Problem('changed-meanwhile', { status: 409 });
      const asked = newRequest(performed.now, by, ACT, 0);
      const requests = withRequest(requestsIn(organisation), asked, performed.now);
      const event = eventOf(performed, id, 'approval.asked', ACT);
      return { set: setRequests(organisation, requests, event, ...told), result: undefined };
    });
  });
}

/** Problems: `approval-gone`, `approval-own`, and those of who may. */
export function approveSwitchOff(
  parts: RuleParts,
  performed: Performed,
  id: string,
  request: string,
): Promise<Result<void>> {
  return resultOf(async () => {
    await mayChange(parts, performed, id);
    const asker = await askerOf(parts, performed, id, request);
    const told = await toAsker(parts, performed, id, { by: asker.by, kind: 'approved' });
    await change(parts, id, (organisation) => {
      const { by } = requestIn(organisation, request, performed.now);
      if (by === performed.actor.id) throw new Problem('approval-own', { status: 403 });
      if (!asker.isAllowed) throw gone();
      const given = eventOf(performed, id, 'approval.given', { ...ACT, asked_by: by });
      const messages = [given, ...told];
      return { set: switched(organisation, performed, false, messages), result: undefined };
    });
  });
}

/** By whoever may approve it, or who asked. Problems: `approval-gone`, and those of who may. */
export function refuseSwitchOff(
  parts: RuleParts,
  performed: Performed,
  id: string,
  request: string,
): Promise<Result<void>> {
  return resultOf(async () => {
    await mayChange(parts, performed, id);
    const { by } = await askerOf(parts, performed, id, request);
    const isOwn = by === performed.actor.id;
    const told = isOwn ? [] : await toAsker(parts, performed, id, { by, kind: 'refused' });
    await change(parts, id, (organisation) => {
      requestIn(organisation, request, performed.now);
      const refused = { id: request, by: performed.actor.id };
      const requests = withoutRequest(requestsIn(organisation), refused, performed.now);
      const event = eventOf(performed, id, 'approval.refused', { ...ACT, asked_by: by });
      return { set: setRequests(organisation, requests, event, ...told), result: undefined };
    });
  });
}

async function mayChange(parts: RuleParts, performed: Performed, id: string): Promise<void> {
  (await permission(parts.store, performed, RULE))({ organisation: id });
}

async function change<R>(
  { store, relay }: RuleParts,
  id: string,
  by: (organisation: Organisation) => { set?: Partial<Organisation>; result: R },
): Promise<R> {
  const result = await updateOrganisation(store, id, by);
  relay.soon(organisationCollection, id);
  return result;
}

const requestsIn = ({ requests = [] }: Organisation) => ({ requests });
const gone = (): Problem => new Problem('approval-gone', { status: 409 });

function requestIn(organisation: Organisation, id: string, now: number) {
  const found = standingRequests(requestsIn(organisation), now).find((one) => one.id === id);
  if (!found) throw gone();
  return found;
}

/** With it, whatever was asked for is settled. */
function switched(
  organisation: Organisation,
  performed: Performed,
  on: boolean,
  more: readonly OutboxMessage[],
): Partial<Organisation> {
  const [was, is] = on ? ['no', 'yes'] : ['yes', 'no'];
  const details = { second_person: `${was} → ${is}` };
  const event = eventOf(performed, organisation.id, 'organisation.changed', details);
  return { secondPerson: on, requests: [], ...withMessages(organisation, event, ...more) };
}

function eventOf(
  performed: Performed,
  organisation: string,
  type: 'organisation.changed' | 'approval.asked' | 'approval.given' | 'approval.refused',
  details: Readonly<Record<string, string>>,
): OutboxMessage {
  return eventAbout(undefined, performed, { type, organisation, details });
}

/** Who asked, and whether they may still. */
async function askerOf({ store }: RuleParts, performed: Performed, id: string, request: string) {
  const organisation = await getOrganisation(store, id);
  if (!organisation) throw gone();
  const asked = requestIn(organisation, request, performed.now);
  const may = await askerMay(store, performed, asked, RULE);
  return { by: asked.by, isAllowed: may({ organisation: id }) };
}

async function toOthers(parts: RuleParts, performed: Performed, id: string, kind: Told['kind']) {
  const { store, notices } = parts;
  const { actor, now } = performed;
  const people = await secondPeople(store, RULE, { organisation: id }, { except: [actor.id], now });
  return tell(notices, performed, people, await told(parts, performed, id, kind));
}

async function toAsker(
  parts: RuleParts,
  performed: Performed,
  id: string,
  { by, kind }: { by: string; kind: Told['kind'] },
) {
  const { store } = parts;
  const about = await nameOfRule(store, id);
  return mailsToAsker(parts, performed, by, { kind, act: ACT.what, about });
}

async function told(
  { store }: RuleParts,
  { actor }: Performed,
  id: string,
  kind: Told['kind'],
): Promise<Told> {
  const who = await nameOf(store, actor.id);
  return { kind, act: ACT.what, about: await nameOfRule(store, id), who };
}

async function nameOfRule(store: RuleParts['store'], id: string): Promise<string> {
  return (await getOrganisation(store, id))?.name ?? id;
}
