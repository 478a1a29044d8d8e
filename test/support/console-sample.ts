/** The frame of the console’s pages, as samples of them have it. */
import type { Sample } from './sample.ts';

const account = {
  name: 'Olivia Okafor',
  login: 'olivia',
  email: 'olivia@acme.example',
  organisation: 'Acme',
};
const sections = [
  'overview',
  'people',
  'groups',
  'apps',
  'organisations',
  'rollout',
  'approvals',
  'resources',
  'keys',
  'mail',
  'health',
  'audit',
].map((id) => ({ id, href: id === 'overview' ? '/admin' : `/admin/${id}` }));
const none = { problem: null, errors: {} };
const frame = { account, sections, said: null, again: false, home: '/admin', ...none };

export function sample(section: string, page: string, context: object, name = page): Sample {
  return {
    name: `console-${name}`,
    page: `admin/${page}`,
    context: { ...frame, section, ...context },
  };
}
