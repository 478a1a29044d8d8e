/** docs/scaling.md has the tables that are computed. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { MONGODB, SQLITE } from '../../../bench/sizing/costs.ts';
import { tables } from '../../../bench/sizing/tables.ts';

/** As it is whatever widths it is laid out with. */
const cellsOf = (table: string): string[][] =>
  table
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^\|[ |:-]+\|$/u.test(line))
    .map((line) => line.split('|').map((cell) => cell.trim()));

const page = await readFile('docs/scaling.md', 'utf8');
const onPage = page
  .split('\n\n')
  .filter((part) => part.startsWith('|'))
  .map((part) => JSON.stringify(cellsOf(part)));

test('the page has the tables as they come from the costs', () => {
  for (const table of tables())
    assert.ok(
      onPage.includes(JSON.stringify(cellsOf(table))),
      `docs/scaling.md wants this table (node bin/run.js bench/sizing/main.ts):\n${table}`,
    );
});

test('the page tells the costs themselves', () => {
  const row = (name: string, { cpu }: typeof SQLITE): string[] => [
    '',
    name,
    ...Object.values(cpu).map(String),
    '',
  ];
  for (const [name, costs] of [
    ['SQLite', SQLITE],
    ['MongoDB, the server', MONGODB],
  ] as const)
    assert.ok(
      onPage.some((table) => table.includes(JSON.stringify(row(name, costs)))),
      `the costs on ${name}`,
    );
});
