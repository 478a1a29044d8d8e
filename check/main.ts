/**
 * `npm run check`: everything that can be said about the code without running it. This folder owns
 * the rules: architecture.ts (the shape of the code), catalogue.ts (the texts), words.ts (one for each thing),
 * documents.ts (what they tell people to type), what-ends.ts, who-may-what.ts, limits.ts and reference/ (pages that are
 * made from the code), and which tools check types, lint and format.
 */
import { fileURLToPath } from 'node:url';
import { checkArchitecture } from './architecture.ts';
import { checkCatalogue } from './catalogue.ts';
import { checkDocuments } from './documents.ts';
import { printFailure, type Failure } from './failure.ts';
import { checkLimits } from './limits.ts';
import { runParts, type Part } from './parts.ts';
import { checkReference } from './reference/pages.ts';
import { runTool, type Tool } from './tool.ts';
import { checkWhatEnds } from './what-ends.ts';
import { checkWhoMayWhat } from './who-may-what.ts';
import { checkWords } from './words.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

const tool = (name: string, one: Tool): Part => ({ name, check: () => runTool(root, one) });
const rules = (name: string, check: (root: string) => Promise<Failure[]>): Part => ({
  name,
  check: async () => (await check(root)).map(printFailure),
});

const sound = await runParts(
  [
    tool('types', {
      package: 'typescript',
      program: 'tsc',
      args: ['--noEmit', '--pretty', 'false'],
    }),
    tool('lint', { package: 'oxlint', program: 'oxlint', args: ['--type-aware', '--format=unix'] }),
    tool('format', { package: 'prettier', program: 'prettier', args: ['--check', '.'] }),
    rules('architecture', checkArchitecture),
    rules('catalogue', checkCatalogue),
    rules('words', checkWords),
    rules('documents', checkDocuments),
    rules('what ends', checkWhatEnds),
    rules('who may what', checkWhoMayWhat),
    rules('limits', checkLimits),
    rules('reference', checkReference),
  ],
  (text) => process.stdout.write(text),
  () => performance.now(),
);
process.exitCode = sound ? 0 : 1;
