/** The documents of the contract suite, for its helper process too. */
import { kind, type Counter } from '../../src/storage/store.ts';

export interface Note {
  text: string;
  owner?: string;
  size?: number;
}

export interface OneTime {
  spentBy?: string;
}

export const notes = kind<Note>('notes', {
  indexes: { owner: (note) => note.owner, size: (note) => note.size },
});
export const hashed = kind<Note>('hashed', {
  key: 'hash',
  indexes: { owner: (note) => note.owner },
});
export const oneTimes = kind<OneTime>('one_times');
export const counters = kind<Counter>('counters');

export const contractKinds = [notes, hashed, oneTimes, counters];
