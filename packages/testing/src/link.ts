import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way from one process to the port of another, whose connections can be cut off. */
export interface Link {
  /** Where the caller connects, on 127.0.0.1. */
  readonly port: number;
  /** From now on nothing gets through in either direction, and neither side learns it: connections stay open, and new ones get no reply. */
  cut(): void;
  /**
   * Ends the cut. What was held back arrives late, as after lost packets. With `forget`, the connections of before stay silent until a side gives them up, as
   * after the loss of a machine between them; only new ones get through.
   */
  heal(options?: { forget?: boolean }): void;
  /** How many connections are open. */
  connections(): number;
  close(): Promise<void>;
}

/** Both sides of a connection; without a target until the cut ends in which it was opened. */
interface Pair {
  caller: Socket;
  target: Socket | null;
}

/** Opens a link to the port `target` of 127.0.0.1; by default on any free port. */
export async function openLink({ target, port = 0 }: { target: number; port?: number }): Promise<Link> {
  const pairs = new Set<Pair>();
  /** Sides of forgotten connections. */
  const silent = new Set<Socket>();
  let isCut = false;

  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true }, (caller) => {
    const pair: Pair = { caller, target: null };
    pairs.add(pair);
    watch(pair, caller);
    // A paused socket doesn't notice the end of its other side, like one whose packets are lost.
    if (!isCut) join(pair);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');

  function join(pair: Pair): void {
    pair.target ??= connect({ port: target, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    if (pair.target.listenerCount('error') === 0) watch(pair, pair.target);
    pair.caller.pipe(pair.target);
    pair.target.pipe(pair.caller);
  }

  /** A side that fails takes the other with it. */
  function watch(pair: Pair, side: Socket): void {
    const end = (): void => {
      if (!pairs.delete(pair)) return;
      for (const one of [pair.caller, pair.target]) if (one?.destroyed === false) one.resetAndDestroy();
    };
    side.on('error', end);
    side.on('close', end);
  }

  function hold({ caller, target: other }: Pair): void {
    for (const side of [caller, other]) side?.unpipe().pause();
  }

  function forget(pair: Pair): void {
    pairs.delete(pair);
    for (const side of [pair.caller, pair.target]) {
      if (side === null || side.destroyed) continue;
      silent.add(side);
      side.on('close', () => silent.delete(side));
      side.on('end', () => side.destroy());
      // It reads on and drops everything, to notice its end.
      side.resume();
    }
  }

  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      isCut = true;
      for (const pair of pairs) hold(pair);
    },
    heal(options = {}) {
      if (!isCut) return;
      isCut = false;
      for (const pair of pairs) {
        if (options.forget === true) forget(pair);
        else join(pair);
      }
    },
    connections: () => pairs.size,
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const { caller, target: other } of pairs) {
        caller.destroy();
        other?.destroy();
      }
      for (const side of silent) side.destroy();
      await closed;
    },
  };
}
