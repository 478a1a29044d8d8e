/** What was met last, in this process's memory, which is bounded. */

export interface Lately {
  add(key: string): void;
  has(key: string): boolean;
}

/** `kept`: keys; the one that was added longest ago goes before more. */
export function lately(kept: number): Lately {
  const keys = new Set<string>();
  return {
    add(key) {
      keys.delete(key);
      keys.add(key);
      const [oldest] = keys;
      if (keys.size > kept && oldest !== undefined) keys.delete(oldest);
    },
    has: (key) => keys.has(key),
  };
}
