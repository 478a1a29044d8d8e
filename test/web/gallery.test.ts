/** Every page as people see it: nothing too wide, nothing that axe finds, no error in the console. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lookAtPages } from '../support/page-gallery.ts';
import { samplePages } from '../support/sample-pages.ts';

describe('every page', () => {
  for (const eyes of [
    { language: 'en', width: 1280, colorScheme: 'light' },
    { language: 'zh-Hant', width: 390, colorScheme: 'dark', again: true },
    // WCAG 2.2 §1.4.4 and §1.4.10 at once: the narrowest window, with text twice as large.
    { language: 'en', width: 320, colorScheme: 'light', text: 200 },
  ] as const)
    it(`has nothing wrong with it, ${eyes.language} ${eyes.width} ${eyes.colorScheme}`, async () => {
      assert.deepEqual(await lookAtPages({ samples: await samplePages(), ways: [eyes] }), []);
    });
});
