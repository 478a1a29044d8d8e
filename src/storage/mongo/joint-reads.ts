/**
 * Documents that are asked for by their ids within one turn of the event loop, or while others are being read, are read
 * together, of whatever collections and for whatever requests: a command costs both sides more than a document does. On
 * a sharded cluster there is a command for each collection, as what unites collections there is led past the shard that
 * has the document.
 */
import mongoose from 'mongoose';
import { Gathered } from './slots.ts';
import { idOf, type Key, type StoredCollection, type StoredDocument } from './collection.ts';

/** Documents of one command. */
const MOST_TOGETHER = 200;
/** Commands under way; of each collection on a sharded cluster. */
const MOST_UNDER_WAY = 1;

type Found = StoredDocument | null;

interface Wanted {
  stored: StoredCollection;
  key: Key;
  /** Has whoever asks room for a command already? */
  hasRoom: boolean;
  resolve(document: Found): void;
  reject(error: unknown): void;
}

/** Of one collection, by id; whoever asks for the same one is given the same one. */
interface Group {
  stored: StoredCollection;
  byId: Map<string, Wanted[]>;
}

export interface JointReadParts {
  /** Can one command read several collections? */
  unites: boolean;
  /** Runs a command when there is room for it. */
  run<R>(work: () => Promise<R>): Promise<R>;
}

type Gathering = Gathered<Wanted>;

export class JointReads {
  readonly #parts: JointReadParts;
  readonly #all: Gathering = this.#newGathering();
  readonly #ofOne = new Map<StoredCollection, Gathering>();

  constructor(parts: JointReadParts) {
    this.#parts = parts;
  }

  /** `hasRoom`: within `run`. One that waited for room there would wait for itself. */
  get(stored: StoredCollection, key: Key, hasRoom = false): Promise<Found> {
    return new Promise((resolve, reject) => {
      this.#gathering(stored).add({ stored, key, hasRoom, resolve, reject });
    });
  }

  #gathering(stored: StoredCollection): Gathering {
    if (this.#parts.unites) return this.#all;
    const known = this.#ofOne.get(stored) ?? this.#newGathering();
    this.#ofOne.set(stored, known);
    return known;
  }

  #newGathering(): Gathering {
    const gathering: Gathering = new Gathered(MOST_UNDER_WAY, (wanted) => {
      for (let at = 0; at < wanted.length; at += MOST_TOGETHER)
        void this.#read(gathering, grouped(wanted.slice(at, at + MOST_TOGETHER)));
    });
    return gathering;
  }

  /** It counts as under way once there is room for it: those with room may wait for what is, and for nothing else. */
  #run<R>(gathering: Gathering, groups: readonly Group[], work: () => Promise<R>): Promise<R> {
    const hasRoom = groups.flatMap(wantedOf).some((one) => one.hasRoom);
    const command = (): Promise<R> => gathering.command(work);
    return hasRoom ? command() : this.#parts.run(command);
  }

  async #read(gathering: Gathering, groups: Group[]): Promise<void> {
    try {
      const found = await this.#run(gathering, groups, () => documentsOfAll(groups));
      for (const [at, group] of groups.entries())
        settle(
          group,
          found.filter(({ of = 0 }) => of === at),
        );
    } catch (error) {
      // What the server could not do of one collection holds the others up no longer than that.
      if (groups.length > 1 && error instanceof mongoose.mongo.MongoServerError)
        for (const group of groups) void this.#read(gathering, [group]);
      else for (const { reject } of groups.flatMap(wantedOf)) reject(error);
    }
  }
}

function grouped(wanted: readonly Wanted[]): Group[] {
  const groups = new Map<StoredCollection, Group>();
  for (const one of wanted) {
    const group = groups.get(one.stored) ?? { stored: one.stored, byId: new Map() };
    groups.set(one.stored, group);
    const id = idOf(one.key);
    const same = group.byId.get(id);
    if (same) same.push(one);
    else group.byId.set(id, [one]);
  }
  return [...groups.values()];
}

const wantedOf = ({ byId }: Group): Wanted[] => [...byId.values()].flat();

function settle(group: Group, documents: readonly StoredDocument[]): void {
  const found = new Map(documents.map((document) => [idOf(document._id), document]));
  for (const [id, wanted] of group.byId)
    for (const { resolve } of wanted) resolve(found.get(id) ?? null);
}

function keysOf({ byId }: Group): Key[] {
  return [...byId.values()].flatMap(([one]) => one?.key ?? []);
}

const ofKeys = (keys: readonly Key[]): mongoose.mongo.Document =>
  keys.length === 1 ? { _id: keys[0] } : { _id: { $in: keys } };

async function documentsOf(group: Group): Promise<StoredDocument[]> {
  const keys = keysOf(group);
  const [key] = keys;
  if (key !== undefined && keys.length === 1) {
    const document = await group.stored.findOne({ _id: key });
    return document ? [document] : [];
  }
  // All in the first answer, unless they are more than 16 MiB.
  return group.stored.find({ _id: { $in: keys } }, { batchSize: keys.length + 1 }).toArray();
}

/** `of`: the place of its group, where there are several. */
type Tagged = StoredDocument & { of?: number };

async function documentsOfAll(groups: readonly Group[]): Promise<Tagged[]> {
  const [only] = groups;
  if (only && groups.length === 1) return documentsOf(only);
  const [first, ...others] = groups.map((group, of) => ({
    stored: group.stored,
    // Ids of two collections may be the same. What is indexed is for the server alone.
    stages: [
      { $match: ofKeys(keysOf(group)) },
      { $project: { rev: 1, exp: 1, doc: 1, of: { $literal: of } } },
    ],
  }));
  if (!first) return [];
  const unions = others.map(({ stored, stages }) => ({
    $unionWith: { coll: stored.collectionName, pipeline: stages },
  }));
  const batchSize = MOST_TOGETHER + 1;
  return first.stored.aggregate<Tagged>([...first.stages, ...unions], { batchSize }).toArray();
}
