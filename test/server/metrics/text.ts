/** Reading what Prometheus reads. */
import assert from 'node:assert/strict';

export interface Metric {
  help: string;
  type: string;
  /** Of `name{label="value",…}`, as it stands there. */
  series: Map<string, number>;
}

export function parse(text: string): Map<string, Metric> {
  const metrics = new Map<string, Metric>();
  let current: Metric | undefined;
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const [, what, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/u.exec(line) ?? [];
    if (what === 'HELP') {
      current = { help: rest, type: '', series: new Map() };
      assert.ok(!metrics.has(name), `${name} is told once`);
      metrics.set(name, current);
    } else if (what === 'TYPE' && current) current.type = rest;
    else {
      const [, series = '', value = ''] = /^(\w+(?:\{.*\})?) (\S+)$/u.exec(line) ?? [];
      assert.ok(current && series !== '', line);
      current.series.set(series, Number(value));
    }
  }
  return metrics;
}

/** Every series, of all metrics. */
export function seriesOf(text: string): Map<string, number> {
  return new Map([...parse(text).values()].flatMap(({ series }) => [...series]));
}

/** The values of one metric by what its labels are, `a="b",c="d"`. */
export function labelled(text: string, name: string): Record<string, number> {
  const found = [...seriesOf(text)].filter(([series]) => series.split('{')[0] === name);
  return Object.fromEntries(
    found.map(([series, value]) => [series.slice(name.length + 1, -1), value]),
  );
}
