/** What the fields of a person's document are, whatever version wrote them (person.ts). */
export const personFields = {
  text: ['id', 'organisation', 'login', 'email', 'name', 'role', 'mfa', 'passwordHash', 'language'],
  list: [
    'groups',
    'factors',
    'authenticators',
    'retiredAuthenticators',
    'passkeys',
    'passcodes',
    'postings',
  ],
  number: [
    'mfaFrom',
    'trustedDays',
    'activeUntil',
    'removedAt',
    'epoch',
    'trustEpoch',
    'consentEpoch',
    'createdAt',
    'emailMfaSince',
    'emailBarredSince',
  ],
  flag: ['active'],
  object: [
    'deletion',
    'pendingAuthenticator',
    'secondaryEmail',
    'addressCheck',
    'oneTimeCodes',
    'enrolmentCode',
  ],
} as const;
