/** Reading the same few things once: those that a page or a list names again and again. */

/** More than so many are not remembered: all are forgotten then. */
const REMEMBERED = 1_000;

/** Asks for each once; one that failed fails for as long as it is remembered. */
export function remembering<T>(read: (id: string) => Promise<T>): (id: string) => Promise<T> {
  const asked = new Map<string, Promise<T>>();
  return (id) => {
    const known = asked.get(id) ?? read(id);
    if (asked.size >= REMEMBERED) asked.clear();
    asked.set(id, known);
    return known;
  };
}
