/** The pages about apps, in their order. */
import type { AdminPage } from '../../page.ts';
import { addAppPages } from './add-app.ts';
import { appList } from './list.ts';
import { appOverview } from './overview.ts';
import { appPreview } from './preview.ts';
import { refusalPages } from './refusals.ts';
import { removeApp } from './remove-app.ts';
import { secretPages } from './secrets.ts';
import { settingsPages } from './settings.ts';
import { appUsed } from './used.ts';
import { whoPages } from './who.ts';

export const appPages: readonly AdminPage[] = [
  appList,
  appOverview,
  ...whoPages,
  ...settingsPages,
  ...secretPages,
  appPreview,
  ...refusalPages,
  appUsed,
  removeApp,
  ...addAppPages,
];
