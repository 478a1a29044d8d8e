/** Sample data for the console. */
import type { Sample } from './sample.ts';

const account = {
  name: 'Olivia Okafor',
  login: 'olivia',
  email: 'olivia@acme.example',
  organisation: 'Acme',
};
const sections = ['overview'].map((id) => ({
  id,
  href: id === 'overview' ? '/admin' : `/admin/${id}`,
}));
const none = { problem: null, errors: {} };
const frame = { account, sections, said: null, again: false, home: '/admin', ...none };

function sample(section: string, page: string, context: object, name = page): Sample {
  return {
    name: `console-${name}`,
    page: `admin/${page}`,
    context: { ...frame, section, ...context },
  };
}

export function consoleSamples(): Sample[] {
  return [
    sample('overview', 'overview', { role: 'administrator', everywhere: true }),
    sample('overview', 'overview', { role: 'helpdesk', everywhere: false }, 'overview-own'),
  ];
}
