/** Every collection that Latchkey stores, for the engine that makes room for them. */
import { setUpDraftCollection, setUpFinishedCollection } from '../records/under-way/set-up.ts';
import { linkCollection } from '../records/link.ts';
import { groupCollection, groupNameCollection } from '../records/group.ts';
import { membershipCollection } from '../records/membership.ts';
import { peopleImportCollection } from '../records/lists/people-import.ts';
import { importJobCollection, importPieceCollection } from '../records/lists/import-job.ts';
import { appUseCollection } from '../records/lists/app-use.ts';
import { jobCollection } from '../records/under-way/job.ts';
import { policyPreviewCollection } from '../records/lists/policy-preview.ts';
import { rolloutCollection } from '../records/lists/rollout.ts';
import { derivationCollection, personEntryCollection } from '../records/lists/person-entry.ts';
import { logoCollection } from '../records/branding/logo.ts';
import { domainCollection, organisationCollection } from '../records/organisation.ts';
import { claimCollection, personCollection } from '../records/person.ts';
import { profileCollection } from '../records/profile.ts';
import { auditCollection } from '../audit/event.ts';
import { refusalWindowCollection } from '../outbox/refusal-windows.ts';
import { attemptsCollection } from '../throttling/attempts.ts';
import { knownComputerCollection } from '../devices/known-computer.ts';
import { trustedComputerCollection } from '../devices/trusted-computer.ts';
import { sendingLimitCollection } from '../throttling/sending-limits.ts';
import { passkeyCounterCollection } from '../factors/passkey.ts';
import { totpStepsCollection } from '../records/factors/totp-steps.ts';
import { installationCollection } from '../migration/installation.ts';
import { notedCollection } from '../records/installation/noted.ts';
import { mailCollection } from '../mail/queue.ts';
import { markerCollection } from '../migration/marker.ts';
import { deviceCodeCollection } from '../records/under-way/device-code.ts';
import { modelCollections } from '../records/stored-model.ts';
import { clientRefusalsCollection } from '../oidc/clients/refusals/client-refusals.ts';
import { clientPkceCollection } from '../oidc/clients/client-pkce.ts';
import { clientSecretUseCollection } from '../oidc/clients/secrets/secret-use.ts';
import { clientCollection } from '../records/client.ts';
import { resourceCollection, scopeClaimCollection } from '../records/resource.ts';
import { consentCollection } from '../records/consent.ts';
import { processCollection } from '../records/keys/process.ts';
import { signingKeyCollection } from '../records/signing-key.ts';
import { sessionTransferCollection } from '../oidc/authorization/session-transfer.ts';
import { logoutCollection } from '../oidc/logout/logout-queue.ts';
import { mailboxClosingCollection } from '../mailbox/closing-queue.ts';
import { formerProofsCollection } from '../oidc/adapters/proofs.ts';
import { sessionCollection } from '../records/session.ts';
import { signInCollection } from '../records/sign-in.ts';
import { sweepingCollection } from './sweep-lease.ts';
import { passcodeUseCollection } from '../passcodes/use.ts';
import { vaultCheckCollection } from '../secrets/keyring.ts';
import type { Collection } from '../storage/store.ts';
import { pendingAuthorizationCollection } from '../records/under-way/pending-authorization.ts';

export const COLLECTIONS: readonly Collection<any>[] = [
  installationCollection,
  notedCollection,
  markerCollection,
  vaultCheckCollection,
  signingKeyCollection,
  processCollection,
  organisationCollection,
  domainCollection,
  logoCollection,
  personCollection,
  claimCollection,
  profileCollection,
  groupCollection,
  groupNameCollection,
  membershipCollection,
  personEntryCollection,
  derivationCollection,
  appUseCollection,
  rolloutCollection,
  policyPreviewCollection,
  jobCollection,
  peopleImportCollection,
  importJobCollection,
  importPieceCollection,
  linkCollection,
  setUpDraftCollection,
  setUpFinishedCollection,
  clientCollection,
  clientPkceCollection,
  clientRefusalsCollection,
  resourceCollection,
  clientSecretUseCollection,
  scopeClaimCollection,
  attemptsCollection,
  passkeyCounterCollection,
  totpStepsCollection,
  sendingLimitCollection,
  trustedComputerCollection,
  knownComputerCollection,
  signInCollection,
  sessionCollection,
  formerProofsCollection,
  consentCollection,
  logoutCollection,
  mailboxClosingCollection,
  sessionTransferCollection,
  pendingAuthorizationCollection,
  mailCollection,
  passcodeUseCollection,
  auditCollection,
  refusalWindowCollection,
  ...Object.values(modelCollections),
  deviceCodeCollection,
  sweepingCollection,
];
