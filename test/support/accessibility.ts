import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type axe from 'axe-core';
import type { BrowserContext, Page } from 'playwright-core';

const AXE = fileURLToPath(import.meta.resolve('axe-core/axe.min.js'));

/** Has axe in each page that is opened from then on: it is sent once, not with each look. */
export function bringAxe(context: BrowserContext): Promise<unknown> {
  return context.addInitScript({ path: AXE });
}

/**
 * Rules about how a page looks, which each width and each pair of colours is another case for. The others are about its
 * markup.
 */
export const BY_LOOK: readonly string[] = [
  'color-contrast',
  'link-in-text-block',
  'scrollable-region-focusable',
  'target-size',
];

/** What axe finds wrong with the page as it is now, a line for each rule; none is `[]`. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  // Evaluated, not added as a script: the page's content security policy stays in force.
  if (await page.evaluate(() => !('axe' in globalThis)))
    await page.evaluate(await readFile(AXE, 'utf8'));
  return page.evaluate(askAxe, []);
}

/** In the page, which has axe. `only`: names of rules; none are all. */
export async function askAxe(only: readonly string[]): Promise<string[]> {
  const { axe: here } = globalThis as unknown as { axe: typeof axe };
  // A colour on its way from one theme to the other is none that anybody has chosen.
  for (const animation of document.getAnimations())
    if (animation.effect?.getComputedTiming().endTime !== Infinity) animation.finish();
  const { passes, incomplete, violations } = await here.run({
    // Nobody reads where a rule is kept: saying it for every element is most of the work.
    resultTypes: ['violations'],
    ...(only.length > 0
      ? { runOnly: [...only] }
      : // WCAG 2.2 §2.5.8, which has to be asked for.
        { rules: { 'target-size': { enabled: true } } }),
  });
  if (passes.length + incomplete.length === 0) throw new Error('axe has looked at nothing');
  return violations.map(({ id, nodes }) => {
    const where = nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`);
    return `${id}: ${where.join(' | ')}`;
  });
}
