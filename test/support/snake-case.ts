/** Names of fields in what a command prints for programs: the same style everywhere. */
import assert from 'node:assert/strict';

/** Fields whose own fields are names that somebody else has given: claims, attributes, kinds of documents. */
const GIVEN = new Set([
  'attributes',
  'documents',
  'kinds',
  'id_token',
  'userinfo',
  'introspection',
  'ended',
]);

/** Paths of fields that are not in snake_case. */
export function otherCase(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((one) => otherCase(one, `${path}[]`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const own = /^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/u.test(name) ? [] : [`${path}.${name}`];
    return GIVEN.has(name) ? own : [...own, ...otherCase(inner, `${path}.${name}`)];
  });
}

/** `text`: what was printed. Of the whole command line, as tests run it. */
export function assertSnakeCase(args: readonly string[], text: string): void {
  if (!args.includes('--json') || text.trim() === '') return;
  const found = [...new Set(otherCase(JSON.parse(text)))];
  assert.deepEqual(found, [], `${args.join(' ')}: fields that are not in snake_case`);
}
