/** The values of a space-delimited parameter: scopes, prompts, `acr` values (RFC 6749 §3.3); none for what is no text. */
export function spaceDelimited(value: unknown): string[] {
  return typeof value === 'string' ? value.split(' ').filter((one) => one !== '') : [];
}
