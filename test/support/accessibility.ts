import { readFile } from 'node:fs/promises';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

/** What axe finds wrong with the page as it is now, a line for each rule; none is `[]`. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  const axe = await readFile(new URL(import.meta.resolve('axe-core/axe.min.js')), 'utf8');
  // Evaluated, not added as a script: the page's content security policy stays in force.
  await page.evaluate(axe);
  const { passes, violations } = await page.evaluate<AxeResults>('axe.run()');
  if (passes.length === 0) throw new Error('axe has looked at nothing');
  return violations.map(({ id, nodes }) => {
    const where = nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`);
    return `${id}: ${where.join(' | ')}`;
  });
}
