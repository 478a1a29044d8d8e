/** Every kind of document that Latchkey stores, for the engine that makes room for them. */
import { draftKind, setUpFinishedKind } from '../operations/installation/first-administrator.ts';
import { linkKind } from '../records/link.ts';
import { organisationKind } from '../records/organisation.ts';
import { claimKind, personKind } from '../records/person.ts';
import { auditKind } from '../audit/event.ts';
import { refusalWindowKind } from '../outbox/refusal-windows.ts';
import { attemptsKind } from '../throttling/attempts.ts';
import { knownComputerKind } from '../devices/known-computer.ts';
import { trustedComputerKind } from '../devices/trusted-computer.ts';
import { codeCapKind } from '../throttling/sending-limits.ts';
import { passkeyCounterKind } from '../factors/passkey.ts';
import { totpStepsKind } from '../factors/totp.ts';
import { installationKind } from '../migration/installation.ts';
import { outboxKind } from '../mail/queue.ts';
import { markerKind } from '../migration/marker.ts';
import { modelKinds } from '../oidc/adapters/adapter.ts';
import { clientPkceKind } from '../oidc/clients/client-pkce.ts';
import { clientKind } from '../records/client.ts';
import { consentKind } from '../oidc/authorization/consents.ts';
import { signingKeyKind } from '../oidc/tokens/signing-keys.ts';
import { carriedSignInKind } from '../oidc/authorization/session-transfer.ts';
import { logoutKind } from '../oidc/logout/logout-queue.ts';
import { formerProofsKind } from '../oidc/adapters/proofs.ts';
import { sessionKind } from '../records/session.ts';
import { signInKind } from '../records/sign-in.ts';
import { passcodeUseKind } from '../passcodes/use.ts';
import { vaultCheckKind } from '../secrets/keyring.ts';
import type { Kind } from '../storage/store.ts';
import { passageKind } from '../web/account/authorization-request.ts';

export const KINDS: readonly Kind<any>[] = [
  installationKind,
  markerKind,
  vaultCheckKind,
  signingKeyKind,
  organisationKind,
  personKind,
  claimKind,
  linkKind,
  draftKind,
  setUpFinishedKind,
  clientKind,
  clientPkceKind,
  attemptsKind,
  passkeyCounterKind,
  totpStepsKind,
  codeCapKind,
  trustedComputerKind,
  knownComputerKind,
  signInKind,
  sessionKind,
  formerProofsKind,
  consentKind,
  logoutKind,
  carriedSignInKind,
  passageKind,
  outboxKind,
  passcodeUseKind,
  auditKind,
  refusalWindowKind,
  ...Object.values(modelKinds),
];
