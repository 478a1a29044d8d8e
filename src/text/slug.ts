/**
 * What a thing is called, as its id: lower-case Latin letters and digits, the rest of it as hyphens. Empty:
 * there is none of them in the name.
 */
export function slug(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/gu, '-')
    .replace(/^-+|-+$/gu, '')
    .slice(0, 50)
    .replace(/-+$/u, '');
}
