/** A process of its own that activates a factor many times at once, when told to; see enrolment-race.test.ts. */
import type { Performed } from '../../src/audit/performed.ts';
import { OPERATOR_ORIGIN } from '../../src/net/request-origin.ts';
import { createNotices } from '../../src/mail/notices.ts';
import { activateAuthenticator } from '../../src/operations/factors/activate-authenticator.ts';
import { activateFactor } from '../../src/operations/factors/activate-factor.ts';
import { getPerson } from '../../src/records/person.ts';
import { answerRace, timesAtOnce, type RaceOrder } from '../support/race.ts';

export interface EnrolmentRace extends RaceOrder {
  times: number;
  person: { id: string; epoch: number };
  /** With it the pending authenticator is activated; without it codes by mail are, by their write alone. */
  totp?: { pendingId: string; code: string };
}

answerRace(async (order: EnrolmentRace, { store, vault }) => {
  const { now, times, totp } = order;
  const mail = { from: 'Latchkey <noreply@acme.test>', require_tls: true, timeout_ms: 1 };
  const notices = createNotices(vault, { mail, default_language: 'en' }, async () => 'Acme');
  const relay = { soon() {}, async refuse() {} };
  const parts = { store, vault, notices, relay };
  const found = await getPerson(store, order.person.id);
  if (!found) throw new Error('Nobody races.');
  const person = { ...found, epoch: order.person.epoch };
  const performed: Performed = {
    actor: { kind: 'self', id: person.id },
    origin: OPERATOR_ORIGIN,
    language: 'en',
    fresh: true,
    now,
  };
  const byCode = async (nth: number): Promise<string> => {
    // As from as many known computers: each has tries of its own, so that none is stopped by them.
    const counted = { person: person.id, known: `${process.pid} ${nth}` };
    const proof = totp ?? { pendingId: '', code: '' };
    const tried = await activateAuthenticator(parts, performed, { person, counted }, proof);
    if (tried.accepted) return 'accepted';
    const [refused] = tried.refused;
    return refused && 'reason' in refused ? refused.reason : (refused?.verdict ?? '');
  };
  const byWrite = async (): Promise<string> => {
    const fields = () => ({ emailMfaSince: now });
    const activation = { factor: 'email-code', fields } as const;
    return (await activateFactor(parts, performed, person, activation)).ok
      ? 'accepted'
      : 'replaced';
  };
  return timesAtOnce(times, totp ? byCode : byWrite);
});
