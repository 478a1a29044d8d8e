/** What a picture is read with: every length is looked at before it is followed. */
import { Problem } from '../../problem.ts';

/** A part of a picture as its format frames it. */
export interface Part {
  /** Of four letters. */
  name: string;
  content: Buffer;
}

export interface Size {
  /** Pixels. */
  width: number;
  height: number;
}

/** It ends too early, or is not built as its format says. */
export function damaged(): Problem {
  return new Problem('logo-damaged');
}

/** Problem `logo-damaged` where there are not as many. */
export function take(content: Buffer, from: number, length: number): Buffer {
  if (from < 0 || length < 0 || from + length > content.length) throw damaged();
  return content.subarray(from, from + length);
}

/** What is behind a picture can be anything, and is another thing to whoever reads from the end (ZIP, PDF, HTML). */
export function checkEnd(content: Buffer, at: number): void {
  if (at !== content.length) throw new Problem('logo-trailing');
}
