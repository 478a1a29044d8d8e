/** Ending one of what somebody else has open: a session, the access of an app, the trust in a computer, a passcode. */
import { eventAbout, type Performed } from '../../../audit/performed.ts';
import { listComputers } from '../../../devices/trusted-computer.ts';
import { getShownClient } from '../../../oidc/clients/client-names.ts';
import { withMessages, type OutboxMessage } from '../../../outbox/message.ts';
import { Problem } from '../../../problem.ts';
import type { Person } from '../../../records/person.ts';
import { resultOf, type Result } from '../../../result.ts';
import { endOneSession } from '../../account/end-sessions.ts';
import { browserOfSession } from '../../account/sessions.ts';
import { endTrustInOne } from '../../account/trusted-computers.ts';
import { endAccess, type WithdrawParts } from '../../account/withdraw-access.ts';
import { found } from '../../found.ts';
import { administer, NOT_THEIRS, noticeTo, readAdministered } from '../administer.ts';

/** Each answers what it was called. Problem `not-found`: it is not one of theirs, and nothing was changed. */
type Ended = Promise<Result<{ name: string }>>;

/** `id`: subject identifier; `item`: the key that the session is kept by. */
export function endSessionOf(
  parts: WithdrawParts,
  performed: Performed,
  id: string,
  item: string,
): Ended {
  return resultOf(async () => {
    const person = await readAdministered(parts.store, performed, 'person.end-session', id);
    const name = await browserOfSession(parts.store, item, person);
    const messages = await told(parts, performed, person, {
      what: 'administrator-session-ended',
      name,
    });
    const ending = { id: item, browser: name, messages, cause: 'session-ended' } as const;
    found((await endOneSession(parts, performed, person, ending)) || undefined);
    return { name };
  });
}

/** `item`: `client_id`. */
export function withdrawAppOf(
  parts: WithdrawParts,
  performed: Performed,
  id: string,
  item: string,
): Ended {
  return resultOf(async () => {
    const person = await readAdministered(parts.store, performed, 'person.withdraw-app', id);
    const name = (await getShownClient(parts.store, item))?.name ?? '';
    const messages = await told(parts, performed, person, {
      what: 'administrator-app-withdrawn',
      name,
    });
    found((await endAccess(parts, performed, person, { client: item, messages })) || undefined);
    return { name };
  });
}

export function revokeComputerOf(
  parts: WithdrawParts,
  performed: Performed,
  id: string,
  item: string,
): Ended {
  return resultOf(async () => {
    const person = await readAdministered(parts.store, performed, 'person.revoke-computer', id);
    const all = await listComputers(parts, person.id);
    const { name } = found(all.find((computer) => computer.id === item));
    const about = { type: 'computer.revoked', details: { count: 1 } } as const;
    const messages = [
      eventAbout(person, performed, about),
      ...(await told(parts, performed, person, { what: 'administrator-computer-revoked', name })),
    ];
    found((await endTrustInOne(parts, performed, person, { id: item, messages })) || undefined);
    return { name };
  });
}

export function revokePasscodeOf(
  parts: WithdrawParts,
  performed: Performed,
  id: string,
  item: string,
): Ended {
  return resultOf(() => revokeOne(parts, performed, id, item));
}

/** The same of a service mailbox alone. Problem `service-code` (409): it is somebody's. */
export function revokeServicePasscode(
  parts: WithdrawParts,
  performed: Performed,
  id: string,
  item: string,
): Ended {
  return resultOf(() =>
    revokeOne(parts, performed, id, item, ({ service }) => {
      if (!service) throw new Problem('service-code', { status: 409 });
    }),
  );
}

async function revokeOne(
  parts: WithdrawParts,
  performed: Performed,
  id: string,
  item: string,
  require: (person: Person) => void = () => {},
): Promise<{ name: string }> {
  const read = await readAdministered(parts.store, performed, 'person.revoke-passcode', id);
  require(read);
  const { name } = found(read.passcodes.find((each) => each.id === item));
  const values = { what: 'administrator-passcode-revoked', name };
  const mails = await noticeTo(parts, performed, id, 'account-changed', values);
  const about = { type: 'passcode.revoked', details: { passcode: item } } as const;
  await administer(parts, performed, 'person.revoke-passcode', id, (person) => {
    require(person);
    found(person.passcodes.find((each) => each.id === item));
    const passcodes = person.passcodes.filter((each) => each.id !== item);
    const event = eventAbout(person, performed, about);
    const messages = withMessages(person, event, ...mails(person));
    return { set: { passcodes, ...messages }, result: undefined };
  });
  return { name };
}

function told(
  { notices }: Pick<WithdrawParts, 'notices'>,
  performed: Performed,
  person: Person,
  values: { what: string; name: string },
): Promise<OutboxMessage[]> {
  const all = { ...values, ...NOT_THEIRS };
  return notices.about(person, performed, { template: 'account-changed', values: all });
}
