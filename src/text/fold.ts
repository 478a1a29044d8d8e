/** How login names and addresses are compared: trimmed, NFKC, without case. */
export function fold(text: string): string {
  return text.trim().normalize('NFKC').toLowerCase();
}
