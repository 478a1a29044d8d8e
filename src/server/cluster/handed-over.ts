/**
 * Connections on their way from the first process to a worker. Node keeps each until the worker says that it has it, and
 * forgets it when the worker dies before: whoever has connected waits for nobody. Here another worker gets it at once;
 * where there is none the connection is cut, so that it can be tried again.
 */
import type { Worker } from 'node:cluster';

/** What Node says between the processes, as far as it is looked at; the same since cluster deals connections out. */
interface Said {
  cmd?: unknown;
  act?: unknown;
  seq?: unknown;
  ack?: unknown;
}

/** Of a connection, as libuv has it. */
interface Handle {
  close(): void;
}

export class HandedOver {
  readonly #listening = new Set<Worker>();

  /** Of a worker that has just been started. */
  watch(worker: Worker): void {
    const { process: child } = worker;
    const underWay = new Map<unknown, Handle>();
    const send: (...all: any[]) => boolean = child.send.bind(child);
    child.send = (said: Said, handle?: unknown, ...more: unknown[]): boolean => {
      if (said.act === 'newconn' && handle) underWay.set(said.seq, handle as Handle);
      return send(said, handle, ...more);
    };
    child.on('internalMessage', ({ act, ack }: Said) => {
      underWay.delete(ack);
      // It has closed its port, as it drains: Node deals to it no more, and to nobody where it was the last one.
      if (act === 'close') this.leaves(worker);
    });
    worker.once('listening', () => this.#listening.add(worker));
    worker.once('disconnect', () => this.leaves(worker));
    // It is dead, and all that it has said is read.
    child.once('close', () => {
      // Node keeps that back for as long as a connection has not been taken, and goes on dealing to the worker.
      if (underWay.size > 0) child.emit('disconnect');
      for (const [seq, handle] of underWay) this.#goOn(worker, seq, handle);
    });
  }

  /** It is to take no more. */
  leaves(worker: Worker): void {
    this.#listening.delete(worker);
  }

  #goOn({ process: child }: Worker, seq: unknown, handle: Handle): void {
    // As a worker says it that listens no longer.
    if (this.#listening.size > 0)
      child.emit('internalMessage', { cmd: 'NODE_CLUSTER', ack: seq, accepted: false });
    else handle.close();
  }
}
