/**
 * The pages of the account. This folder owns `/account`: an ordered table of pages (index.ts), which
 * answer, and never call one another and never redirect themselves.
 */
import type { Area, Page, Visit } from '../signed-in/page.ts';
import { ACCOUNT_CALLBACK } from '../../oidc/clients/own/account-client.ts';
import { ACCOUNT_CLIENT } from '../../oidc/clients/own/own-clients.ts';

export const SECTIONS = [
  'overview',
  'two-step',
  'computers',
  'passcodes',
  'password',
  'sessions',
  'activity',
] as const;
export type Section = (typeof SECTIONS)[number];

export type AccountPage = Page<Section>;
export type AccountVisit = Visit;

export const ACCOUNT: Area = {
  client: ACCOUNT_CLIENT,
  home: '/account',
  callback: ACCOUNT_CALLBACK,
  actor: 'self',
};
