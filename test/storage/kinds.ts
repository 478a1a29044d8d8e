/** The documents of the contract suite, for its helper process too. */
import { collection, type Counter } from '../../src/storage/store.ts';

export interface Note {
  text: string;
  owner?: string;
  size?: number;
}

export interface OneTime {
  spentBy?: string;
}

export const notes = collection<Note>('notes', {
  indexes: { owner: (note) => note.owner, size: (note) => note.size },
});
export const hashed = collection<Note>('hashed', {
  key: 'hash',
  indexes: { owner: (note) => note.owner },
});
export const oneTimes = collection<OneTime>('one_times');
export const counters = collection<Counter>('counters');

export const sharedNotes = collection<Note & { tags?: string[] }>('shared_notes', {
  indexes: { owner: (note) => note.owner },
  shared: true,
});

export const contractKinds = [notes, hashed, oneTimes, counters, sharedNotes];
