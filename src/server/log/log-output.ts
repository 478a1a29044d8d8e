/**
 * Where the log goes. The log never decides: a full disk, a closed pipe or a reader that stands still costs
 * lines, which are counted, and neither a request nor the process.
 */
import { constants, fstatSync, openSync, write as writeAsync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { World } from '../world.ts';

type Stdout = World['stdout'];

export interface LogOutput extends Stdout {
  write(text: string): void;
  /** Lines that found no room, since the start. */
  readonly dropped: number;
  /** Resolves when all is written, and after a second at the latest. */
  settle(): Promise<void>;
}

/** Bytes that wait at most; what comes then is dropped. */
const ROOM = 2 ** 20;
/** Bytes that a pipe takes whole or not at all (PIPE_BUF): lines of several processes stay in one piece. */
const WHOLE = 4096;
/**
 * Milliseconds that what is for no terminal waits for more, so that a busy server writes some fifty times a second
 * and not once for every request: each write to a file goes by another thread.
 */
const GATHERED = 20;
/** Milliseconds: a pipe whose reader is slow, a disk that is full, the end of the process. */
const [SLOW_READER, FULL_DISK, LAST] = [20, 500, 1000];

/** Of a descriptor of this process, such as 1; whether that is a terminal, and how wide, is handed through. */
export function openLogOutput(
  fd: number,
  { isTTY, columns }: Pick<Stdout, 'isTTY' | 'columns'> = {},
): LogOutput {
  const { put, last } = writerOf(fd);
  const waiting: string[] = [];
  let [bytes, dropped, broken] = [0, 0, false];
  let timer: NodeJS.Timeout | undefined;
  let pumping: Promise<void> | undefined;

  const drop = (text: string): void => void (dropped += linesIn(text));
  const take = (): Buffer => Buffer.from(waiting.splice(0).join(''));
  const pump = async (): Promise<void> => {
    for (let text = take(); text.length > 0;) {
      try {
        const written = await put(text);
        bytes -= written;
        text = text.subarray(written);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'EPIPE' || code === 'EBADF') broken = true;
        if (broken) return [text.toString(), ...waiting.splice(0)].forEach(drop);
        await pause(code === 'EAGAIN' ? SLOW_READER : FULL_DISK, undefined, { ref: false });
      }
    }
  };
  const start = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    return (pumping ??= pump().finally(() => {
      pumping = undefined;
      if (waiting.length > 0) hold();
    }));
  };
  const hold = (): void => {
    if (isTTY) void start();
    else timer ??= setTimeout(() => void start(), GATHERED);
  };
  const empty = async (): Promise<void> => {
    if (!pumping && waiting.length === 0) return;
    await (pumping ?? start());
    await empty();
  };
  // Of a process that ends at once, for an error that nobody caught.
  process.once('exit', () => {
    // A reader that stands still has not taken what is before it.
    if (pumping && last === put) return;
    writeLast(last, take());
  });
  return {
    ...(isTTY === undefined ? {} : { isTTY }),
    ...(columns === undefined ? {} : { columns }),
    write(text) {
      const added = Buffer.byteLength(text);
      if (broken || bytes + added > ROOM) return drop(text);
      bytes += added;
      waiting.push(text);
      if (!pumping) hold();
    },
    get dropped() {
      return dropped;
    },
    async settle() {
      const over = new AbortController();
      const last = pause(LAST, undefined, { signal: over.signal }).catch(() => {});
      await Promise.race([empty(), last]);
      over.abort();
    },
  };
}

/** As much as there is room for. */
function writeLast(put: (text: Buffer) => number, text: Buffer): void {
  try {
    for (let left = text; left.length > 0;) left = left.subarray(put(left));
  } catch {
    // There is nobody left to tell.
  }
}

interface Writer {
  put(this: void, text: Buffer): number | Promise<number>;
  /** Of a process that ends, which waits for nobody. */
  last(this: void, text: Buffer): number;
}

/**
 * Writes some of a text and answers how many bytes: to a file beside the event loop, which a disk may keep
 * waiting, and else at once or never (EAGAIN).
 */
function writerOf(fd: number): Writer {
  if (fstatSync(fd).isFile()) {
    const write = promisify(writeAsync);
    return {
      put: async (text) => (await write(fd, text)).bytesWritten,
      last: (text) => writeSync(fd, text),
    };
  }
  const own = withoutWaiting(fd);
  const put = (text: Buffer): number => writeSync(own, text.subarray(0, wholeLines(text)));
  return { put, last: put };
}

/**
 * The same place by a descriptor that doesn't wait. A new one, where the system gives one: the setting belongs to
 * all who share a descriptor, and the terminal's other programs wait. A socket (the journal's) can't be opened.
 */
function withoutWaiting(fd: number): number {
  try {
    return openSync(`/dev/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    new Socket({ fd, readable: false, writable: true }).unref();
    return fd;
  }
}

/** As many lines as go out in one piece; of a longer one, all of it. */
function wholeLines(text: Buffer): number {
  if (text.length <= WHOLE) return text.length;
  const end = text.lastIndexOf('\n', WHOLE - 1) + 1 || text.indexOf('\n') + 1;
  return end || text.length;
}

function linesIn(text: string): number {
  return text.split('\n').length - 1;
}
