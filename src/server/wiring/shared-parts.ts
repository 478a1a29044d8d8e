/** What both the library's side and our own pages need. */
import { organisationName } from '../../records/organisation.ts';
import { availableFactors } from '../../factors/available.ts';
import { createNotices } from '../../mail/notices.ts';
import { createGroupNames } from '../../oidc/claims/group-names.ts';
import { createMailDomains } from '../../oidc/claims/mail-domains.ts';
import { createClientLabel } from '../../oidc/clients/client-names.ts';
import { createClientSecrets } from '../../oidc/clients/secrets/client-secrets.ts';
import { createNoteAppUse } from '../../oidc/tokens/note-app-use.ts';
import { createRequestPeople } from '../../oidc/adapters/request-people.ts';
import {
  cachedOrganisations,
  createKnownOrganisations,
} from '../../oidc/clients/known-organisations.ts';
import { createKnownSignIns } from '../../oidc/known-sign-ins.ts';
import { createResources } from '../../oidc/resources/resources.ts';
import { UNWATCHED } from '../../operations/health/watched.ts';
import { resumeCookie } from '../../oidc/provider.ts';
import type { AppParts } from './app-parts.ts';

export function sharedParts(parts: AppParts) {
  const { config, store, vault } = parts;
  const resources = createResources(parts);
  const organisation = cachedOrganisations(store, parts.now);
  const groupNames = createGroupNames(store, parts.now);
  return {
    watched: parts.watched ?? UNWATCHED,
    people: createRequestPeople(store, parts.now),
    clientLabel: createClientLabel(store, parts.now),
    organisations: createKnownOrganisations({ organisation, groupNames }),
    resources,
    signIns: createKnownSignIns(),
    readOrganisation: organisation,
    notices: createNotices(vault, config, organisationName(store)),
    noteAppUse: createNoteAppUse(parts),
    clientSecrets: createClientSecrets(parts),
    groupNames,
    mailDomains: createMailDomains({ ...parts, organisation }),
    offeredScopes: async () => (await resources.known()).byScope,
    available: availableFactors(config),
    resumeCookie: resumeCookie(config.issuer),
  };
}
