/** What is wrong with what was said of an app, at the box that it is about, in words that a page has. */
import type { Problem } from '../../../problem.ts';
import type { Fields } from '../../forms.ts';
import type { Errors } from '../errors.ts';
import { fieldOfFlag } from './fields.ts';
import { reasonWords } from './reasons.ts';
import { NAMED_GROUPS } from './written.ts';

/** Of a form with those boxes, the first of which has what is about none. */
export function fieldErrors(
  problem: Problem,
  known: readonly { name: string }[],
  typed: Fields,
): Errors {
  const { code, values } = problem;
  const names = known.map(({ name }) => name);
  const [first = ''] = names;
  const own = boxOf(problem, names, typed);
  const at = own !== undefined && names.includes(own) ? own : first;
  const box = code === 'group-unknown' && at === 'groups' ? NAMED_GROUPS : at;
  return { [box]: { code: told(code), values: { ...values, ...reasonWords(values['reason']) } } };
}

/** In words of a page; those of the command line name its options. */
function told(code: Problem['code']): string {
  const own: Partial<Record<Problem['code'], string>> = {
    'client-value': 'app-value',
    'client-option': 'app-value',
    'redirect-uri-invalid': 'app-uri',
    'group-unknown': 'app-group',
    'client-built-in': 'app-built-in',
  };
  return own[code] ?? code;
}

function boxOf(
  { code, values }: Problem,
  names: readonly string[],
  typed: Fields,
): string | undefined {
  const holds = (part: unknown): string | undefined =>
    names.find((name) => (typed[name] ?? '').includes(String(part)));
  switch (code) {
    case 'client-value':
    case 'client-option':
      return fieldOfFlag(String(values['option']));
    case 'redirect-uri-invalid':
      return holds(values['uri']);
    case 'redirect-uri-missing':
      return 'redirectUris';
    case 'acr-unknown':
      return 'requireAcr';
    case 'name-format':
    case 'name-reserved':
      return 'name';
    case 'client-taken':
    case 'client-id-format':
    case 'client-id-reserved':
      return 'id';
    case 'client-organisations':
    case 'organisation-unknown':
      return 'openTo';
    case 'group-unknown':
      return names.includes('groups') && !holds(values['group'])
        ? 'groups'
        : holds(values['group']);
    default:
      return undefined;
  }
}
