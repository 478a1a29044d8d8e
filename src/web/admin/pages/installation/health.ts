/** `/admin/health`: how the installation is, and going through everything on demand. */
import { showHealth } from '../../../../operations/health/show-health.ts';
import { askForJob } from '../../../../operations/jobs/ask-for-job.ts';
import { valueOr } from '../../../signed-in/found.ts';
import { ask } from '../../confirm.ts';
import { jobShown } from '../../jobs.ts';
import { pathOf, type AdminPage } from '../../page.ts';

const HEALTH = pathOf('health');

const health: AdminPage = {
  path: HEALTH,
  operation: 'installation.health',
  section: 'health',
  fresh: false,

  async show({ parts, performed, now }) {
    const { verification, ...shown } = valueOr(await showHealth(parts, performed), HEALTH);
    const verify = jobShown(verification, now);
    return { show: 'admin/health', context: { ...shown, verify, check: `${HEALTH}/check` } };
  },
};

const check: AdminPage = {
  path: `${HEALTH}/check`,
  operation: 'installation.verify',
  section: 'health',
  fresh: false,

  show: () => Promise.resolve(ask('health-check', { back: HEALTH })),

  async submit({ parts, performed }) {
    const asked = await askForJob(parts, performed, 'verify');
    if (!asked.ok) return ask('health-check', { back: HEALTH }, asked.problem);
    return { to: HEALTH, said: { what: 'health-check', values: {} } };
  },
};

export const healthPages: readonly AdminPage[] = [health, check];
