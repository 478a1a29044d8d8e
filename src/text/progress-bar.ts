/** How far something long is: a bar that moves on a terminal, a line now and then elsewhere. */

export interface Bar {
  /** So many of `total` are done. */
  at(done: number, total: number): void;
  end(): void;
}

export interface Out {
  write(text: string): unknown;
  isTTY?: boolean;
}

const WIDTH = 30;
/** Milliseconds between two looks at it. */
const ON_TERMINAL = 200;
const ELSEWHERE = 5_000;

/** `unit`: of what is counted; `now`: milliseconds, of any beginning. */
export function progressBar(out: Out, what: string, unit: string, now: () => number): Bar {
  const begun = now();
  const every = out.isTTY ? ON_TERMINAL : ELSEWHERE;
  let shownAt = begun;
  let last = '';
  const show = (text: string): void => {
    out.write(out.isTTY ? `\r${text.padEnd(last.length)}` : `${text}\n`);
    shownAt = now();
    last = text;
  };
  return {
    at(done, total) {
      if (now() - shownAt < every && done < total) return;
      show(`${what} ${state(done, total, now() - begun, unit)}`);
    },
    end: () => void (out.isTTY && last !== '' && out.write('\n')),
  };
}

/** `took`: milliseconds. */
export function state(done: number, total: number, took: number, unit: string): string {
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const full = Math.round(share * WIDTH);
  const rate = took > 0 ? (done / took) * 1000 : 0;
  const parts = [
    `[${'#'.repeat(full)}${'-'.repeat(WIDTH - full)}]`,
    `${Math.floor(share * 100)} %`,
    `${grouped(done)} of ${grouped(total)}`,
    `${grouped(Math.round(rate))} ${unit}/s`,
  ];
  if (rate > 0) parts.push(`${Math.ceil((total - done) / rate)} s left`);
  return parts.join('  ');
}

/** 1000000 → 1,000,000 */
export function grouped(count: number): string {
  return count.toLocaleString('en');
}
