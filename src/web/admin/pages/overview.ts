/** `/admin`: what whoever is there looks after, and where to go. */
import { ADMIN, type AdminPage } from '../page.ts';

export const overview: AdminPage = {
  path: ADMIN.home,
  operation: 'console.show',
  section: 'overview',
  fresh: false,

  async show({ person: { role } }) {
    return { show: 'admin/overview', context: { role, everywhere: role === 'administrator' } };
  },
};
