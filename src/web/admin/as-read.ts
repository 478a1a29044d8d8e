/**
 * Forms of change carry what they were made from, so that nobody's change is lost unseen: the tag that the operation
 * compares inside its write, and of each box that is not empty what it showed. Where somebody else was faster nothing
 * is saved; the form comes back with what was typed, with what they have changed in the boxes that were not touched,
 * and with both values told. The field is `seen`; `views/admin/changed.njk` tells it.
 */
import { createHash } from 'node:crypto';
import { tagOf, type Seen } from '../../operations/as-seen.ts';
import type { Fields } from '../forms.ts';

/** Words of the catalogue, or a text as it is. */
export type Told = { textKey: string } | { text: string };

/** Of a form, one box, or several that are one thing. */
export interface Box {
  label: Told;
  /** What it shows of the thing as it is now, by field. */
  now: Fields;
  /** Boxes that are ticked, which a form does not send when they are not. */
  ticks?: true;
  /** How what it has is told; absent: as it stands there. */
  told?(fields: Fields): Told;
}

/** What is shown of a thing. */
export interface FormOf {
  boxes: readonly Box[];
  /** Of its fields (operations/as-seen.ts). */
  tag: string;
}

/** One that somebody else has changed. */
interface Meanwhile {
  label: Told;
  now: Told;
  /** What is in the form; null: the same. */
  typed: Told | null;
}

export interface FormShown {
  /** What stands in each box. */
  fields: Fields;
  seen: string;
  /** Somebody else was. */
  faster: boolean;
  /** What they have changed of it. */
  meanwhile: readonly Meanwhile[];
}

export const formOf = (
  record: object,
  names: readonly string[],
  boxes: readonly Box[],
): FormOf => ({
  boxes,
  tag: tagOf(record, names),
});

/** As the form says that it was shown, for the operation. */
export function seenIn(fields: Fields, names: readonly string[]): Seen {
  const [tag = ''] = (fields['seen'] ?? '').split(' ');
  return { fields: names, tag };
}

/** `typed`: what was sent, or held over a step-up; without `seen` nothing was. `faster`: somebody else was. */
export function formShown(form: FormOf, typed: Fields, faster = false): FormShown {
  const { boxes, tag } = form;
  const isSent = typed['seen'] !== undefined;
  const seen = [tag, ...boxes.flatMap(({ now }) => markIn(now))].join(' ');
  const sent = boxes.map((box) =>
    isSent ? sentIn(box, typed) : { ...box.now, ...among(box, typed) },
  );
  if (!faster) return { fields: all(sent), seen: typed['seen'] ?? seen, faster, meanwhile: [] };
  const marks = new Map((typed['seen'] ?? '').split(' ').map(pairIn));
  const merged = boxes.map((box, at) =>
    mergedBox(box, sent[at] ?? {}, marks.get(idOf(box.now)) ?? NOTHING),
  );
  return {
    fields: all(merged.map(({ fields }) => fields)),
    seen,
    faster,
    meanwhile: merged.flatMap(({ meanwhile }) => meanwhile ?? []),
  };
}

const all = (each: readonly Fields[]): Fields => Object.assign({}, ...each) as Fields;

/** What was sent of it; of ticks, those that were not are off. */
function sentIn({ now, ticks }: Box, typed: Fields): Fields {
  const entries = Object.entries(now);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typed[name] ?? (ticks ? '' : value)]),
  );
}

const among = ({ now }: Box, typed: Fields): Fields =>
  Object.fromEntries(Object.entries(typed).filter(([name]) => Object.hasOwn(now, name)));

/** Of an empty one nothing is said: an organisation can have more groups to tick than a form has room for. */
function markIn(now: Fields): string[] {
  const is = mark(now);
  return is === NOTHING ? [] : [`${idOf(now)}:${is}`];
}

const idOf = (now: Fields): string => encodeURIComponent(Object.keys(now)[0] ?? '');

function pairIn(text: string): [string, string] {
  const [id = '', was = ''] = text.split(':');
  return [id, was];
}

/** `was`: the mark of what it showed; of nothing as well where it was not there. */
function mergedBox(box: Box, sent: Fields, was: string): { fields: Fields; meanwhile?: Meanwhile } {
  const { label, now } = box;
  if (was === mark(now)) return { fields: sent };
  const isUntouched = was === mark(sent) || mark(sent) === mark(now);
  const told = (fields: Fields): Told => toldOf(box, fields);
  const typed = isUntouched ? null : told(sent);
  return { fields: isUntouched ? now : sent, meanwhile: { label, now: told(now), typed } };
}

function toldOf({ told }: Box, fields: Fields): Told {
  if (told) return told(fields);
  return { text: Object.values(fields).filter(Boolean).join(', ') };
}

/** The same for what means the same: ends of lines and blanks around. */
function mark(fields: Fields): string {
  const plain = Object.entries(fields).map(([name, text]) => [
    name,
    text.replaceAll('\r', '').trim(),
  ]);
  const sorted = plain
    .filter(([, text]) => text !== '')
    .toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('base64url').slice(0, 8);
}

const NOTHING = mark({});
