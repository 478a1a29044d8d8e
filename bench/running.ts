/** What the parts of a run work with. */
import type { Site } from './product.ts';
import type { Bar } from '../src/text/progress-bar.ts';

export interface RunParts {
  /** The MongoDB server to measure on. */
  mongodb: string | undefined;
  /** Tells how far it is. */
  progress(line: string): void;
  /** The same of something long, of which the documents are counted. */
  bar(what: string): Bar;
  /** Ends the run; its reason is what the run fails with. */
  stop: AbortSignal;
}

export type Running = RunParts & Site;
