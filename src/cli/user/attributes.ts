/** Attributes of people, as the command line takes and shows them. */
import { changeAttributesInput } from '../../operations/attributes/change-attributes.ts';
import { readAttribute } from '../../operations/attributes/attribute-line.ts';
import type { AttributesGiven } from '../../operations/attributes/attribute-rules.ts';
import {
  attributeOf,
  STANDARD_ATTRIBUTES,
  type AttributeValue,
  type Profile,
} from '../../records/profile.ts';
import { printable } from '../../text/printable.ts';
import { strings, type Options } from '../command.ts';
import { inputFrom } from '../input.ts';
import { UsageError } from '../usage-error.ts';

export const ATTRIBUTE_USAGE = '[--attribute NAME=TEXT|NAME:=JSON|NAME=]…';

/** `NAME=TEXT`, `NAME:=JSON` for a number, true, false or a list of texts, `NAME=` to take it away. */
export function attributesFrom(options: Options): AttributesGiven | undefined {
  const typed = strings(options, 'attribute');
  if (typed.length === 0) return undefined;
  const read = typed.map(typedAttribute);
  const twice = read.find(([name], at) => read.findIndex(([other]) => other === name) < at);
  if (twice)
    throw new UsageError(
      `The attribute ${printable(twice[0])} was given twice. A list of texts is one value: --attribute '${printable(twice[0])}:=["a","b"]'.`,
    );
  return inputFrom(changeAttributesInput, Object.fromEntries(read));
}

function typedAttribute(typed: string): [string, AttributeValue | null] {
  const read = readAttribute(typed);
  if (!('fault' in read)) return [read.name, read.value];
  throw new UsageError(
    read.fault === 'form'
      ? `--attribute is written NAME=TEXT, NAME:=JSON or NAME= to remove it. This is "${printable(typed)}".`
      : `After := comes a number, true, false or a list of texts as JSON, such as '["a","b"]'. This is "${printable(typed)}".`,
  );
}

/** Those that the person has, by name. */
export function attributesOf(profile: Profile): Record<string, AttributeValue> {
  const names = [...Object.keys(STANDARD_ATTRIBUTES), ...Object.keys(profile.attributes)];
  const entries = names.map((name) => [name, attributeOf(profile, name)] as const);
  return Object.fromEntries(
    entries.filter((entry): entry is [string, AttributeValue] => entry[1] !== undefined),
  );
}
