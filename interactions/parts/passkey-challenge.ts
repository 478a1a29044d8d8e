/** A passkey's challenges inside a sign-in: shown as often as one likes, evaluated once each. */
import {
  challengeFor,
  isChallenge,
  requestOptions,
  type IsChallenge,
  type Purpose,
} from '../../src/factors/passkey-options.ts';
import { interactionPath } from '../../src/oidc/authorization/interaction-path.ts';
import { changeVisit } from './report.ts';
import type { Visit } from '../step.ts';

/** The challenge that the page of this visit shows. */
export function presentChallenge({ parts, uid, record }: Visit, purpose: Purpose): string {
  return challengeFor(parts.vault, { uid, purpose, round: record.passkeyRound });
}

/**
 * Spends the present challenge, whatever comes of its answer. The visit that comes back shows the
 * next one; undefined when the sign-in is no longer open.
 */
export async function takeChallenge(
  visit: Visit,
  purpose: Purpose,
): Promise<{ challenge: IsChallenge; after: Visit } | undefined> {
  const record = await changeVisit(visit, (current) => ({
    ...current,
    passkeyRound: current.passkeyRound + 1,
  }));
  if (!record) return undefined;
  const round = record.passkeyRound - 1;
  const { uid, parts } = visit;
  return {
    challenge: isChallenge(parts.vault, { uid, purpose, round }),
    after: { ...visit, record },
  };
}

/** For the page of the password: a button that signs in without one; null where passkeys are not available. */
export function passkeyOffer(visit: Visit): { options: object; action: string } | null {
  const { parts, uid, client } = visit;
  if (!parts.available.includes('passkey')) return null;
  const { issuer } = parts.config;
  const challenge = presentChallenge(visit, 'authenticate');
  return {
    options: requestOptions({ issuer, challenge, passkeys: [] }),
    action: interactionPath(uid, client.id, 'passkey'),
  };
}
