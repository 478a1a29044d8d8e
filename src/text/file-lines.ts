/** The lines of a file of any length, one at a time, of which none is held that is longer than it may be. */

/** `line`: its number, from 1. */
export type FileLine =
  { line: number; text: string } | { line: number; fault: 'too-long' | 'encoding' };

const NEW_LINE = 0x0a;

/** Without their ends and a byte order mark; UTF-8. `longest`: bytes. */
export async function* fileLines(
  chunks: AsyncIterable<Uint8Array>,
  longest: number,
): AsyncGenerator<FileLine> {
  let line = 1;
  let waiting: Uint8Array[] = [];
  let length = 0;
  const add = (part: Uint8Array): void => {
    length += part.length;
    // What is too long is counted and not kept.
    if (length <= longest) waiting.push(part);
  };
  const take = (): FileLine => {
    const taken = lineOf(line, waiting, length > longest);
    [line, waiting, length] = [line + 1, [], 0];
    return taken;
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(NEW_LINE); end >= 0; end = chunk.indexOf(NEW_LINE, from)) {
      add(chunk.subarray(from, end));
      yield take();
      from = end + 1;
    }
    add(chunk.subarray(from));
  }
  if (length > 0) yield take();
}

function lineOf(line: number, parts: readonly Uint8Array[], isTooLong: boolean): FileLine {
  if (isTooLong) return { line, fault: 'too-long' };
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts));
    return { line, text: text.endsWith('\r') ? text.slice(0, -1) : text };
  } catch {
    return { line, fault: 'encoding' };
  }
}
