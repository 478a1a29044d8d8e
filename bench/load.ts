/** Fills the store of a product with sessions and tokens of many browsers, through the storage port. */
import { copy, ownersOf, type Held, type Owner } from './copies.ts';
import type { Person } from './messages.ts';
import { MOST_LOADING } from './plan.ts';
import type { Bar } from '../src/text/progress-bar.ts';
import { counted, documentsOf, samplesIn, type Sample } from './samples.ts';
import type { Seeding } from './seed.ts';

/** Browsers that are written at once: several commits of SQLite, and more than MongoDB's connections. */
const AT_ONCE = 64;
/** Milliseconds after which the rate is looked at. */
const PROBE = 5_000;

export interface Load {
  /** Sessions and tokens that the store is to have then, with what it has already. */
  count: number;
  people: readonly Person[];
  /** How many browsers are wanted back, at the most; they are spread over all of them. */
  keep: number;
  /** Ends it. */
  stop: AbortSignal;
}

export interface Loaded {
  /** Sessions and tokens in the store; fewer than were asked for where that would take too long. */
  count: number;
  /** Documents that were written, and the seconds that it took. */
  documents: number;
  seconds: number;
  browsers: Held[];
}

/** Where it stands: browsers that are written, of how many. */
interface State {
  made: number;
  target: number;
}

/**
 * The store must have a few signed-in browsers, which are copied. Grants, without which
 * sessions and tokens are worth nothing, come with them and are not in `count`.
 */
export async function load(parts: Seeding, options: Load, bar: Bar): Promise<Loaded> {
  const samples = await samplesIn(parts);
  const [sample] = samples;
  if (!sample) throw new Error('Nobody is signed in whose session could be copied.');
  const [each, documents] = [counted(sample), documentsOf(sample)];
  const before = samples.length * each;
  const copies = copier(parts, samples, await ownersOf(parts.store, options.people));
  const browsersFor = (count: number): number => Math.max(0, Math.ceil((count - before) / each));
  const state = { made: 0, target: browsersFor(options.count) };
  const browsers: Held[] = [];
  const [begun, took] = [performance.now(), (): number => performance.now() - begun];
  for (let probed = false; state.made < state.target;) {
    options.stop.throwIfAborted();
    browsers.push(...(await copies(state, Math.ceil(state.target / options.keep))));
    bar.at(state.made * documents, state.target * documents);
    if (probed || took() < PROBE) continue;
    probed = true;
    const possible = (state.made / took()) * 1000 * MOST_LOADING * each;
    state.target = Math.max(state.made, browsersFor(affordable(options.count, possible)));
  }
  bar.end();
  const count = before + state.made * each;
  return { count, documents: state.made * documents, seconds: took() / 1000, browsers };
}

/** Writes the next copies; answers every `stride`-th of them. People take turns in those. */
function copier({ store, vault }: Seeding, samples: readonly Sample[], owners: readonly Owner[]) {
  return async (state: State, stride: number): Promise<Held[]> => {
    const kept: Held[] = [];
    const written: Promise<void>[] = [];
    const end = Math.min(state.target, state.made + AT_ONCE);
    for (; state.made < end; state.made += 1) {
      const sample = samples[state.made % samples.length];
      const owner = owners[Math.floor(state.made / stride) % owners.length];
      if (!sample || !owner) throw new Error('There is nobody to copy for.');
      const { documents, held } = copy(sample, owner, vault);
      for (const { kind, id, value, expiresAt } of documents) {
        written.push(store.put(kind, id, value, { expiresAt }));
      }
      if (state.made % stride === 0) kept.push(held);
    }
    await Promise.all(written);
    return kept;
  };
}

/** All of them, or so many that they can be written in good time, by a power of ten fewer. */
export function affordable(count: number, possible: number): number {
  if (count <= possible) return count;
  return Math.round(count / 10 ** Math.ceil(Math.log10(count / possible)));
}
