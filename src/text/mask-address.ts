/** `al•••@e•••.org`: enough to recognise one's own address by. */
export function maskAddress(address: string): string {
  const at = address.lastIndexOf('@');
  const [name, domain] = [address.slice(0, at), address.slice(at + 1)];
  const dot = domain.lastIndexOf('.');
  const [host, end] = dot > 0 ? [domain.slice(0, dot), domain.slice(dot)] : [domain, ''];
  const mask = (text: string, shown: number): string =>
    `${[...text].slice(0, Math.min(shown, [...text].length - 1)).join('')}•••`;
  return `${mask(name, 2)}@${mask(host, 1)}${end}`;
}
