/** What the attributes of a person can be. */
import { Problem } from '../../problem.ts';
import {
  isStandardAttribute,
  STANDARD_ATTRIBUTES,
  type AttributeValue,
  type Profile,
  type StandardAttribute,
} from '../../records/profile.ts';
import { isName, isPrintable } from '../../text/printable.ts';

/** Of one's own, for each person. */
export const MOST_ATTRIBUTES = 50;
/** Bytes of all of them together, as JSON. */
export const ATTRIBUTES_BYTES = 8192;

/** By name; null takes one away. What is absent stays. */
export type AttributesGiven = Readonly<Record<string, AttributeValue | null>>;

const NAME = /^[a-z][a-z0-9_]{0,39}$/u;
const PHONE = /^\+?(?:[ ()./-]*\d){3,20}[ )]*$/u;

/**
 * Throws what is wrong with them by themselves. Problems: `attribute-name`, `attribute-own`, `attribute-text`,
 * `attribute-phone`, `attribute-value`, `attributes-long`.
 */
export function checkAttributes(given: AttributesGiven): void {
  for (const [name, value] of Object.entries(given)) {
    if (!NAME.test(name)) throw new Problem('attribute-name', { values: { name } });
    if (name === 'locale' || name === 'zone')
      throw new Problem('attribute-own', { values: { name } });
    if (value !== null) checkValue(name, value);
  }
  checkBytes(ownOf(given));
}

function checkValue(name: string, value: AttributeValue): void {
  if (isStandardAttribute(name)) return checkStandard(name, value);
  const texts = [value].flat().filter((one) => typeof one === 'string');
  const isFinite = typeof value !== 'number' || Number.isFinite(value);
  if (!isFinite || !texts.every((text) => isPrintable(text)))
    throw new Problem('attribute-value', { values: { name } });
}

function checkStandard(name: StandardAttribute, value: AttributeValue): void {
  const isRight = typeof value === 'string' && isName(value);
  if (!isRight) throw new Problem('attribute-text', { values: { name } });
  if (name === 'phone' && !PHONE.test(value)) throw new Problem('attribute-phone');
}

function checkBytes(own: Readonly<Record<string, unknown>>): void {
  const bytes = Buffer.byteLength(JSON.stringify(own));
  if (bytes > ATTRIBUTES_BYTES)
    throw new Problem('attributes-long', { values: { maximum: ATTRIBUTES_BYTES, bytes } });
}

function ownOf(given: AttributesGiven): Record<string, AttributeValue> {
  const own = Object.entries(given).filter(
    (entry): entry is [string, AttributeValue] =>
      !isStandardAttribute(entry[0]) && entry[1] !== null,
  );
  return Object.fromEntries(own);
}

/** The fields as they are to be. Problems: `attribute-limit`, `attributes-long`. */
export function withAttributes(
  profile: Profile,
  given: AttributesGiven,
): Pick<Profile, 'attributes'> & Partial<Profile> {
  const standard = Object.entries(given).flatMap(([name, value]) =>
    isStandardAttribute(name) ? [[STANDARD_ATTRIBUTES[name], value] as const] : [],
  );
  const attributes = ownOf({ ...profile.attributes, ...given });
  if (Object.keys(attributes).length > MOST_ATTRIBUTES)
    throw new Problem('attribute-limit', { status: 409, values: { most: MOST_ATTRIBUTES } });
  checkBytes(attributes);
  return { ...(Object.fromEntries(standard) as Partial<Profile>), attributes };
}
